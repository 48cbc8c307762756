#!/bin/sh
# crier autoip: what its options may be; without an interface it does nothing
# proves L-9.0-01
. "$(dirname "$0")/lib.sh"

refused 'command line:1:14: E005: expected an interface, as in: crier autoip -i' \
    autoip
refused 'command line:1:20: E005: read "eth0", expected no words' \
    autoip -i lo eth0
for bad in 169.254.0.255 169.254.255.0 10.0.0.1 fe80::1 169.254.7 x ''; do
    refused "E004: read \"$bad\", expected an address from 169.254.1.0 to" \
        autoip -i lo --start "$bad"
done
try 4 autoip -i lo --start 169.254.254.255
silent out
says err 'crier: E042: cannot use lo: it is the loop-back'
try 4 autoip -i lo --start 169.254.1.0 --state "$W"
try 4 autoip -i nosuch0
says err 'crier: E042: cannot use nosuch0: there is no such interface'
try 4 autoip -i ''
try 4 autoip -i a-name-that-is-too-long-for-any
try 4 autoip -i ../../x

# No time can be changed: these are all the options.
try 0 autoip -h
grep -oE -- '--[a-z-]+' "$W/out" | sort -u | tr '\n' ' ' >"$W/options"
[ "$(cat "$W/options")" = '--interface --json --quiet --start --state ' ] ||
    fail "other options: $(cat "$W/options")"
