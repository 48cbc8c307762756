#!/bin/sh
# conf/lsb/crier: start, status, reload, restart and stop, with the exit
# statuses of the LSB
. "$(dirname "$0")/lib.sh"

pair
lsb() { # STATUS WORD
    run a 20 env CRIER="$CRIER" CRIER_PID=/run/crier.pid \
        sh "$test_dir/../../conf/lsb/crier" "$2" >"$W/lsb.out" 2>&1
    got=$?
    [ "$got" = "$1" ] || {
        cat "$W/lsb.out"
        fail "$2: $got, not $1"
    }
}
process() { # the number in the file
    at a cat /run/crier.pid
}

lsb 2 begin
lsb 3 status
lsb 0 stop
lsb 0 start
announced cap a.local
first=$(process)
lsb 0 status
lsb 0 start
[ "$(process)" = "$first" ] || fail 'started twice'
lsb 0 reload
lsb 0 restart
[ "$(process)" != "$first" ] || fail 'not a new one'
seen cap 'R an a.local A 0 flush' || fail 'no goodbye'
lsb 0 stop
lsb 3 status
lsb 7 reload

# The number of another process, or of none.
at a sh -c 'echo $$ >/run/crier.pid'
lsb 1 status
lsb 0 start
kill -9 "$(process)"
lsb 1 status
lsb 0 start
lsb 0 stop
pass
