#!/bin/sh
# two crier on one host: both answer and both hear, whoever came first leaves
# proves M-15.1-01 M-15.1-02 R22
. "$(dirname "$0")/lib.sh"

pair
for n in 1 2; do
    service c$n web <<END
name Web$n
type _http._tcp
port 808$n
END
    crier_run a c$n <<END
hostname host$n
END
    announced cap host$n.local
    announced cap Web$n._http._tcp.local
done
for n in 1 2; do
    row="^=;s0;IPv4;Web$n;.*host$n.local;10.9.0.1;808$n"
    wait_for 15 "service $n on the same host" \
        crier_sees a "$W/local.out" "$row" _http._tcp
    wait_for 15 "service $n from afar" \
        crier_sees b "$W/far.out" "$row" _http._tcp
done
# Legacy and QU questions reach both.
for n in 1 2; do
    ask b s0 -- "qd host$n.local A"
    expect "$W/answer.out" "an host$n.local A 10 10.9.0.1" "legacy, host $n"
    ask b s0 sport 5353 -- "qd host$n.local A qu"
    expect "$W/answer.out" "an host$n.local A 120 flush 10.9.0.1" \
        "QU, host $n"
done
stop c1
ask b s0 -- 'qd host2.local A'
expect "$W/answer.out" 'an host2.local A 10 10.9.0.1' 'the one that stays'
if grep -Eq 'host[12]-[0-9]|Web[12][^.]+._http' "$W/cap.out"; then
    fail 'somebody renamed'
fi
wire_clean cap "$(mac a s0)"
pass
