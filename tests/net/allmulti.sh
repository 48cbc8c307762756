#!/bin/sh
# "allmulti yes": the drivers of all links, also of one that comes later, let
# in all multicast, and no longer when crier ends, in whatever way
. "$(dirname "$0")/lib.sh"

node a b
wire a:s0 b:s0
addr a s0 10.9.0.1/24
addr b s0 10.9.0.2/24
capture b cap s0
allmulti() { # IF COUNT
    at a ip -d link show dev "$1" | grep -q " allmulti $2 "
}
at a ip -d link show dev s0 | grep -q allmulti ||
    skip 'ip cannot show it here'
crier_run a off <<'END'
hostname alpha
END
announced cap alpha.local
allmulti s0 0 || fail 'it does so unasked'
stop off

crier_run a c <<'END'
hostname alpha
allmulti yes
sandbox  strict
END
forget cap
announced cap alpha.local
allmulti s0 1 || fail 's0 does not let all in'
grep -q 'CapEff:.*0000000000000000$' "/proc/$(pid c)/status" ||
    fail 'it kept capabilities'
wire a:s1 b:s1
wait_for 5 's1' allmulti s1 1
at b ip link set s0 down
wait_for 5 's0 without a carrier' allmulti s0 0
at b ip link set s0 up
wait_for 5 's0 again' allmulti s0 1
at a ip link set s0 address 02:00:00:00:00:07
never 1 's0 forgotten' allmulti s0 0
kill -KILL "$(pid c)"
ended c
wait_for 2 'the end on s0' allmulti s0 0
wait_for 2 'the end on s1' allmulti s1 0

# Where it must not have it, it says so and does without.
spawn a d "$PEER" deny packet "$CRIER" run -c "$W/c.conf"
wait_for 5 'a word' has "$W/d.err" 'W209: .*CAP_NET_RAW'
forget cap
send b s0 -- 'qd alpha.local ANY'
announced cap alpha.local
stop d
pass
