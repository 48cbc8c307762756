#!/bin/sh
# FROM scratch: only the static program in an empty read-only root, no /proc,
# no descriptors, few of them allowed, no environment; also as process 1, which
# reaps the orphans
# proves M-10.1-01 R11
. "$(dirname "$0")/lib.sh"

pair
mkdir "$W/root"
cp "$CRIER" "$W/root/crier"
if ! run a 5 chroot "$W/root" /crier --help >"$W/help.out" 2>&1; then
    skip "the program is not static: $(head -n 1 "$W/help.out")"
fi
cat >"$W/root/conf" <<'END'
hostname alpha
END
# shellcheck disable=SC2016
scratch='mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 9
    root=$1
    shift
    ulimit -n 16
    exec env -i '"$(command -v chroot)"' "$root" "$@" <&- >&- 2>&-'
spawn a c unshare -m sh -c "$scratch" - "$W/root" /crier run -c /conf
announced cap alpha.local
ask b s0 -- 'qd alpha.local A'
expect "$W/answer.out" 'R an alpha.local A 10 10.9.0.1' 'an answer'
alive c || fail 'crier has ended'
stop c
wait_for 4 'a goodbye' seen cap 'R an alpha.local A 0 flush 10.9.0.1'

# publish needs no file at all; the name comes from the system.
forget cap
spawn a pub unshare -m sh -c "$scratch" - "$W/root" /crier publish -n Box \
    _box._tcp 1 k=v
announced cap Box._box._tcp.local
wait_for 5 'the host name of the system' seen cap 'Box._box.*SRV.* a.local'
stop pub
wait_for 4 'a goodbye' seen cap 'R an _box._tcp.local PTR 0 Box'

# Process 1 of a container ends on TERM. It is a user here that no file knows.
forget cap
{
    cat "$W/root/conf"
    echo 'sandbox strict'
    run a 5 setpriv --reuid 65534 --clear-groups true 2>/dev/null &&
        echo 'user 65534'
} >"$W/root/conf1"
spawn a one unshare -m --pid --fork --kill-child sh -c "$scratch" - \
    "$W/root" /crier run -c /conf1
announced cap alpha.local
ask b s0 -- 'qd alpha.local A'
child=$(cat "/proc/$(pid one)/task/$(pid one)/children")
child=${child% }

# It inherits whoever is left over, and no dead one stays with it.
mkfifo "$W/end"
# shellcheck disable=SC2016
run a 5 nsenter -t "$child" -p sh -c 'cat "$1" >/dev/null &' - "$W/end"
orphan=
inherits() {
    orphan=$(cat "/proc/$child/task/$child/children")
    [ -n "$orphan" ]
}
wait_for 5 'an orphan' inherits
: >"$W/end"
wait_for 5 'the end of the orphan' not test -e "/proc/${orphan% }"

kill -TERM "$child" || fail 'no child'
wait_for 5 'a goodbye of process 1' seen cap 'R an alpha.local A 0 flush'
ended one

# Client verbs as well, with nothing but the program.
forget cap
crier_run b d <<'END'
hostname delta
END
wait_for 10 'delta' seen cap ' out .* R an delta.local A 120 flush'
got=$(run a 10 env -i "$(command -v chroot)" "$W/root" /crier resolve -4 delta.local \
    2>/dev/null)
[ "$got" = 10.9.0.2 ] || fail "resolve said: $got"
wire_clean cap "$(mac a s0)"
pass
