#!/bin/sh
# what cannot be done is said with its number and a way out, and the verb ends
# with the status for it
. "$(dirname "$0")/lib.sh"
need python3 setpriv

# tried STATUS TEXT COMMAND...: on host a.
tried() {
    tried_want=$1 tried_text=$2
    shift 2
    tried_got=0
    run a 20 "$@" >"$W/tried.out" 2>"$W/tried.err" || tried_got=$?
    [ $tried_got -eq "$tried_want" ] ||
        fail "$* ended with $tried_got: $(cat "$W/tried.err")"
    expect "$W/tried.err" "^crier: $tried_text" "$tried_text"
}
tried_without() { # RIGHT TEXT COMMAND...
    tried_right=$1 tried_text=$2
    shift 2
    tried 4 "$tried_text" setpriv --bounding-set "-$tried_right" \
        --inh-caps "-$tried_right" "$@"
}

pair
crier_run b host <<END
hostname host
host nas 10.9.0.9
END
wait_for 15 'nas' seen cap ' R an nas.local A 120 flush'

# Names that nobody has, and records that a name has not.
tried 1 'E110: nobody answers for void.local; check the name, or wait longer' \
    "$CRIER" query -s none -T 1s void.local A
tried 1 'E110: nobody answers for void.local; check that it is up and on this' \
    "$CRIER" resolve -s none -T 1s void.local
tried 1 'E111: nas.local exists, but has no record of that type; ask without' \
    "$CRIER" query -s none nas.local AAAA
tried 1 'E111: nas.local exists, but has no such address; try it without -4' \
    "$CRIER" resolve -s none -6 nas.local

# What takes rights.
tried_without net_raw \
    'E073: cannot listen to packets: .*; it takes root, or CAP_NET_RAW' \
    "$CRIER" dump -i s0
at a ip -4 addr flush dev s0
tried_without net_admin \
    'E051: cannot put 169.254.* on s0: .*; it needs root, or CAP_NET_ADMIN' \
    "$CRIER" autoip -i s0

# An address that cannot be kept, and a kernel that cannot be told.
# shellcheck disable=SC2016
spawn a auto unshare --mount sh -c 'mount -o bind,ro /proc/sys /proc/sys &&
    exec "$0" autoip -i s0 --state "$1/void"' "$CRIER" "$W"
wait_for 30 W250 has "$W/auto.err" \
    '^crier: W250: cannot write below /proc/sys/net/ipv4'
wait_for 5 W251 has "$W/auto.err" \
    "^crier: W251: cannot keep the address in $W/void: "
stop auto

# A daemon without a name; an interface that it does not serve; an identity
# that is longer than its record may be.
for field in APP POS ROLE MODEL VER SERIAL; do
    export "CRIER_ID_$field=$(printf '%064d' 0)"
done
crier_run a nameless <<END
addresses no
identity yes
identity-fields app pos role model ver serial
socket $W/ctl
END
wait_for 10 'a socket' test -S "$W/ctl"
wait_for 10 W212 has "$W/nameless.err" \
    '^crier: W212: the identity is too long, some fields are left out; list'
tried 2 'E033: this host has no name that could change' \
    "$CRIER" rename -s "$W/ctl" new
cat >"$W/ask.py" <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(5)
s.connect(sys.argv[1])
s.sendall(b'attach interface=void0\n')
print(s.makefile().readline())
END
run a 10 python3 "$W/ask.py" "$W/ctl" >"$W/ask.out" 2>&1
expect "$W/ask.out" '"code":"E065".*no such interface is served' E065
pass
