#!/bin/sh
# crier publish by way of the daemon: as long as it runs, and no longer
. "$(dirname "$0")/lib.sh"

unset CRIER_SOCKET
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
announced cap Web._http._tcp.local
spawn a p "$CRIER" publish -n 'A 50%' --sub _s --sub 'b\.c' _x._tcp 7 'a=50% "of"' b
announced cap 'A\\03250%._x._tcp.local'
expect "$W/cap.out" 'R an A.03250%._x._tcp.local TXT 4500 flush "a=50%.032."of."" "b"' TXT
expect "$W/cap.out" 'R an A.03250%._x._tcp.local SRV 120 flush 0 0 7 alpha.local' SRV
expect "$W/cap.out" 'R an _s._sub._x._tcp.local PTR' subtype
expect "$W/cap.out" 'R an b..c._sub._x._tcp.local PTR' 'a subtype with a dot'
wait_for 5 'a word' has "$W/p.err" '^crier: published "A 50%" _x._tcp port 7 on s0$'
run a 5 "$CRIER" services >"$W/s.out"
expect "$W/s.out" '^A 50% +_x._tcp +7 +announced +- ' services
stop p INT
[ "$status" -eq 130 ] || fail "interrupted it ended with $status"
expect "$W/p.err" withdrawn 'the end'
wait_for 5 'the goodbye' seen cap 'R an A.*_x._tcp.local SRV 0 flush'
run a 5 "$CRIER" services >"$W/s.out"
not has "$W/s.out" '^A' || fail 'it is there still'

# Without a name that of the daemon; where one of ours has it another one.
spawn a p "$CRIER" publish -j _one._tcp 1
wait_for 8 'it' has "$W/p.out" '"event":"published".*"name":"alpha","type":"_one._tcp","port":1'
spawn a q "$CRIER" publish -n Web _http._tcp 81
wait_for 8 'another name' has "$W/q.err" 'published "Web #2" _http._tcp port 81'
run a 5 "$CRIER" publish --no-rename -n Web _http._tcp 82 2>"$W/r.err"
status=$?
[ $status -eq 2 ] || fail "a name that is ours: $status"
expect "$W/r.err" 'E031: ' 'a name that is ours'
stop p KILL
wait_for 5 'its goodbye all the same' seen cap 'R an alpha._one._tcp.local SRV 0'
stop q

# Somebody else has the name.
spawn b other "$CRIER" publish -n Taken _y._tcp 1
wait_for 8 'it' has "$W/other.err" published
run a 10 "$CRIER" publish --no-rename -n Taken _y._tcp 2 2>"$W/r.err"
status=$?
[ $status -eq 5 ] || fail "a name that others have: $status"
expect "$W/r.err" 'E105: cannot publish "Taken" _y._tcp: ' 'a name that others have'
spawn a p "$CRIER" publish -n Taken _y._tcp 2
wait_for 8 'another name' has "$W/p.err" 'published "Taken #2" _y._tcp port 2'
expect "$W/p.err" 'W202: .* already owns "Taken" _y._tcp; the name here is now "Taken #2"' why
stop p

# With a command, and by a socket that is for looking only: by itself.
run a 10 "$CRIER" publish _z._tcp 1 -- sh -c 'exit 7'
status=$?
[ $status -eq 7 ] || fail "of the command: $status"
spawn a p "$CRIER" publish -n Big _big._tcp 1 "a=$(printf %0200d 1)" \
    "b=$(printf %0200d 1)" "c=$(printf %0200d 1)" "d=$(printf %0200d 1)"
announced cap Big._big._tcp.local
stop p
stop c
spawn a p "$CRIER" publish -n Alone _z._tcp 1
announced cap Alone._z._tcp.local
stop p
pass
