#!/bin/sh
# crier autoip: links that go, other addresses that come, and nothing is left
# proves L-1.9-01 L-1.9-04 L-1.9-06 L-2.1-04 L-2.1-06 L-2.1-07 L-2.2-02
# proves L-6.1-01 L-5227-2.1-01 L-5227-2.6-01
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_autoip.sh"

node a b
wire a:s0 b:s0
arp_watch b frames s0
capture b cap s0
mkdir "$W/state"
autoip a one s0 --state "$W/state"
bound one
a=$address a_mac=$(mac a s0)
wait_for 3 'the kept address' grep -qx "$a" "$W/state/s0"
[ "$(setting a conf/s0/arp_ignore)" = 8 ] || fail 'the kernel answers ARP'

# Down: taken off at once. Up: probed again, the same one.
claim_seen frames "$a_mac" "$a"
forget frames
at a ip link set s0 down
wait_for 3 'removal' not has_held a s0
expect "$W/one.out" "s0: $a is given up: the link went down" 'a word'
at a ip link set s0 up
bound one 2
[ "$address" = "$a" ] || fail "another address: $address"
claim_seen frames "$a_mac" "$a"
# The other end's carrier, and so quickly that no look sees it down.
forget frames
at b ip link set s0 down
at b ip link set s0 up
bound one 3
claim_seen frames "$a_mac" "$a"

# It is published, until there is a routable address.
crier_run a c <<'END'
hostname alpha
END
wait_for 12 'publication' seen cap "R an alpha.local A 120 flush $a"
forget cap
forget frames
addr a s0 10.9.0.1/24
wait_for 3 'a word' said one "s0: $a yields to another address"
at a ip -4 -o addr show dev s0 >"$W/addr"
expect "$W/addr" "inet $a/16 .*deprecated" 'deprecated address'
expect "$W/addr" 'inet 10.9.0.1/24 ' 'untouched address'
[ "$(setting a conf/s0/arp_ignore)" = 0 ] || fail 'the kernel answers no ARP'
wait_for 8 'publication of the routable one, from it' seen cap \
    ' in 10.9.0.1:5353 .* R an alpha.local A 120 flush 10.9.0.1'
forget cap
ask b s0 family 6 -- 'qd alpha.local A'
expect "$W/answer.out" 'alpha.local A [0-9]+ (flush )?10.9.0.1' 'an answer'
if grep "$a" "$W/answer.out"; then
    fail 'still published'
fi
arp b s0 request $stranger 10.9.0.9 10.9.0.1
wait_for 3 'an answer' seen frames \
    " in $stranger $a_mac reply $a_mac 10.9.0.1 $stranger 10.9.0.9\$"
if grep " in $all .* reply .* 10.9.0.1 " "$W/frames.out"; then
    fail 'a broadcast reply for the routable address'
fi

# It goes: the address is as before, without a new claim.
forget frames
at a ip addr del 10.9.0.1/24 dev s0
bound one 4
[ "$(held a s0)" = "$a" ] || fail 'not back'
at a ip -4 -o addr show dev s0 >"$W/addr"
not has "$W/addr" deprecated || fail 'still deprecated'
[ "$(setting a conf/s0/arp_ignore)" = 8 ] || fail 'the kernel answers ARP'
not seen frames ' request .* 0.0.0.0 ' || fail 'probed again'
wait_for 8 'publication' seen cap "R an alpha.local A 120 flush $a"

# Killed: the guard takes it off and restores what was set.
stop one KILL
wait_for 3 'removal' not has_held a s0
[ "$(setting a conf/s0/arp_ignore)" = 0 ] || fail 'arp_ignore is left'
[ "$(setting a neigh/s0/ucast_solicit)" = 3 ] || fail 'ucast_solicit is left'

# With its guard too: the next start cleans up. The kept address is tried
# first, were it not what the MAC address leads to.
echo 169.254.33.44 >"$W/state/s0"
autoip a two s0 --state "$W/state"
bound two
[ "$address" = 169.254.33.44 ] || fail "not the kept one: $address"
two=$(pid two)
at a ps -o pid=,ppid= >"$W/ps" 2>/dev/null || : >"$W/ps"
guard=$(awk -v p="$two" '$2 == p { print $1 }' "$W/ps")
if [ -n "$guard" ]; then
    kill -KILL "$guard" "$two"
    ended two
    has_held a s0 || fail 'there is another guard'
fi
autoip a three s0
bound three
[ "$(at a ip -4 -o addr show dev s0 | wc -l)" -eq 1 ] || fail 'two addresses'
stop three
has_held a s0 && fail 'left behind'
[ "$(setting a conf/s0/arp_ignore)" = 0 ] || fail 'arp_ignore is left'
[ "$(setting a neigh/s0/mcast_resolicit)" = 0 ] || fail 'resolicit is left'

# Where there is an address already it waits, and claims when that goes.
addr a s0 10.9.0.1/24
forget frames
autoip a four s0
wait_for 3 'a word' said four 's0: 10.9.0.1 is there; waiting until it goes'
never 3 'a probe' seen frames ' request .* 0.0.0.0 .* 169\.254\.'
at a ip addr del 10.9.0.1/24 dev s0
bound four
[ "$address" = "$a" ] || fail "not what the MAC address leads to: $address"
# The interface goes and comes back, as a USB one.
at a ip link del s0
wait_for 3 'a word' said four 's0: is gone; waiting for it'
wire a:s0 b:s0
bound four 2
stop four
pass
