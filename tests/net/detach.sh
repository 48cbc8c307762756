#!/bin/sh
# run --detach: it is in the background once all of it is open, and the exit
# status tells whether; --pidfile
. "$(dirname "$0")/lib.sh"

unset CRIER_SOCKET # the usual one
pair
own_dev a
syslogd a
detach() { # STATUS ARGUMENT...: in a pipe, which is to end
    want=$1
    shift
    got=$({
        run a 10 "$CRIER" run --detach "$@" 2>"$W/d.err"
        echo $?
    } | cat)
    [ "$got" = "$want" ] || fail "run --detach $*: $got instead of $want"
}

# When it returns everything is there: sockets, the number, no ties.
{
    echo 'hostname alpha'
    [ -n "${STRANGE-}" ] || echo 'sandbox strict'
} | crier_conf c
detach 0 --pidfile "$W/c.pid" -c "$W/c.conf"
run a 5 "$CRIER" status >"$W/st.out" || fail 'no control socket yet'
expect "$W/st.out" '^iface +s0 +up' 'the link'
grep -q ':14E9 ' "/proc/$(cat "$W/a.host")/net/udp" || fail 'no socket yet'
c=$(pid c)
grep -qx "$c" "$W/c.pid" || fail 'other than a number in the file'
tr '\0' ' ' <"/proc/$c/cmdline" | grep -q ' run --detach' || fail 'who is that?'
[ ! -s "$W/d.err" ] || grep -q 's0 is up' "$W/d.err" || fail 'it said something'
for fd in 0 1 2; do
    [ "$(readlink "/proc/$c/fd/$fd")" = /dev/null ] || fail "fd $fd is open"
done
[ "$(readlink "/proc/$c/cwd")" = / ] || fail 'it stays in its directory'
[ "$(awk '{ print $6 }' "/proc/$c/stat")" = "$c" ] || fail 'no session of its own'
announced cap alpha.local
wait_for 5 'the log' has "$W/syslogd.out" \
    "<30>crier\\[$c\\]: published alpha.local on s0\$"
kill -HUP "$c"
wait_for 5 'a reload' has "$W/syslogd.out" 'reloaded: 0 services'
kill -TERM "$c"
wait_for 5 'a goodbye' seen cap 'R an alpha.local A 0 flush'
gone() {
    [ ! -e "/proc/$1" ]
}
wait_for 5 'its end' gone "$c"

# What is wrong is told before, and nothing is left behind.
nothing() {
    [ ! -e "$W/none.pid" ] || fail 'a number of what is not there'
    for n_proc in /proc/[0-9]*; do
        ! tr '\0' ' ' 2>/dev/null <"$n_proc/cmdline" |
            grep -q '/crier run --detach' || return 1
    done
}
echo 'no-such-key 1' | crier_conf bad
detach 2 --pidfile "$W/none.pid" -c "$W/bad.conf"
expect "$W/d.err" 'bad.conf:1:1: E012: ' 'what is wrong'
wait_for 5 'nothing' nothing
echo "chroot $W/nowhere" | crier_conf bad
detach 4 --pidfile "$W/none.pid" -c "$W/bad.conf"
expect "$W/d.err" 'E047: chroot: cannot enter' 'what is wrong'
wait_for 5 'nothing' nothing
detach 4 --pidfile "$W/nowhere/none.pid" -c "$W/c.conf"
expect "$W/d.err" 'E048: pidfile: cannot write ".*/nowhere/none.pid": No such' \
    'what is wrong'
wait_for 5 'nothing' nothing
detach 2 -c "$W/c.conf" --demo
expect "$W/d.err" 'E005: ' 'a demo that nobody sees'
run a 5 "$CRIER" run --pidfile "$W/none.pid" -c "$W/c.conf" 2>"$W/d.err"
status=$?
[ $status -eq 2 ] || fail "--pidfile alone ended with $status"
expect "$W/d.err" 'E005: .*--detach' 'what is wrong'

# In an empty chroot, as a user, with its log in a file.
forget cap
mkdir "$W/empty"
{
    printf 'hostname beta\nlog stderr\nchroot %s\n' "$W/empty"
    run a 5 setpriv --reuid 65534 --clear-groups true 2>/dev/null &&
        echo 'user 65534'
} | crier_conf c
detach 0 --pidfile "$W/c.pid" -c "$W/c.conf"
announced cap beta.local
wait_for 5 'the log' has "$W/d.err" 'published beta.local on s0'
kill -TERM "$(pid c)"
wait_for 5 'its end' gone "$(pid c)"
expect "$W/d.err" 'withdrawing all names' 'the end of the log'
pass
