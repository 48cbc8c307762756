#!/bin/sh
# with nothing to do, crier does not wake up once in 30 seconds
# proves M-8.3-07 M-8.3-08
. "$(dirname "$0")/lib.sh"

pair
service c web <<'END'
name Web
type _http._tcp
port 80
END
crier_run a c <<'END'
hostname alpha
END
announced cap alpha.local
wait_for 5 'the second announcement' seen cap \
    'fb[^ ]* R an alpha.local A 120 flush' 2
at_rest c
forget cap
before=$(wakes c)
ticks=$(cut -d ' ' -f 14,15 "/proc/$(pid c)/stat")
moved() {
    [ "$(wakes c)" != "$before" ]
}
nap() {
    sleep 1
}
never "${IDLE_S:-30}" 'a wake-up while idle' moved
[ "$(cut -d ' ' -f 14,15 "/proc/$(pid c)/stat")" = "$ticks" ] ||
    fail 'used the processor while idle'
if grep -E ' in .*:5353 ' "$W/cap.out"; then
    fail 'sent while idle'
fi
pass
