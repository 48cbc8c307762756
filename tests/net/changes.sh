#!/bin/sh
# browse -pr: what changes of a service makes a new row, and what does not
. "$(dirname "$0")/lib.sh"

pair
spawn a c "$CRIER" browse -pr _http._tcp
spawn a j "$CRIER" browse -j _http._tcp
wait_for 5 'the question' seen cap ' Q qd _http\._tcp\.local PTR'
web=Web._http._tcp.local
offer() { # HOST ADDRESS PORT TXT: announced by b
    case $2 in *:*) type=AAAA ;; *) type=A ;; esac
    [ "$type" = A ] || via="src $(link_local b s0) dst ff02::fb"
    # shellcheck disable=SC2086
    send b s0 ${via-} -- 'flags 8400' "an _http._tcp.local PTR 4500 $web" \
        "an $web SRV 120 flush 0 0 $3 $1.local" "an $web TXT 4500 flush $4" \
        "an $1.local $type 120 flush $2"
}
row() { # FAMILY HOST ADDRESS PORT TXT: the last one of that family
    [ "$(grep "^=;s0;$1;" "$W/c.out" | tail -n 1)" = \
        "=;s0;$1;Web;_http._tcp;local;$2.local;$3;$4;\"$5\"" ]
}
# What is younger than a second is not flushed: offered until it is told.
offered_row() {
    offer "$2" "$3" "$4" "$5"
    row "$@"
}
told() { # FAMILY HOST ADDRESS PORT TXT
    wait_for 10 "row of $*" offered_row "$@"
}
told IPv4 h 10.9.0.2 80 a=1
told IPv4 h 10.9.0.2 81 a=1
told IPv4 h 10.9.0.2 81 a=2
told IPv4 h 10.9.0.3 81 a=2
told IPv4 g 10.9.0.3 81 a=2
[ "$(grep -c '^=;' "$W/c.out")" -eq 5 ] || fail 'other rows than of changes'

# A family heard later has a row of its own, and the first none again; nor
# does an address beside the one that was told.
told IPv6 g fe80::9 81 a=2
send b s0 -- 'flags 8400' 'an g.local A 120 10.9.0.1'
wait_for 5 'the further address' has "$W/j.out" \
    '"addresses":\["10\.9\.0\.1","10\.9\.0\.3"'
more() {
    [ "$(grep -c '^=;' "$W/c.out")" -ne 6 ]
}
never 1 'a row for nothing new' more
[ "$(grep -c '^+;' "$W/c.out")" -eq 2 ] || fail 'not one + row a family'
stop j
stop c
pass
