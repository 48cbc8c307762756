#!/bin/sh
# hostname auto follows the system's host name, with the services named after
# it; a name that is configured stays
. "$(dirname "$0")/lib.sh"

pair
service c web <<'END'
name %h-web
type _web._tcp
port 80
END
service c other <<'END'
name Other
type _other._tcp
port 81
END
crier_run a c </dev/null
announced cap a.local
announced cap 'a-web._web._tcp.local'
announced cap Other._other._tcp.local

forget cap
at a hostname omega.example.org
announced cap omega.local
wait_for 5 'goodbye for the old name' seen cap 'R an a.local A 0 flush'
wait_for 5 'a word of it' has "$W/c.err" 'host name is "omega" now'
announced cap 'omega-web._web._tcp.local'
wait_for 5 'goodbye for the old service' seen cap 'R an a-web._web.* SRV 0'
wait_for 5 'the other one there' seen cap \
    'R an Other._other._tcp.local SRV 120 flush 0 0 81 omega.local'
not seen cap 'Other._other._tcp.local SRV 0' || fail 'the other one was away'

wait_for 5 'the second announcement' seen cap \
    'R an omega-web._web._tcp.local SRV 120' 4

# The same name again, and that of another host, are nothing to tell.
said=$(wc -l <"$W/c.err")
at a hostname omega
at b hostname beta
forget cap
never 2 'a word of it' seen cap 'R an '
[ "$(wc -l <"$W/c.err")" -eq "$said" ] || fail 'said something'

# Named in the configuration, it is another matter.
crier_conf c <<'END'
hostname alpha
END
kill -HUP "$(pid c)"
announced cap alpha.local
wait_for 5 'the second announcement' seen cap 'R an alpha.local A 120 flush' 4
at a hostname delta
forget cap
never 2 'a word of it' seen cap 'R an '

# Nor does a name in another container, which the kernel would tell of, wake
# it up; until the name is the system's again.
moved() {
    [ "$(wakes c)" != "$before" ]
}
if [ -z "${STRANGE-}" ]; then
    at_rest c
    before=$(wakes c)
    at b hostname gamma
    never 1 'a wake-up for the name of another' moved
fi
crier_conf c </dev/null
kill -HUP "$(pid c)"
announced cap delta.local
at a hostname epsilon
announced cap epsilon.local
announced cap 'epsilon-web._web._tcp.local'

# A name that is given at the control socket is %h as well, also in files that
# are new, and no trouble; until the system has another one.
crier() {
    run a 5 "$CRIER" "$@" -s /run/crier/ctl >"$W/x.out" 2>"$W/x.err"
}
forget cap
crier rename zeta
announced cap zeta.local
announced cap 'zeta-web._web._tcp.local'
wait_for 5 'goodbye for the old service' seen cap 'R an epsilon-web._web.* SRV 0'
service c new <<'END'
type _new._tcp
port 82
txt h=%h
END
crier reload
announced cap zeta._new._tcp.local
expect "$W/cap.out" 'R an zeta._new._tcp.local TXT 4500 flush "h=zeta"' TXT
crier status
has "$W/x.out" '^host +zeta.local$' || fail 'another name'
has "$W/x.out" '^health +ok$' || fail 'not healthy'
at a hostname eta
announced cap eta.local
announced cap 'eta-web._web._tcp.local'
stop c
[ "$status" -eq 0 ] || fail "ended with $status"
pass
