#!/bin/sh
# a guest without any network but its socket: what its grant lets it publish,
# and that nothing else comes through
. "$(dirname "$0")/lib.sh"

unset CRIER_SOCKET
pair
node g # without an interface
crier_run a host <<END
hostname host
guest-socket $W/g.ctl name db* type _crier-vm._tcp type _pg._tcp address 10.9.7.* quota 3
guest-socket $W/h.ctl name web type _http._tcp
END
announced cap host.local
guest() { # STATUS ARGUMENT...
    want=$1
    shift
    run g 20 "$CRIER" "$@" -s "$W/g.ctl" >"$W/g.out" 2>"$W/g.err"
    got=$?
    [ $got -eq "$want" ] || fail "crier $* ended with $got, not $want"
}
refused() { # WHAT ARGUMENT...
    what=$1
    shift
    guest 2 "$@"
    expect "$W/g.err" "E069: this guest may not have $what" 'why not'
    expect "$W/host.err" "E069: the guest at $W/g.ctl was refused $what" log
}

# A service for as long as the verb runs. It hears of no interface of the host.
spawn g p "$CRIER" publish -s "$W/g.ctl" -n dbp _pg._tcp 5
wait_for 10 'success' has "$W/p.err" \
    '^crier: published "dbp" _pg._tcp port 5 on host$'
seen cap 'R an dbp._pg._tcp.local SRV 120 flush 0 0 5 host.local' ||
    fail 'it is not published'
stop p
wait_for 5 'its goodbye' seen cap 'R an dbp._pg._tcp.local SRV 0 flush'
refused 'the name web' publish -n web _pg._tcp 5
guest 4 browse _pg._tcp
expect "$W/g.err" 'E063: a guest may add, rm and publish only' 'why not'
guest 4 nodes

guest 0 add -n db1 vm _crier-vm._tcp 0 uuid=1
announced cap db1._crier-vm._tcp.local
refused 'the type _http._tcp' add -n db1 web _http._tcp 80
refused 'the name web' add -n web vm2 _crier-vm._tcp 0
refused 'the name host.local' add -n db2 --host host vm2 _crier-vm._tcp 0
refused 'the address 10.9.8.1' add --host db1 --address 10.9.8.1 h
refused 'the name gw.local' add --host gw --address 10.9.7.1 h
guest 0 add --host db1 --address 10.9.7.1 --address 10.9.7.2 h
announced cap db1.local
expect "$W/cap.out" 'R an db1.local A 120 flush 10.9.7.2' 'its second address'
guest 0 add -n db2 --host db1 pg _pg._tcp 5432
wait_for 8 'the service of that host' seen cap \
    'R an db2._pg._tcp.local SRV 120 flush 0 0 5432 db1.local'
refused 'more than its quota' add -n db3 vm3 _crier-vm._tcp 0
guest 0 add -n db1 vm _crier-vm._tcp 0 uuid=2
wait_for 8 'a change' seen cap 'R an db1._crier-vm._tcp.local TXT .*uuid=2'

# Others' IDs are not its own, and it may look at nothing.
run a 5 "$CRIER" add -n Own vm _own._tcp 1 || fail 'cannot add the same id'
guest 4 status
guest 4 services
guest 4 reload
expect "$W/g.err" 'E063: a guest may add, rm and publish only' 'why not'
run g 5 "$CRIER" rm -s "$W/h.ctl" vm 2>"$W/h.err"
status=$?
[ $status -eq 1 ] || fail "another guest's id: $status"
guest 0 rm vm
wait_for 5 'the goodbye' seen cap 'R an db1._crier-vm._tcp.local SRV 0 flush'
run a 5 "$CRIER" services >"$W/s.out"
expect "$W/s.out" '^Own ' 'the same id of another'
guest 0 rm h
wait_for 5 'the goodbye' seen cap 'R an db1.local A 0 flush 10.9.7.1'

