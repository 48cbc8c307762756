#!/bin/sh
# a name that somebody has all the time: after a minute there is a word about
# it, once, and when it is free it is taken
# proves M-9.0-09
. "$(dirname "$0")/lib.sh"

pair
crier_run a c <<'END'
hostname alpha
on-conflict keep-trying
ipv6 no
END
probed() { # as often as that, at least
    seen cap ' in .* Q ns alpha\.local A ' "$1"
}
# Each attempt is denied at its first probe.
first=$(now_ms)
while ! has "$W/c.err" E106; do
    [ $(($(now_ms) - first)) -lt 90000 ] || fail 'not a word in 90 seconds'
    if probed 1; then
        forget cap
        send b s0 -- 'flags 8400' 'an alpha.local A 120 flush 10.9.0.9'
    fi
    nap
done
[ $(($(now_ms) - first)) -ge 60000 ] || fail 'a word before a minute'
expect "$W/c.err" 'E106: no free name for alpha.local in a minute: 10.9.0.' who
wait_for 15 'its name' has "$W/c.err" 'published alpha.local'
[ "$(grep -c E106 "$W/c.err")" -eq 1 ] || fail 'said more than once'
pass
