#!/bin/sh
# avahi on the same host, before crier and after: both keep answering
# proves M-15.1-01 M-15.1-02 M-6.0-19 R12 R22
. "$(dirname "$0")/lib.sh"
need_avahi

pair
service c web <<'END'
name Web
type _http._tcp
port 80
END
crier_conf c <<'END'
hostname alpha
END

# Both answer to all ways of asking that reach both. $1: in what order.
both_answer() {
    for name in alpha omega; do
        ask b s0 -- "qd $name.local A"
        expect "$W/answer.out" "R an $name.local A 10 10.9.0.1" \
            "$1: legacy question for $name"
        ask b s0 family 6 -- "qd $name.local AAAA"
        expect "$W/answer.out" "R an $name.local AAAA 10 fe80" \
            "$1: legacy question over IPv6 for $name"
        ask b s0 sport 5353 -- "qd $name.local A qu"
        if ! has "$W/answer.out" "R an $name.local A 120 flush 10.9.0.1"; then
            wait_for 4 "$1: answer to QU for $name" seen cap \
                "R an $name.local A 120 flush 10.9.0.1"
        fi
        wait_for 5 "$1: a second without $name on the link" quiet "$name"
        forget cap
        asked_ms=0
        wait_for 8 "$1: multicast answer for $name" multicast "$name"
    done
    # Avahi's own unicast stays with avahi.
    ask b s0 dst 10.9.0.1 -- 'qd omega.local A'
    expect "$W/answer.out" 'R an omega.local A 10 10.9.0.1' \
        "$1: direct unicast to avahi"
}
# multicast NAME: it is answered so; asked again every two seconds, for avahi
# may leave out what it gave by unicast a moment ago.
multicast() {
    if [ $(($(now_ms) - asked_ms)) -ge 2000 ]; then
        send b s0 -- "qd $1.local A"
        asked_ms=$(now_ms)
    fi
    seen cap " in 10.9.0.1:5353 224.0.0.251:5353 R an $1.local A 120 flush"
}
# quiet NAME: its address has not been multicast for more than a second.
quiet() {
    quiet_now=$("$PEER" now)
    awk -v now="${quiet_now%.*}" -v name="$1.local" '
        $7 == "an" && $8 == name && $4 ~ /224/ { last = $1 }
        END { exit now - last < 2 }' "$W/cap.out"
}

avahi_start a omega
crier_start() {
    spawn a c "$CRIER" run -c "$W/c.conf"
}
forget cap
crier_start
announced cap alpha.local
wait_for 5 'a word about the other responder' has "$W/c.err" \
    '[Aa]nother|polite|5353'
both_answer 'avahi first'
avahi_spawn a pub avahi-publish -s Local _local._tcp 1
wait_for 15 'avahi ready' has "$W/pub.err" '^Established'
wait_for 10 "crier at avahi on the same host" avahi_sees a _http._tcp \
    '^=;s0;IPv4;Web;_http._tcp;local;alpha.local;10.9.0.1;80'
wait_for 15 'avahi at crier on the same host' crier_sees a "$W/local.out" \
    '^=;s0;IPv4;Local;.*;omega.local;10.9.0.1;1;' _local._tcp
stop pub
stop c
stop a-avahi
stop a-bus
rm -f "$W/a.bus"

# crier first. Avahi comes, and goes again.
forget cap
crier_start
announced cap alpha.local
ask b s0 dst 10.9.0.1 -- 'qd alpha.local A'
expect "$W/answer.out" 'R an alpha.local A 10 10.9.0.1' 'direct unicast'
# An announcement of the reverse name that falls between avahi's start and its
# first probe costs avahi its name: nothing told crier of it yet.
said_twice() {
    [ "$(grep -c '224.*R an 1.0.9.10.in-addr.arpa PTR 120 flush alpha' \
        "$W/cap.out")" -ge 2 ]
}
wait_for 5 'the second announcement' said_twice
avahi_start a omega
wait_for 10 'crier turned polite' has "$W/c.err" '[Aa]nother|polite|5353'
both_answer 'crier first'
stop a-avahi
ask b s0 -- 'qd alpha.local A'
expect "$W/answer.out" 'R an alpha.local A 10 10.9.0.1' 'avahi has left'
if grep -Eq '(alpha|omega)-[0-9]' "$W/cap.out"; then
    fail 'somebody renamed'
fi
pass
