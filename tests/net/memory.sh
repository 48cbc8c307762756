#!/bin/sh
# the limit of memory is above all that a configuration can ask for: as many
# services as may be, large and held by their checks, read again and again,
# with clients that ask for all of them
. "$(dirname "$0")/lib.sh"
need python3

unset CRIER_SOCKET # the usual one
node a
services=400
crier_conf c <<END
hostname alpha
max-services $services
max-records 65536
hosts-file $W/hosts
metrics-file $W/crier.prom
metrics-every 1s
END
subtypes=$(seq 64 | sed 's/.*/subtype _a-rather-long-subtype-of-it-&/')
txt=$(seq 16 | sed "s/.*/txt &=$(printf '%0240d' 0)/")
i=0
while [ $i -lt $services ]; do
    printf 'name Service with a long name %s\ntype _large._tcp\nport 1\n%s\n%s\n%s\n' \
        $i "$subtypes" "$txt" 'check path /nowhere' >"$W/c.services/$i.service"
    i=$((i + 1))
done
spawn a c "$CRIER" run -c "$W/c.conf"
answers() {
    run a 5 "$CRIER" status -q >/dev/null 2>&1
}
wait_for 20 'the socket' answers
cat >"$W/clients.py" <<'END'
import socket
held = []
for i in range(60):
    s = socket.socket(socket.AF_UNIX)
    s.connect('/run/crier/ctl' if i % 8 == 0 else '/run/crier/ro')
    s.settimeout(20)
    held.append(s)
for k in range(3):
    for s in held: s.sendall(b'services\n')
    for s in held:
        got = b''
        while b'"end":true' not in got[-80:]:
            piece = s.recv(65536)
            assert piece, 'hung up on'
            got += piece
        assert got.count(b'"event":"service"') == 400
END
spawn a clients python3 "$W/clients.py"
reloads=0
while [ $reloads -lt 5 ]; do
    run a 20 "$CRIER" reload >"$W/r.out" || fail 'no reload'
    expect "$W/r.out" "^services +$services\$" 'all of them'
    reloads=$((reloads + 1))
done
STOP_S=60 ended clients
[ "$status" -eq 0 ] || fail "the clients ended with $status"
not has "$W/c.err" 'E0|memory' || fail 'something was lacking'
most=$(sed -n 's/^Max data size  *\([0-9]*\) .*/\1/p' "/proc/$(pid c)/limits")
held=$(sed -n 's/^VmData:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$(pid c)/status")
echo "$((held / 1024)) of $((most / 1048576)) MiB"
[ $((most - held * 1024)) -gt $((32 * 1048576)) ] || fail 'the limit is near'
stop c
[ "$status" -eq 0 ] || fail "ended with $status"
pass
