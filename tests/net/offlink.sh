#!/bin/sh
# who is not on the link gets no unicast, neither as asker nor as answerer
# proves M-5.5-02 M-11.0-02 M-11.0-03 M-11.0-04 M-11.0-06 M-6.0-18 M-6.0-20
# proves R23
. "$(dirname "$0")/lib.sh"

pair
at a ip route add default via 10.9.0.2 # so that an answer could leave
crier_run a c <<'END'
hostname alpha
END
announced cap alpha.local
wait_for 4 'the second announcement' seen cap \
    '224[^ ]+ R an alpha.local A 120' 2
mac=$(mac a s0)

forget cap
send b s0 src 192.0.2.7 dst 10.9.0.1 mac "$mac" -- 'qd alpha.local A'
send b s0 src 192.0.2.7 sport 4000 dst 10.9.0.1 mac "$mac" -- \
    'qd alpha.local A'
send b s0 src 192.0.2.7 sport 4001 -- 'qd alpha.local A'
send b s0 src 2001:db8::7 dst "$(link_local a s0)" mac "$mac" -- \
    'qd alpha.local AAAA'
never 1 'something was sent off the link' seen cap ' in [^ ]+ (192|\[2001)'
# Multicast from an odd subnet is a question of this link, answered by
# multicast even if it asks for unicast.
forget cap
send b s0 src 192.0.2.7 -- 'qd alpha.local A qu'
wait_for 5 'a multicast answer' seen cap \
    ' in 10.9.0.1:5353 224.0.0.251:5353 R an alpha.local A 120 flush'
# The same on the link itself: a unicast answer.
forget cap
send b s0 dst 10.9.0.1 mac "$mac" -- 'qd alpha.local A'
wait_for 5 'an answer to the neighbour' seen cap \
    ' in 10.9.0.1:5353 10.9.0.2:5353 R an alpha.local A 120 flush'

# As querier: not from another port, not unasked, not from off the link.
spawn a watch "$CRIER" browse -p --no-resolve _odd._tcp
wait_for 5 'its question' seen cap 'qd _odd._tcp.local PTR'
answer() { # NAME
    echo "an _odd._tcp.local PTR 4500 $1._odd._tcp.local"
}
send b s0 sport 4000 -- 'flags 8400' "$(answer port)"
send b s0 src 192.0.2.7 dst 10.9.0.1 mac "$mac" -- 'flags 8400' \
    "$(answer offlink)"
send b s0 -- 'flags 8c00' "$(answer opcode)"
send b s0 -- 'flags 8403' "$(answer rcode)"
send b s0 src 192.0.2.7 -- 'flags 8400' "$(answer subnet)"
send b s0 -- 'flags 8400' 'qd _odd._tcp.local PTR' "$(answer question)"
send b s0 -- 'id 99' 'flags 8180' "$(answer flags)"
wait_for 5 'the last good answer' has "$W/watch.out" ';flags;_odd'
for good in subnet question flags; do
    expect "$W/watch.out" "^\\+;s0;IPv4;$good;_odd._tcp" 'good answers'
done
if grep -E ';(port|offlink|opcode|rcode);' "$W/watch.out"; then
    fail 'an answer was believed that should not be'
fi
wire_clean cap "$mac"
pass
