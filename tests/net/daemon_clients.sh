#!/bin/sh
# what client verbs print is the same with a running daemon and without one
. "$(dirname "$0")/lib.sh"

unset CRIER_SOCKET
pair
service far one <<'END'
name "Far One"
type _http._tcp
port 80
subtype _printer
txt path=/a
txt "note=two words"
txt flag
END
service far two <<'END'
name "B\195\188ro 7"
type _ipp._tcp
port 631
END
crier_run b far <<'END'
hostname far
alias www
END
wait_for 12 'the other host' seen cap ' out .* R an Far.*One._http._tcp.local SRV'
crier_run a near <<'END'
hostname near
END
answers() {
    run a 5 "$CRIER" status -q >/dev/null 2>&1
}
wait_for 10 'the socket' answers
wait_for 12 'the announcement' run a 10 "$CRIER" resolve -s none -q far

# both ARGUMENT...: once asking alone, once by the daemon.
both() {
    alone=0 asked=0
    run a 20 "$CRIER" "$@" -s none >"$W/alone.out" 2>"$W/alone.err" || alone=$?
    run a 20 "$CRIER" "$@" -s /run/crier/ro >"$W/asked.out" \
        2>"$W/asked.err" || asked=$?
    [ $alone -eq $asked ] || fail "crier $*: $alone alone, $asked by the daemon"
    # Times and senders differ between two runs.
    for way in alone asked; do
        sed 's/"ts":"[^"]*","mono_ms":[0-9]*/T/; s/"peer":"[^"]*"/P/
             s/"ttl":[0-9]*/L/; s/ [0-9]* IN / L IN /
             s/"family":"[^"]*"/F/' "$W/$way.out" | sort >"$W/$way.txt"
        sort "$W/$way.err" >"$W/$way.say"
    done
    diff "$W/alone.txt" "$W/asked.txt" >&2 || fail "crier $*: other output"
    diff "$W/alone.say" "$W/asked.say" >&2 || fail "crier $*: other messages"
}
# got REGEX: so that two empty answers are no success.
got() {
    expect "$W/asked.out" "$1" "what was asked for"
}
both browse -t
got '^Far One +_http._tcp +far.local +10.9.0.2 +80 +s0 +path=/a'
got '^Büro 7 +_ipp._tcp'
both browse -tj
got '"name":"Far One".*"txt":\{"path":"/a","note":"two words","flag":true\}'
both browse -t --no-resolve _http._tcp
got '^Far One +_http._tcp'
both browse -t _printer._sub._http._tcp
got '^Far One'
both browse -t --count 1 _ipp._tcp
both browse -t -i 's*' _ipp._tcp
got '^Büro'
both browse -t _nothing._tcp
[ $asked -eq 1 ] || fail "nothing found ended with $asked"
both browse -prt _ipp._tcp
got '^=;s0;IPv4;B.*;_ipp._tcp;local;far.local;10.9.0.2;631;'
both resolve far www
got '10.9.0.2'
both resolve far -j
both resolve -p far.local
both resolve -4 far
got '^10.9.0.2$'
both resolve -T 1s nobody
[ $asked -eq 1 ] || fail "nobody found ended with $asked"
both resolve -a 10.9.0.2
got '^far.local$'
both resolve 'Far One' _http._tcp
got '^port 80$'
both query far.local A
got 'A.*10.9.0.2$'
both query -T 2s far.local
both query far.local HINFO
[ $asked -eq 1 ] || fail "a denied type ended with $asked"
both query -j 'Far\032One._http._tcp.local' SRV
got '"rdata":"0 0 80 far.local'
both browse -t bad
[ $asked -eq 2 ] || fail "a bad type ended with $asked"
both wait _http._tcp --match path=/a
both wait -T 1s _http._tcp --match path=/b
[ $asked -eq 1 ] || fail "a wait in vain ended with $asked"

# A link that the daemon does not serve is asked about without it.
run a 10 "$CRIER" browse -t -i lo _http._tcp >"$W/lo.out" 2>&1
! has "$W/lo.out" E06 || fail 'the daemon was asked about lo'
run a 5 "$CRIER" browse -t -s /run/nowhere >/dev/null 2>"$W/no.err"
status=$?
[ $status -eq 3 ] || fail "no daemon at a named socket ended with $status"
expect "$W/no.err" 'E064: no daemon at /run/nowhere' 'no daemon'

# A stale record is doubted, and goes when nobody stands by it.
spawn b old "$CRIER" publish -n Old _stale._tcp 7
wait_for 10 'the service' run a 5 "$CRIER" query -q Old._stale._tcp.local SRV
stop old KILL # a client of no daemon: no goodbye, and nobody answers for it
run a 5 "$CRIER" query Old._stale._tcp.local SRV >"$W/stale.out" ||
    fail 'it is forgotten already' # though nobody asks for it any more
run a 20 "$CRIER" query --reconfirm Old._stale._tcp.local SRV >"$W/stale.out"
status=$?
[ $status -eq 1 ] || fail "a record that is gone: $status"
expect "$W/stale.out" '^Old._stale._tcp.local.* SRV' 'what was known'
expect "$W/stale.out" '^; gone: Old._stale._tcp.local.* SRV' 'what is gone'
run a 20 "$CRIER" query --reconfirm far.local A >"$W/stale.out" ||
    fail 'a record that is there'
not has "$W/stale.out" gone || fail 'it is gone'

# Changes reach those that listen; the end of the daemon is told.
spawn a live "$CRIER" browse -j _live._tcp
spawn a mon "$CRIER" monitor
spawn b pub "$CRIER" publish -n L _live._tcp 7 v=1
wait_for 10 'the new service' has "$W/live.out" '"event":"add".*"v":"1"'
stop pub
wait_for 10 'its end' has "$W/live.out" '"event":"remove"'
run a 5 "$CRIER" add -n Mine id1 _mine._tcp 1 || fail 'cannot add'
wait_for 10 'news of our own' has "$W/mon.out" 'published "Mine" _mine._tcp on s0'
run a 5 "$CRIER" rename other || fail 'cannot rename'
wait_for 10 'the new name' has "$W/mon.out" 'other.local'
announced cap other.local
wait_for 5 'the goodbye' seen cap 'R an near.local A 0'
run a 5 "$CRIER" status >"$W/st.out" || fail 'no status'
expect "$W/st.out" '^host +other.local$' rename
stop near
ended live
[ "$status" -eq 3 ] || fail "without its daemon browse ended with $status"
expect "$W/live.err" 'E064: the daemon has gone' 'the end'
pass
