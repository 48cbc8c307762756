#!/bin/sh
# a reload that wants more than the sandbox has: that item is refused with
# "restart needed", what it was before stays, and the rest is applied
. "$(dirname "$0")/lib.sh"

unset CRIER_SOCKET # the usual one
"$PEER" deny netlink true || skip 'no seccomp here'
pair
run a 5 "$CRIER" doctor --kernel | grep -q '^Landlock  *yes' ||
    skip 'no Landlock here'
mkdir "$W/near" "$W/out"
far=/run/far # below no directory that it is told of at the start
echo 1.0 >"$W/near/version"
# shellcheck disable=SC2016
at a sh -c 'mkdir "$1" && echo 2.0 >"$1/version" &&
    printf "name Away\ntype _away._tcp\nport 4\n" >"$1/away.service"' - $far
service c old <<END
name Old
type _old._tcp
port 1
txt ver=%v
version-file $W/near/version
END
service c plain <<'END'
name Plain
type _plain._tcp
port 2
END
crier_conf c <<END
hostname alpha
metrics-file $W/out/crier.prom
END
spawn a c "$CRIER" run -c "$W/c.conf"
for name in Old._old Plain._plain; do
    announced cap "$name._tcp.local"
    wait_for 5 "all of $name" seen cap "R an $name._tcp.local SRV 120" 4
done
expect "$W/cap.out" 'R an Old._old._tcp.local TXT .*ver=1.0' 'its version'

# Version files, a directory of services and an output file elsewhere; and
# what can be had: an update, a new service, one less.
sed -i "s:^port 1:port 11:; s:$W/near:$far:" "$W/c.services/old.service"
rm "$W/c.services/plain.service"
service c new <<END
name New
type _new._tcp
port 3
txt ver=%v
version-file $far/version
END
service c more <<END
name More
type _more._tcp
port 5
txt ver=%v
version-file $W/near/version
END
sed -i "s:$W/out/crier:$far/crier:" "$W/c.conf"
echo "services $far" >>"$W/c.conf"
forget cap
run a 5 "$CRIER" reload >"$W/r.out" 2>"$W/r.err"
status=$?
[ $status -eq 2 ] || fail "reload ended with $status"
announced cap More._more._tcp.local
wait_for 5 'the goodbye' seen cap 'R an Plain._plain._tcp.local SRV 0'
refusals() { # FILE
    expect "$1" 'old.service:5:14: E060: version-file.*restart needed' \
        'a refusal'
    expect "$1" 'new.service:5:14: E060: version-file.*restart needed' \
        'a refusal'
    expect "$1" "c.conf: E060: services $far: .*restart needed" 'a refusal'
    expect "$1" 'c.conf: E060: metrics-file .*restart needed' 'a refusal'
}
refusals "$W/c.err"
refusals "$W/r.err"
[ "$(grep -c 'new.service.*E060' "$W/c.err")" -eq 1 ] || fail 'said twice'
expect "$W/r.err" '^crier: /[^ ]*: E060: .* needed; /' 'all in one line'
expect "$W/c.err" 'reloaded: 2 services; 1 new, 0 updated, 1 withdrawn' \
    'the rest of the reload'
never 2 'a word of what was refused' seen cap \
    'R an (Old._old|New._new|Away._away)\._tcp.local'
run a 5 "$CRIER" services >"$W/s.out"
expect "$W/s.out" '^Old +_old._tcp +1 +announced' 'the old one as it was'
not has "$W/s.out" '^New' || fail 'the new one is there'
run a 5 "$CRIER" status >"$W/st.out"
expect "$W/st.out" '^health +.*last reload.*E060' 'health'

# Once they are away all is well again.
sed -i "s:$far:$W/near:" "$W/c.services/old.service" "$W/c.services/new.service"
sed -i "s:$far/crier:$W/out/crier:; \|services $far|d" "$W/c.conf"
run a 5 "$CRIER" reload || fail 'refused still'
announced cap New._new._tcp.local
wait_for 5 'the new port' seen cap 'R an Old._old._tcp.local SRV 120 .* 11 '
run a 5 "$CRIER" status >"$W/st.out"
expect "$W/st.out" '^health +ok$' health

# A restart takes all of it.
sed -i "s:$W/near:$far:" "$W/c.services/old.service"
sed -i "s:$W/out/crier:$far/crier:" "$W/c.conf"
echo "services $far" >>"$W/c.conf"
stop c
forget cap
spawn a c "$CRIER" run -c "$W/c.conf"
for name in Old._old Away._away; do
    announced cap "$name._tcp.local"
done
wait_for 5 'its version' seen cap 'R an Old._old._tcp.local TXT .*ver=2.0'
wait_for 5 'the metrics' at a test -s "$far/crier.prom"
stop c

# In a chroot the files are looked for: without them nothing changes.
forget cap
mkdir "$W/jail"
echo "chroot $W/jail" >>"$W/c.conf"
spawn a j "$CRIER" run -c "$W/c.conf"
announced cap Old._old._tcp.local
wait_for 5 'all of Old' seen cap 'R an Old._old._tcp.local SRV 120' 4
forget cap
kill -HUP "$(pid j)"
wait_for 5 'a refusal' has "$W/j.err" 'E061: not reloaded'
stop j
forget cap
at a mount -t tmpfs tmpfs /etc
at a mkdir -p /etc/crier/services
at a cp "$W/c.conf" /etc/crier/crier.conf
spawn a u "$CRIER" run
announced cap Old._old._tcp.local
kill -HUP "$(pid u)"
wait_for 5 'a refusal' has "$W/u.err" \
    'crier.conf: E010: .*No such file.*chroot'
wait_for 5 'a refusal' has "$W/u.err" 'E061: not reloaded'
never 1 'a goodbye' seen cap 'R an [^ ]* [A-Z]* 0'
stop u
pass
