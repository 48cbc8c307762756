#!/bin/sh
# the files that crier run writes when it goes on as a user, in a chroot or
# not, in the sandbox: written there, or told with the way out
. "$(dirname "$0")/lib.sh"
need setpriv

pair
run a 5 setpriv --reuid 65534 --clear-groups true 2>/dev/null ||
    skip 'cannot become another user here'
chmod 755 "$W"
mkdir "$W/jail" "$W/jail/out" "$W/out" "$W/closed"
chown 4711 "$W/jail/out" "$W/out"
settings() { # DIRECTORY
    cat <<END
hostname alpha
user 4711
metrics-file $1/crier.prom
metrics-every 1s
hosts-file $1/hosts
state-file $1/state
END
}
all_there() { # DIRECTORY
    for all_file in 'crier.prom:crier_up 1' \
        'hosts:10.9.0.1 alpha-2.local alpha-2' 'state:host "alpha" "alpha-2"'; do
        has "$1/${all_file%%:*}" "^${all_file#*:}\$" 2>/dev/null || return 1
    done
}
owned() { # DIRECTORY: by the user alone, and nothing is left beside them
    [ "$(stat -c %u "$1"/* | sort -u)" = 4711 ] || fail "not of the user: $1"
    [ -z "$(find "$1" -name '*.new')" ] || fail "left behind in $1"
}

# As a user; a name is taken, so that there is a state to remember.
echo 'hostname alpha' >"$W/settings"
crier_run b rival <"$W/settings"
wait_for 10 'the rival' seen cap ' out .* R an alpha.local A 120 flush'
settings "$W/out" | crier_conf c
spawn a c "$CRIER" run -c "$W/c.conf"
wait_for 20 'the files' all_there "$W/out"
stop c
has "$W/out/crier.prom" '^crier_up 0$' || fail 'it is down'
owned "$W/out"
not has "$W/c.err" W221 || fail 'warned of what was written'

# In a chroot they are called as they are seen from there; the state that one
# left is read by the next.
for tag in j1 j2; do
    {
        settings /out
        echo "chroot $W/jail"
    } | crier_conf $tag
    [ $tag = j1 ] || rm "$W/jail/out/hosts" "$W/jail/out/crier.prom"
    forget cap
    spawn a $tag "$CRIER" run -c "$W/$tag.conf"
    wait_for 20 'the files in the chroot' all_there "$W/jail/out"
    stop $tag
    [ "$status" -eq 0 ] || fail "ended with $status"
    owned "$W/jail/out"
    not has "$W/$tag.err" W221 || fail 'warned of what was written'
done
not seen cap ' in 10.9.0.1:.* Q ns alpha.local' ||
    fail 'asked for the old name again'
stop rival

# Where it may not write, or nothing is, it says so and what helps, and the
# rest goes on.
forget cap
{
    settings "$W/closed" | sed "s:\(hosts-file\) .*:\1 $W/missing/hosts:"
    [ -n "${STRANGE-}" ] || echo 'sandbox strict'
} | crier_conf d
spawn a d "$CRIER" run -c "$W/d.conf"
announced cap alpha.local
warning='W221: cannot write'
wait_for 5 'a warning' has "$W/d.err" "$warning $W/missing/hosts: No such file or \
directory; make its directory and start again"
wait_for 5 'a warning' has "$W/d.err" \
    "$warning $W/closed/crier.prom: Permission denied"
[ "$(grep -c "$warning .*/hosts" "$W/d.err")" -eq 1 ] || fail 'said twice'
stop d
[ "$status" -eq 0 ] || fail "ended with $status"
[ -z "$(ls "$W/closed")" ] || fail 'it wrote there'
pass
