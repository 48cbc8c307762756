#!/bin/sh
# a name that another host has, with on-conflict fail and keep-trying: it is
# told in services, health and metrics, and tried again
. "$(dirname "$0")/lib.sh"

unset CRIER_SOCKET
pair
rival() {
    spawn b "$1" "$CRIER" publish -s none -n "$2" "$3" 1
    wait_for 15 "$2 for the rival" has "$W/$1.err" published
}
web() { # PORT
    service c web <<END
name Web
type _http._tcp
port $1
END
}
crier() {
    run a 5 "$CRIER" "$@" >"$W/x.out" 2>"$W/x.err"
}
says() { # REGEX: a line that `crier services` or `status` comes to have
    crier services && has "$W/x.out" "$1"
}
health() {
    crier status && has "$W/x.out" "^(health +| +)$1\$"
}
counted() {
    has "$W/metrics" "^crier_services.state=\"$1\". $2\$"
}
conf() {
    crier_conf c <<END
hostname alpha
on-conflict $1
metrics-file $W/metrics
metrics-every 1s
END
}

rival r Web _http._tcp
web 80
conf fail
spawn a c "$CRIER" run -c "$W/c.conf"
wait_for 15 'a word of it' has "$W/c.err" 'E105: .*"Web" _http._tcp'
wait_for 5 'its state' says '^Web +_http._tcp +80 +conflict'
wait_for 5 'trouble' health \
    '1 service is not there: another host has its name .E105.'
wait_for 5 'its number' counted conflict 1
counted probing 0 || fail 'counted as probing'

# One that is added; a port that changes; another try as long as it is taken.
crier add x -n Web _http._tcp 81
has "$W/x.err" E031 || fail 'given twice'
rm "$W/c.services/web.service"
crier reload
crier add x -n Web _http._tcp 81
wait_for 15 'its state' says '^Web +_http._tcp +81 +conflict +x'
crier add x -n Web _http._tcp 82 || fail 'no other try'
wait_for 15 'its state' says '^Web +_http._tcp +82 +conflict +x'
crier rm x || fail 'not removed'
web 85
crier reload
wait_for 15 'its state' says '^Web +_http._tcp +85 +conflict'
health '1 service .*' || fail 'healthy'
: >"$W/c.err"
crier reload
wait_for 15 'a word of it' has "$W/c.err" 'E105: .*"Web" _http._tcp'

# When it is free, a reload is all it takes.
stop r
crier reload
wait_for 15 'the service' says '^Web +_http._tcp +85 +announced'
health 'ok' || fail 'not healthy'
wait_for 5 'its number' counted conflict 0
stop c

# Keep trying.
rival r2 Web _http._tcp
conf keep-trying
: >"$W/metrics"
spawn a c "$CRIER" run -c "$W/c.conf"
wait_for 15 'its state' says '^Web +_http._tcp +85 +conflict'
wait_for 5 'trouble' health '1 service .*'
wait_for 5 'its number' counted conflict 1
web 86
crier reload
has "$W/x.out" '^updated +1$' || fail 'not updated'
says '^Web +_http._tcp +86 +conflict' || fail 'another state'
stop r2
wait_for 15 'the service' says '^Web +_http._tcp +86 +announced'
health 'ok' || fail 'not healthy'
stop c

# A host's name.
crier_run b h <<'END'
hostname alpha
socket none
socket-ro none
END
wait_for 15 'alpha for the rival' has "$W/h.err" 'published alpha.local'
spawn a c "$CRIER" run -c "$W/c.conf"
wait_for 15 'trouble' health 'alpha.local is claimed by another host .W205.'
stop h
wait_for 15 'health' health ok
stop c
[ "$status" -eq 0 ] || fail "ended with $status"
pass
