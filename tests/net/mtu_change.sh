#!/bin/sh
# the MTU of a link changes while crier runs: packets get as small, and as
# large, as it is then
# proves M-17.0-01
# once more: polling
. "$(dirname "$0")/lib.sh"

pair
n=0
while [ $n -lt 60 ]; do
    service c "many$n" <<END
name "Service with a rather long name $n"
type _many._tcp
port $((1000 + n))
txt  "note=some words to fill the packet"
END
    n=$((n + 1))
done
crier_run a c <<'END'
hostname alpha
END
announced cap alpha.local
wait_for 10 'the last service' seen cap \
    'an _many._tcp.local PTR 4500 Service.*name.03259\._many'

# The longest response of IPv4 to a question; UDP payload.
longest() {
    awk '$2 == "in" && $3 ~ /^10/ && $5 == "R" && $6 == "hdr" {
        for (i = 7; i <= NF; i++)
            if ($i ~ /^len=/ && substr($i, 5) + 0 > most)
                most = substr($i, 5) + 0
    } END { print most + 0 }' "$W/cap.out"
}
# within LEAST MOST: is the longest packet of the next answers, and is none in
# fragments? Until crier has noticed they may be.
within() {
    forget cap
    send b s0 -- 'qd _many._tcp.local PTR'
    wait_for 5 'an answer' seen cap \
        ' 10.9.0.1:5353 .* PTR 4500 Service.*name.03259\._many'
    [ "$(longest)" -ge "$1" ] && [ "$(longest)" -le "$2" ] &&
        ! seen cap ' in .* fragment '
}
wait_for 10 'packets of 1500' within 1253 1472
for mtu in 700 1500 600 1280; do
    for host in a b; do
        at $host ip link set s0 mtu $mtu
    done
    wait_for 10 "packets of $mtu" within $((mtu / 2)) $((mtu - 28))
done
if grep -q 'alpha-' "$W/cap.out" "$W/c.err"; then
    fail 'renamed'
fi
stop c
pass
