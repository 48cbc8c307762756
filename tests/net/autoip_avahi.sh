#!/bin/sh
# crier autoip and avahi-autoipd want one address: whoever is later yields
# proves L-2.2.1-06 L-2.5-02
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_autoip.sh"
need avahi-autoipd

node a b
wire a:s0 b:s0
# It drops to a user that need not exist, and runs a script for each event.
mkdir -p "$W/avahi"
echo 'avahi-autoipd:x:0:0::/:' >"$W/passwd"
echo 'avahi-autoipd:x:0:' >"$W/group"
cat >"$W/action" <<'END'
#!/bin/sh
case $1 in
BIND) ip addr replace "$3/16" brd 169.254.255.255 scope link dev "$2" ;;
*) ip addr del "$3/16" dev "$2" ;;
esac
END
chmod +x "$W/action"
avahi_autoipd() { # NODE TAG ADDRESS
    # shellcheck disable=SC2016
    spawn "$1" "$2" sh -c '
        mount --bind "$1/passwd" /etc/passwd
        mount --bind "$1/group" /etc/group
        mount --bind "$1/action" /etc/avahi/avahi-autoipd.action
        mkdir -p /run/avahi-autoipd
        exec avahi-autoipd --no-drop-root --no-chroot --no-proc-title \
            --force-bind -S "$2" s0' - "$W" "$3"
}
avahi_has() {
    held b s0 | grep -q "^$1"
}

# crier first: avahi asks, hears that it is taken, and finds another one.
autoip a one s0 --start 169.254.7.7
bound one
[ "$address" = 169.254.7.7 ] || fail "not what was asked for: $address"
avahi_autoipd b other 169.254.7.7
wait_for 25 "avahi's address" avahi_has 169.254.
avahi=$(held b s0)
[ "$avahi" != 169.254.7.7 ] || fail 'avahi took it all the same'
not said one '(lost|defended)' || fail 'crier had to fight'
stop one
stop other
wait_for 5 'the end of its address' not has_held b s0

# avahi first: crier takes another one.
avahi_autoipd b again 169.254.8.8
wait_for 25 "avahi's address" avahi_has 169.254.8.8
autoip a two s0 --start 169.254.8.8
bound two
[ "$address" != 169.254.8.8 ] || fail 'taken from avahi'
expect "$W/two.out" "169.254.8.8 belongs to $(mac b s0)" 'a word'
[ "$(held b s0)" = 169.254.8.8 ] || fail 'avahi lost it'
pass
