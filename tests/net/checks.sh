#!/bin/sh
# health checks: a service is withdrawn while its check fails, and is back when
# it succeeds again; what the sandbox was not made for takes a restart
. "$(dirname "$0")/lib.sh"

unset CRIER_SOCKET # the usual one
pair
listen() {
    spawn a door "$PEER" door 8080
    wait_for 5 'an open port' has "$W/door.out" ready
}
mkdir "$W/run"
service c web <<'END'
name Web
type _web._tcp
port 8080
check tcp 127.0.0.1:8080 every 1s fail 2 rise 2
END
service c file <<END
name File
type _file._tcp
port 1
check path $W/run/ready every 1s
END
service c proc <<END
name Proc
type _proc._tcp
port 2
check pid $W/run/pid every 1s fail 1
END
service c plain <<'END'
name Plain
type _plain._tcp
port 3
END
crier_run a c <<'END'
hostname alpha
END
announced cap Plain._plain._tcp.local
state() { # NAME STATE
    run a 5 "$CRIER" services --json >"$W/services.out" 2>"$W/services.err"
    grep -q "\"name\":\"$1\".*\"state\":\"$2\"" "$W/services.out"
}

# What has never succeeded is not announced.
for name in Web File Proc; do
    wait_for 5 "$name held" state "$name" held
    not seen cap "R an $name\\._" || fail "$name was announced too early"
done
not has "$W/c.err" W220 || fail 'warned of what was never there'

# One success is enough at first.
listen
: >"$W/run/ready"
at a sleep 1000 &
sleeper=$!
wait_for 5 'a process' test -e "/proc/$sleeper"
echo "$sleeper" >"$W/run/pid"
for name in Web._web File._file Proc._proc; do
    announced cap "$name._tcp.local"
    wait_for 5 "word of $name" has "$W/c.err" "\"${name%%.*}\" is back: "
done
up_since=$(now_ms)

# They fail: goodbye, but not before ten seconds have passed.
stop door
rm "$W/run/ready"
kill "$sleeper"
for name in Web._web File._file Proc._proc; do
    wait_for 20 "goodbye of $name" seen cap "R an $name._tcp.local SRV 0"
    wait_for 5 "word of $name" has "$W/c.err" "W220: \"${name%%.*}\" is held"
    wait_for 5 "$name held" state "${name%%.*}" held
done
[ $(($(now_ms) - up_since)) -gt 7000 ] || fail 'held too soon'
expect "$W/c.err" 'W220: "Web" is held: tcp 127.0.0.1:8080: Connection refused' \
    why
expect "$W/c.err" 'W220: "File" is held: path .*/ready: No such file' why
expect "$W/c.err" 'W220: "Proc" is held: pid .*/pid: No such process' why
held_since=$(now_ms)
not seen cap 'R an Plain._plain._tcp.local SRV 0' || fail 'took another along'

# And back; a connection that nobody takes is none.
forget cap
listen
: >"$W/run/ready"
echo 1 >"$W/run/pid" # of another user or not, it is alive
for name in Web._web File._file Proc._proc; do
    announced cap "$name._tcp.local"
done
[ $(($(now_ms) - held_since)) -gt 6000 ] || fail 'back too soon'
for name in Web._web File._file Proc._proc; do # twice, on two families
    wait_for 5 "all of $name" seen cap \
        "R an $name._tcp.local SRV 120" 4
done

# A reload leaves the state of what it does not change alone; a plain service
# gets a check without a goodbye; another check of the same service likewise.
forget cap
service c plain <<END
name Plain
type _plain._tcp
port 3
check path $W/run/ready every 1s
END
sed -i 's/every 1s fail 1/every 2s/' "$W/c.services/proc.service"
kill -HUP "$(pid c)"
wait_for 5 'a reload' has "$W/c.err" 'reloaded: 4 services; 0 new, 0 upd'
never 2 'a word of it' seen cap 'R an '
state Plain announced || fail 'the plain one is not there'

# Without a sandbox everything can be had later.
[ -z "${STRANGE-}" ] || pass

# The sandbox has this directory and that port, but no other directory or port.
service c port <<'END'
name Port
type _port._tcp
port 6
check tcp 127.0.0.1:8081
END
service c far <<'END'
name Far
type _far._tcp
port 4
check pid /proc/self/pid
END
service c near <<'END'
name Near
type _near._tcp
port 5
check tcp 127.0.0.1:8080
END
kill -HUP "$(pid c)"
announced cap Near._near._tcp.local
expect "$W/c.err" 'far.service: E060: check pid /proc/self/pid: .*restart needed' \
    'a refusal'
expect "$W/c.err" 'port.service: E060: check tcp 127.0.0.1:8081: .*restart needed' \
    'a refusal'
not state Far held || fail 'Far is there'
not state Port held || fail 'Port is there'
stop c
[ "$status" -eq 0 ] || fail "ended with $status"

# Without one at the start no TCP comes later; the rest of a reload does.
rm "$W/c.services"/*
crier_run a d <<'END'
hostname delta
END
announced cap delta.local
cat >"$W/d.services/web.service" <<'END'
type _web._tcp
port 8080
check tcp 127.0.0.1:8080
END
cat >"$W/d.services/more.service" <<'END'
name More
type _more._tcp
port 1
END
kill -HUP "$(pid d)"
announced cap More._more._tcp.local
expect "$W/d.err" 'web.service: E060: check tcp 127.0.0.1:8080: .*restart needed' \
    'a refusal'
alive d || fail 'it died of it'
stop d
pass