# At most ten announced changes a minute.
i=1
while [ $i -le 10 ]; do
    guest 0 add -n db9 many _pg._tcp $i
    i=$((i + 1))
done
guest 2 add -n db9 many _pg._tcp 11
expect "$W/g.err" 'E067: ' 'too many changes'

# A grant that is no grant.
crier_conf bad <<'END'
guest-socket /run/x nme db*
END
run a 5 "$CRIER" check -c "$W/bad.conf" 2>"$W/bad.err"
status=$?
[ $status -eq 2 ] || fail "a bad grant: $status"
expect "$W/bad.err" 'bad.conf:1:21: E013: guest-socket: read "nme"' 'where'

# Another grant takes a restart; all else is applied.
sed 's/quota 3/quota 4/' "$W/host.conf" >"$W/host.new"
mv "$W/host.new" "$W/host.conf"
run a 5 "$CRIER" reload 2>"$W/r.err"
status=$?
[ $status -eq 2 ] || fail "another grant: $status"
expect "$W/r.err" "E060: guest-socket is other" "restart needed"
expect "$W/host.err" 'E060: guest-socket is other' 'restart needed'
guest 2 add -n db4 vm4 _http._tcp 0

# So does a socket in another directory or on vsock, and it says so.
mkdir "$W/new"
for path in "$W/new/i.ctl" vsock:5300 vsock:3:5301; do
    sed 's/quota 4/quota 3/' "$W/host.conf" >"$W/host.was"
    {
        cat "$W/host.was"
        echo "guest-socket $path name x* type _http._tcp"
        echo "alias more-$(basename "$path" | tr -cd a-z0-9)"
    } >"$W/host.conf"
    run a 5 "$CRIER" reload 2>"$W/r.err"
    status=$?
    [ $status -eq 2 ] || fail "$path: $status"
    expect "$W/r.err" 'E060: guest-socket is other .*restart needed' 'refusal'
    announced cap "more-$(basename "$path" | tr -cd a-z0-9).local"
    [ ! -e "$W/new/i.ctl" ] || fail 'it is there without a restart'
    cp "$W/host.was" "$W/host.conf"
done

# vsock: bound where the kernel has it, and refused to whoever is no such
# guest; else said, and all else goes on.
printf 'hostname v\nguest-socket %s type _x._tcp\nguest-socket %s type _x._tcp\n' \
    vsock:5300 vsock:3:5301 | crier_conf v
echo 'socket none' >>"$W/v.conf"
echo 'socket-ro none' >>"$W/v.conf"
spawn a v "$CRIER" run -c "$W/v.conf"
announced cap v.local
if has "$W/v.err" W208; then
    expect "$W/v.err" 'W208: no control socket vsock:5300: ' 'which one'
    expect "$W/v.err" 'W208: no control socket vsock:3:5301: ' 'which one'
elif command -v python3 >/dev/null; then
    cat >"$W/vsock.py" <<'END'
import socket, sys
def said(port):
    s = socket.socket(socket.AF_VSOCK)
    s.settimeout(5)
    try: s.connect((1, port)) # this host itself
    except OSError: sys.exit(77) # to which there is no way here
    try:
        s.sendall(b'add id=x type=_x._tcp port=1\n')
        return s.recv(4096)
    except OSError: return b''
first = said(5300)
assert b'"ok":true' in first, first
assert said(5301) == b''
END
    run a 20 python3 "$W/vsock.py"
    status=$?
    [ $status -eq 0 ] || [ $status -eq 77 ] || fail "vsock: $status"
    [ $status -eq 0 ] || echo 'no way to oneself by vsock here'
fi
spawn a w "$CRIER" run -c "$W/v.conf"
if not has "$W/v.err" W208; then
    wait_for 5 'a word of a port that is taken' has "$W/w.err" \
        'W208: no control socket vsock:5300: Address .* in use'
fi
stop w
stop v
pass
