#!/bin/sh
# a link that gets its carrier after the start; one that loses it for so short
# a time that nobody looks meanwhile is probed on again all the same
# proves M-8.0-03 R4
# once more: polling
. "$(dirname "$0")/lib.sh"

node a b
lan sw a:s0 b:s0
addr a s0 10.9.0.1/24
addr b s0 10.9.0.2/24
capture b cap s0
carrier() { # UP or LOWERLAYERDOWN, as host a sees it
    at a ip -o link show dev s0 | grep -q "state $1 "
}
ip link set sw-a down
wait_for 5 'no carrier' carrier '[A-Z]*DOWN'
crier_run a c <<'END'
hostname alpha
END
wait_for 5 'a word about it' has "$W/c.err" 'W206'
ip link set sw-a up
announced cap alpha.local
wait_for 5 'the second announcement' seen cap \
    ' 224[^ ]* R an alpha.local A 120 flush 10.9.0.1$' 2

# What is over before the next look is seen by a count alone, if there is one.
[ -z "${STRANGE-}" ] || pass
printf 'link set sw-a %s\n' down up >"$W/blink"
for _ in 1 2 3; do
    forget cap
    ip -batch "$W/blink"
    wait_for 8 'probes after a blink' seen cap ' in .* Q qd alpha.local ANY' 3
    announced cap alpha.local
done
if grep -q 'alpha-' "$W/cap.out" "$W/c.err"; then
    fail 'renamed'
fi
stop c
pass
