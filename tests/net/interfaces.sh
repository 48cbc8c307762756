#!/bin/sh
# which links are used: defaults, patterns, and the others left alone
# proves M-6.2-02 R9 R10
# once more: polling
. "$(dirname "$0")/lib.sh"

node a b
for name in s0 s1 veth7 docker0 br-0123456789ab br-lan; do
    wire "a:$name" "b:$name"
done
n=0
for name in s0 s1 veth7 docker0 br-0123456789ab br-lan; do
    addr a $name 10.9.$n.1/24
    addr b $name 10.9.$n.2/24
    capture b cap-$name $name
    n=$((n + 1))
done
crier_run a c <<'END'
hostname alpha
END
for name in s0 s1 br-lan; do
    announced cap-$name alpha.local
done
for name in veth7 docker0 br-0123456789ab; do
    if grep -E ' in [^ ]+:5353 ' "$W/cap-$name.out"; then
        fail "spoke on $name"
    fi
done
if grep -E 'A 120 flush 10\.9\.[234]\.1' "$W"/cap-*.out; then
    fail 'told an address of a link that is not used'
fi
stop c

# One link only: another program may own the port on the other one.
spawn a owner "$PEER" listen s0 reuse none join no family 4
forget cap-s1
forget cap-s0
crier_run a d <<'END'
hostname  alpha
interface s1
interface !s0
ipv4      no
END
announced cap-s1 alpha.local
stop owner
stop d
forget cap-s1
crier_run a e <<'END'
hostname  alpha
interface s*
interface !s0
END
announced cap-s1 alpha.local
if grep -E ' in [^ ]+:5353 ' "$W/cap-s0.out"; then
    fail 'spoke on an excluded link'
fi
stop e
forget cap-s1
spawn a pub "$CRIER" publish -i s1 -n Pub _pub._tcp 1
announced cap-s1 Pub._pub._tcp.local
if grep -E ' in [^ ]+:5353 ' "$W/cap-s0.out"; then
    fail 'publish -i s1 spoke on s0'
fi
pass
