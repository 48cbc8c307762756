#!/bin/sh
# three links on one card go down and up 20 times: all answer, none renamed
# proves M-8.0-03 M-10.3-01 R7
# once more: polling
. "$(dirname "$0")/lib.sh"

node a b
for n in 0 1 2; do
    wire a:s$n b:s$n
    addr a s$n 10.9.$n.1/24
    addr b s$n 10.9.$n.2/24
    capture b cap$n s$n
done
crier_run a c <<'END'
hostname alpha
END
for n in 0 1 2; do
    announced cap$n alpha.local
done
for way in down up; do
    printf "link set s%d $way\n" 0 1 2 >"$W/$way"
done
carrier() { # up or down, as the kernel of host a sees it
    at a ip -o link show dev s2 | grep -q "state $1 "
}
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    at b ip -batch "$W/down"
    wait_for 5 'carrier lost' carrier '[A-Z]*DOWN'
    at b ip -batch "$W/up"
    wait_for 5 'carrier back' carrier UP
done
answers() {
    ask b "s$1" wait 400 -- 'qd alpha.local A' &&
        has "$W/answer.out" "an alpha.local A 10 10.9.$1.1"
}
for n in 0 1 2; do
    wait_for 5 "an answer on link $n" answers $n
done
# Multicast too, which takes the group membership.
for n in 0 1 2; do
    forget cap$n
    send b s$n -- 'qd alpha.local A'
    wait_for 5 "a multicast answer on link $n" seen cap$n \
        ' in 10[^ ]+ 224.0.0.251:5353 R an alpha.local A 120 flush'
done
if grep -q 'alpha-' "$W"/cap?.out; then
    fail 'renamed by a flapping link'
fi
alive c || fail 'crier has ended'
pass
