#!/bin/sh
# crier autoip: two hosts want the same address; who asks, who disputes it
# proves L-2.2-01 L-2.2.1-01 L-2.4-01 L-2.5-02 L-2.5-04 L-2.5-06 L-2.7-01
# proves L-2.8-01 L-5227-2.5-01
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_autoip.sh"

node a b
wire a:s0 b:s0
arp_watch b frames s0
autoip a one s0 --start 169.254.7.7
autoip b two s0 --start 169.254.7.7
bound one
a=$address
bound two
b=$address
[ "$a" != "$b" ] || fail "both have $a"
cat "$W/one.out" "$W/two.out" >"$W/said"
expect "$W/said" 's0: 169.254.7.7 belongs to [0-9a-f:]+$' 'a conflict'
a_mac=$(mac a s0) b_mac=$(mac b s0)
claim_seen frames "$a_mac" "$a"
claim_seen frames "$b_mac" "$b"
at a ip -4 -o addr show dev s0 >"$W/addr"
expect "$W/addr" "inet $a/16 brd 169.254.255.255 scope link s0:crier" 'address'

# Requests for it, by broadcast and by unicast, and a probe: the answer is
# broadcast, and the kernel's own is not there.
forget frames
arp b s0 request $stranger 169.254.50.50 "$a"
wait_for 3 'an answer' seen frames \
    " in $all $a_mac reply $a_mac $a $stranger 169.254.50.50\$"
arp b s0 request $stranger 169.254.50.51 "$a" "$a_mac"
wait_for 3 'an answer' seen frames \
    " in $all $a_mac reply $a_mac $a $stranger 169.254.50.51\$"
arp b s0 request $stranger 0.0.0.0 "$a"
wait_for 3 'an answer to a probe' seen frames \
    " in $all $a_mac reply $a_mac $a $stranger 0.0.0.0\$"
arp b s0 request $stranger 169.254.50.50 169.254.50.52
never 1 'an answer for another address' seen frames \
    ' in .* reply .* 169.254.50.52 '
if grep " in .* $a_mac reply" "$W/frames.out" | grep -v " in $all "; then
    fail 'a unicast reply'
fi

# One conflict is answered, the second one gives the address up.
forget frames
arp b s0 reply $stranger "$a" 169.254.50.50
wait_for 3 'a defence' seen frames \
    " in $all $a_mac request $a_mac $a $zero $a\$"
expect "$W/one.out" "s0: $a is defended against $stranger" 'a word'
[ "$(held a s0)" = "$a" ] || fail 'given up too early'
arp b s0 request $stranger "$a" "$a"
wait_for 3 'a word about the loss' said one "s0: $a is lost to $stranger"
wait_for 3 'removal' not has_held a s0
bound one 2
[ "$address" != "$a" ] || fail "has $a again"
[ "$(held a s0)" = "$address" ] || fail "not on the interface: $address"
[ "$(grep -c " in $all $a_mac request $a_mac $a " "$W/frames.out")" -eq 1 ] ||
    fail 'defended twice'
claim_seen frames "$a_mac" "$address"

stop one
[ "$status" -eq 0 ] || fail "ended with $status"
has_held a s0 && fail 'left the address behind'
stop two INT
[ "$status" -eq 0 ] || fail "ended with $status"

# For programs.
autoip a json s0 -j
wait_for 20 'a claim' said json '"event":"bound"'
stop json
bound_line='"event":"bound",.*"iface":"s0","address":"169\.254\.[0-9.]+"'
expect "$W/json.out" "$bound_line,\"peer\":null,\"reason\":null}" 'a claim'
expect "$W/json.out" '"event":"unbound",.*"reason":"end"' 'the end of it'
expect "$W/json.out" '"event":"end",.*"reason":"signal","count":1' 'the end'

# What cannot be.
for case in 'lo loop-back' 'nix no such interface'; do
    run a 5 "$CRIER" autoip -i "${case%% *}" 2>"$W/no.err"
    [ $? -eq 4 ] || fail "exit status for $case"
    expect "$W/no.err" "^crier: E042: cannot use ${case%% *}: .*${case#* }" why
done
at a ip link add dead type veth peer name dead2
at a ip link set dead arp off up
run a 5 "$CRIER" autoip -i dead 2>"$W/no.err"
[ $? -eq 4 ] || fail 'exit status without ARP'
expect "$W/no.err" 'E042: cannot use dead: it has no ARP' why
if run a 5 unshare --user true 2>/dev/null; then
    run a 5 unshare --user "$CRIER" autoip -i s0 2>"$W/no.err"
    [ $? -eq 4 ] || fail 'exit status without rights'
    expect "$W/no.err" 'E050: .*needs root' why
fi
pass
