#!/bin/sh
# 64 links at the default igmp_max_memberships: crier answers on each
# proves R27
# once more: polling
. "$(dirname "$0")/lib.sh"

node a b
[ "$(at a cat /proc/sys/net/ipv4/igmp_max_memberships)" -le 20 ] ||
    set_net a ipv4/igmp_max_memberships 20
n=0
{
    while [ $n -lt 64 ]; do
        echo "link add m$n type veth peer name m$n netns $(cat "$W/b.host")"
        n=$((n + 1))
    done
} >"$W/links.batch"
at a ip -batch "$W/links.batch" || fail 'links'
for host in a b; do
    n=0
    while [ $n -lt 64 ]; do
        echo "link set m$n up"
        echo "addr add 10.9.$n.$([ $host = a ] && echo 1 || echo 2)/24 dev m$n"
        n=$((n + 1))
    done >"$W/$host.batch"
    at $host ip -batch "$W/$host.batch" || fail 'addresses'
done
capture b cap m63
crier_run a c <<'END'
hostname alpha
END
announced cap alpha.local
answers() { # over multicast, which takes the membership
    ask b "m$1" wait 100 -- 'qd alpha.local A' &&
        has "$W/answer.out" "R an alpha.local A 10 10.9.$1.1\$"
}
n=0
while [ $n -lt 64 ]; do
    wait_for 10 "an answer on link $n" answers $n
    n=$((n + 1))
done
ask b m40 family 6 -- 'qd alpha.local AAAA'
expect "$W/answer.out" 'R an alpha.local AAAA 10 fe80' 'an answer over IPv6'
if grep -q 'alpha-' "$W/cap.out"; then
    fail 'renamed'
fi
alive c || fail 'crier has ended'
stop c
pass
