#!/bin/sh
# what a guest tries that speaks the protocol itself: lines smuggled into the
# text that its service is read from
. "$(dirname "$0")/lib.sh"
need python3

unset CRIER_SOCKET
pair
echo 'top secret' >"$W/secret"
chmod 644 "$W/secret"
crier_run a host <<END
hostname host
guest-socket $W/g.ctl name db* type _pg._tcp quota 8
guest-socket $W/q.ctl name db* type _pg._tcp quota 2
guest-socket $W/p.ctl name db* type _pg._tcp
guest-socket $W/n.ctl name [!n]* name [N]EW type _pg._tcp
END
announced cap host.local

# Each line of a file on a connection of its own, which are all kept open.
cat >"$W/say.py" <<'END'
import socket, sys
open_ones = []
for line in open(sys.argv[2], 'rb'):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(5)
    s.connect(sys.argv[1])
    open_ones.append(s)
    s.sendall(line.replace(b';', b'\n'))
    got, last = b'', b'version' if b';' in line else b'\n'
    while last not in got:
        more = s.recv(65536)
        if not more:
            break
        got += more
    print(got.decode().strip() or 'silence', flush=True)
END
say() { # SOCKET
    run a 20 python3 "$W/say.py" "$W/$1" "$W/lines" >"$W/said" 2>&1 ||
        fail "no answers: $(cat "$W/said")"
}

# A line of the file of a service must not come out of a value or a key, and
# files and processes of the host are none of its business.
cat >"$W/lines" <<END
add id=a type=_pg._tcp port=1 name=db1 txt="v=%v" host="db1.local\010version-file $W/secret"
add id=b type=_pg._tcp port=1 name=db2 host="db1.local\010check tcp 10.9.0.2:1"
add id=c type=_pg._tcp port=1 name=db1 txt="v=%v" "version-file $W/secret\010priority=1"
add id=d type=_pg._tcp port=1 name=db3 "check tcp 10.9.0.2:1\010priority=1"
add id=e type=_pg._tcp port=1 name=db4 "version-file =$W/secret" txt="v=%v"
add id=f type=_pg._tcp port=1 name=db5 while-path=$W/secret
add id=g type=_pg._tcp port=1 name=db6 while-pid=1
END
say g.ctl
[ "$(grep -c '"ok":false' "$W/said")" -eq 7 ] ||
    fail "a line was smuggled in: $(cat "$W/said")"
run a 5 "$CRIER" services --json >"$W/services" || true
if has "$W/services" '"name":"db1"'; then
    fail 'it is published'
fi
if seen cap 'top secret'; then
    fail 'a file of the host is on the network'
fi

# What goes with a connection is part of the quota, and gone with it.
cat >"$W/lines" <<'END'
add id=a type=_pg._tcp port=1 name=db10;hello
publish type=_pg._tcp port=1 name=db11;hello
publish type=_pg._tcp port=1 name=db12;hello
add id=b type=_pg._tcp port=1 name=db13;hello
END
for again in first second; do
    say q.ctl
    [ "$(grep -c E069 "$W/said")" -eq 2 ] ||
        fail "$again: not just its quota: $(cat "$W/said")"
    if has "$W/said" '"s0"|on s0|host[.]local|10[.]9[.]0'; then
        fail "told of the host: $(cat "$W/said")"
    fi
done

# Adding and withdrawing for ever is a change for ever.
i=0
while [ $i -lt 40 ]; do
    printf 'add id=y type=_pg._tcp port=%s name=db7;rm id=y;' $i
    i=$((i + 1))
done >"$W/lines"
echo hello >>"$W/lines"
say q.ctl
expect "$W/said" E067 'too many new ones'

# Case is no difference to names, so neither to grants.
printf 'add id=%s type=_pg._tcp port=1 name=%s\n' a nas b Nas c Das d new \
    >"$W/lines"
say n.ctl
sed -n 2p "$W/said" | grep -q E069 || fail 'nas and Nas are one name'
[ "$(sed 1,2d "$W/said" | grep -c '"ok":true')" -eq 2 ] ||
    fail 'Das and new are granted'

# Its refusals do not fill the log.
i=0
while [ $i -lt 100 ]; do
    printf 'add id=z type=_no._tcp port=1 name=db1;'
    i=$((i + 1))
done >"$W/lines"
echo hello >>"$W/lines"
say g.ctl
wait_for 15 'a word of what was left out' has "$W/host.err" 'W222: [0-9]+ lines'
[ "$(grep -c 'g.ctl was refused' "$W/host.err")" -le 11 ] ||
    fail "its refusals fill the log"

# Nor do those who only look take the guests' places.
cat >"$W/hold.py" <<'END'
import signal, socket
held = []
for i in range(70):
    s = socket.socket(socket.AF_UNIX)
    s.connect('/run/crier/ro')
    s.sendall(b'monitor\n')
    held.append(s)
print('held', flush=True)
signal.pause()
END
spawn a hold python3 "$W/hold.py"
wait_for 10 'its connections' has "$W/hold.out" held
echo 'hello' >"$W/lines"
say g.ctl
has "$W/said" version || fail "no place for a guest: $(cat "$W/said")"
stop hold

# Who publishes with a line of its own hears what becomes of it.
cat >"$W/publish.py" <<'END'
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(10)
s.connect(sys.argv[1])
s.sendall(b'publish type=_pg._tcp port=5 name=dbLine\n')
for line in s.makefile():
    line = json.loads(line)
    print(line['event'], line['state'], line['name'], line['iface'])
    if line['state'] == 'announced':
        break
END
run a 20 python3 "$W/publish.py" "$W/p.ctl" >"$W/published" 2>&1 ||
    fail "it hears nothing: $(cat "$W/published")"
expect "$W/published" '^service announced dbLine._pg._tcp.local host$' 'success'
wait_for 5 'its goodbye' seen cap 'R an dbLine._pg._tcp.local SRV 0 flush'
pass
