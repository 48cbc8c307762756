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
switches() {
    sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' "/proc/$(pid c)/status"
}
# Still for two seconds: all that the start brought is done.
still_since=$(now_ms)
still_at=$(switches)
still() {
    if [ "$(switches)" != "$still_at" ]; then
        still_at=$(switches)
        still_since=$(now_ms)
    fi
    [ $(($(now_ms) - still_since)) -gt 2000 ]
}
wait_for 15 'rest' still
forget cap
before=$(switches)
ticks=$(cut -d ' ' -f 14,15 "/proc/$(pid c)/stat")
moved() {
    [ "$(switches)" != "$before" ]
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
