#!/bin/sh
# what a service manager is told: ready once the sockets are open, a word on
# the whole, the watchdog, reloads and the end; also out of a chroot
. "$(dirname "$0")/lib.sh"

pair
told() { # LINE-REGEX [N]: has the manager been told that, N times?
    seen manager "^[0-9.]* $1\$" "${2:-1}"
}
manage() { # PATH
    spawn a manager "$PEER" manager "$1"
    wait_for 5 'the manager' seen manager ready
}
crier_conf c <<'END'
hostname alpha
END

# A path. Without an interface that can be used it is ready all the same.
manage "$W/notify"
at a ip link set s0 down
spawn a c env NOTIFY_SOCKET="$W/notify" "$CRIER" run -c "$W/c.conf"
wait_for 5 'READY' told READY=1
wait_for 5 'a status' told 'STATUS=alpha.local on 0 interfaces'
at a ip link set s0 up
announced cap alpha.local
wait_for 5 'a status with the link' told 'STATUS=alpha.local on 1 interface'
kill -HUP "$(pid c)"
wait_for 5 'RELOADING' told RELOADING=1
wait_for 5 'its time' told 'MONOTONIC_USEC=[0-9]*'
wait_for 5 'ready again' told READY=1 2
told STOPPING=1 && fail 'it stops already'
stop c
wait_for 5 'STOPPING' told STOPPING=1
if seen manager WATCHDOG; then
    fail 'a watchdog that nobody asked for'
fi
stop manager

# An abstract name, from inside a chroot, with a watchdog of 600 ms: a sign of
# life in half of that time.
mkdir "$W/empty"
echo "chroot $W/empty" >>"$W/c.conf"
manage "@crier-$$"
spawn a dog env NOTIFY_SOCKET="@crier-$$" WATCHDOG_USEC=600000 \
    "$CRIER" run -c "$W/c.conf"
wait_for 10 'signs of life' told WATCHDOG=1 10
awk '/WATCHDOG/ { if (last && $1 - last > 0.6) late++; last = $1 }
    END { exit late > 1 }' "$W/manager.out" || fail 'the watchdog would bite'
stop dog
stop manager

# A path out of a chroot; the watchdog is another process's.
manage "$W/notify2"
spawn a other env NOTIFY_SOCKET="$W/notify2" WATCHDOG_USEC=600000 \
    WATCHDOG_PID=1 "$CRIER" run -c "$W/c.conf"
wait_for 5 'READY' told READY=1
wait_for 10 'a status' told 'STATUS=alpha.local on 1 interface'
stop other
wait_for 5 'STOPPING' told STOPPING=1
if seen manager WATCHDOG; then
    fail "a watchdog of another process"
fi

# It ends by itself, and says so all the same.
forget cap
echo 'hostname alpha' >"$W/settings"
crier_run b rival <"$W/settings"
wait_for 10 'the rival' seen cap ' out .* R an alpha.local A 120 flush'
stop manager
manage "$W/notify3"
printf 'hostname alpha\non-conflict fail\n' | crier_conf fails
spawn a fails env NOTIFY_SOCKET="$W/notify3" "$CRIER" run -c "$W/fails.conf"
ended fails
[ "$status" -eq 5 ] || fail "a conflict: ended with $status"
wait_for 5 'STOPPING' told STOPPING=1
stop rival

# A manager that is gone or nonsense disturbs nothing.
stop manager
forget cap
for socket in "$W/notify2" "$W/nowhere" relative vsock:2:1 '' \
    "/$(printf '%0200d' 0)"; do
    spawn a without env NOTIFY_SOCKET="$socket" "$CRIER" run -c "$W/c.conf"
    announced cap alpha.local
    stop without
    [ "$status" -eq 0 ] || fail "NOTIFY_SOCKET=$socket: ended with $status"
    forget cap
done
pass
