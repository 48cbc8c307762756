#!/bin/sh
# a thousand bad packets of many kinds: alive, quiet, unchanged; responses as
# some real devices send them are taken
# proves M-6.0-09 M-6.1-10 M-18.1-02 W-1035-4.1.4-02 R14 R15 R16
. "$(dirname "$0")/lib.sh"

pair
crier_run a c <<'END'
hostname alpha
END
announced cap alpha.local
head=000084000000000100000000
for raw in 00 000084 0000840000000001 \
    00008400ffffffffffffffff \
    ${head}c00c000100010000007800040a090063 \
    ${head}c00ec00c000100010000007800040a090063 \
    ${head}40616c70686100000100010000007800040a090063 \
    ${head}05616c706861056c6f63616c00000180010000007800ff0a090063 \
    ${head}05616c706861056c6f63616c000001800100000078000300 \
    ${head}05616c706861056c6f63616c00 \
    ${head}05616c706861056c6f63616c00002180010000007800020000 \
    ${head}05616c706861056c6f63616c00002f800100000078000400210101 \
    000000000001000000000000ff \
    000000000001000000000000c00c00ff0001; do
    send b s0 count 40 -- "raw $raw"
    send b s0 family 6 count 40 -- "raw $raw"
done
# Types that no browser should choke on.
for name in x . local _services._dns-sd._udp.local '\255\254._tcp.local' \
    "$(printf '%063d' 7)._tcp.local" '_a\.b._tcp.local'; do
    send b s0 -- 'flags 8400' \
        "an _services._dns-sd._udp.local PTR 4500 $name"
done
spawn a every "$CRIER" browse -p -T 12
wait_for 6 'its question' seen cap ' in .* qd _services._dns-sd._udp.local PTR'
for name in x . local _services._dns-sd._udp.local '\255\254._tcp.local' \
    "$(printf '%063d' 7)._tcp.local" '_a\.b._tcp.local' _ok._tcp.local; do
    send b s0 -- 'flags 8400' \
        "an _services._dns-sd._udp.local PTR 4500 $name"
done
wait_for 5 'a question for the good type' seen cap ' in .* qd _ok._tcp.local PTR'
# Windows: empty responses. Apple: additional records only. ESP32: questions.
send b s0 count 40 -- 'flags 8400'
send b s0 -- 'flags 8400' 'ar _ok._tcp.local PTR 4500 apple._ok._tcp.local'
send b s0 -- 'flags 8400' 'qd _ok._tcp.local PTR' \
    'an _ok._tcp.local PTR 4500 esp._ok._tcp.local' \
    'ns esp._ok._tcp.local TYPE47 120 0000'
wait_for 5 'a response with a question in it' has "$W/every.out" \
    '^\+;s0;IPv4;esp;_ok'
alive every || fail 'browse has ended'
alive c || fail 'run has ended'
ask b s0 -- 'qd alpha.local A'
expect "$W/answer.out" 'R an alpha.local A 10 10.9.0.1' 'an answer'
lines=$(wc -l <"$W/c.err")
[ "$lines" -lt 50 ] || fail "$lines lines of log"
if seen cap 'R an alpha-'; then
    fail 'renamed by a broken packet'
fi
wire_clean cap "$(mac a s0)"
pass
