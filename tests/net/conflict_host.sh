#!/bin/sh
# two hosts want one name: whoever comes second takes another, both ways
# proves M-3.0-01 M-3.0-02 M-8.1-11 M-8.1-12 M-8.1-09 M-9.0-04 M-9.0-05
# proves M-9.0-08 M-6.0-13 R5
. "$(dirname "$0")/lib.sh"
need_avahi

pair
avahi_start b alpha
crier_run a c <<'END'
hostname alpha
END
announced cap 'alpha-2.local'
if seen cap ' in [^ ]+ [^ ]+ R an alpha.local (A|AAAA) '; then
    fail 'crier spoke for a name that it does not own'
fi
wait_for 5 'a log line that tells who has the name' has "$W/c.err" \
    '(10\.9\.0\.2|fe80).*alpha\.local.*alpha-2\.local'
wait_for 10 'the other name' eval \
    'avahi b 10 avahi-resolve -n -4 alpha-2.local | grep -q 10.9.0.1'
stop b-avahi
stop c

# The other way: crier was first, avahi has to move.
forget cap
crier_run a d <<'END'
hostname gamma
END
announced cap gamma.local
avahi_start b gamma
expect "$W/b-avahi.err" 'gamma-2' 'avahi took another name'
avahi b 10 avahi-resolve -n -4 gamma.local >"$W/first.out"
expect "$W/first.out" '10\.9\.0\.1$' 'the first owner kept it'
if grep -q 'R an gamma-2.local .*10.9.0.1' "$W/cap.out"; then
    fail 'crier renamed itself'
fi
stop d

# on-conflict fail: no other name is taken.
forget cap
crier_run a e <<'END'
hostname gamma-2
on-conflict fail
END
wait_for 10 'a message' has "$W/e.err" 'gamma-2'
never 3 'a renamed host' seen cap ' in 10.9.0.1:5353 .* R an gamma-3'
wire_clean cap "$(mac a s0)"
pass
