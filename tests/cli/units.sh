#!/bin/sh
# the unit file: systemd finds nothing wrong in it, and its filter of system
# calls lets through all that crier run needs
. "$(dirname "$0")/lib.sh"
top=$cli_dir/../..
unit=$top/conf/systemd/crier.service
command -v systemd-analyze >/dev/null || {
    echo 'no systemd-analyze here'
    exit 77
}

# Its own tools look for the manual and the program where they will be.
sed "/^Documentation=/d; s|^ExecStart=[^ ]*|ExecStart=$CRIER|" "$unit" \
    >"$W/crier.service"
systemd-analyze verify "$W/crier.service" >"$W/out" 2>&1 ||
    fail 'systemd does not like it'
[ -s "$W/out" ] && fail 'systemd minds something'
for line in 'Type=notify' 'NoNewPrivileges=yes' 'CapabilityBoundingSet='; do
    grep -qx "$line" "$unit" || fail "no $line"
done

# expand GROUP: its calls, and those of the groups in it.
expand() {
    for word in $(systemd-analyze syscall-filter "$1" | sed '1d; s/#.*//'); do
        case $word in
        @*) expand "$word" ;;
        *) echo "$word" ;;
        esac
    done
}
expand @privileged | sort -u >"$W/denied"
{
    expand @system-service | sort -u | comm -23 - "$W/denied"
    sed -n 's/^SystemCallFilter=\([a-z].*\)/\1/p' "$unit" | tr ' ' '\n'
    sed -n 's/^SystemCallFilter=\(@.*\)/\1/p' "$unit" |
        grep -vx '@system-service' | while read -r group; do
        expand "$group"
    done
} | sort -u >"$W/allowed"
# The manual's list, but for what only root does; a machine has stat or not.
sed -n '/^\.Sh SYSTEM CALLS/,/^\.Sh SEE/p' "$top/man/crier.8" |
    sed -n '/^\.Bd/,/^\.Ed/p' | grep -v '^\.' | tr ' ' '\n' |
    grep -vx 'chroot\|setgroups\|setresgid\|setresuid' | sort -u >"$W/needed"
[ "$(wc -l <"$W/needed")" -gt 40 ] || fail 'the manual lists too few calls'
comm -23 "$W/needed" "$W/allowed" >"$W/out"
[ -s "$W/out" ] && fail 'the unit forbids what crier needs'
# socket-group; on machines that have no lchown the C library takes fchownat.
for call in lchown lchown32 fchownat; do
    grep -qx $call "$W/allowed" || fail "no $call for socket-group"
done

# Kinds of sockets that keys ask for; allmulti is in its manual.
families=$(sed -n 's/^RestrictAddressFamilies=//p' "$unit")
for family in UNIX INET INET6 NETLINK VSOCK; do
    case " $families " in
    *" AF_$family "*) ;;
    *) fail "no AF_$family" ;;
    esac
done
echo ok
exit 0
