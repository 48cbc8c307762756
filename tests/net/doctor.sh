#!/bin/sh
# crier doctor: nothing to say of a sound network, and each fault seen once
. "$(dirname "$0")/lib.sh"
export CRIER_SOCKET=none

# doctor NODE [ARGUMENT]...: into $W/doc.out, with the exit status in $status.
doctor() {
    doctor_node=$1
    shift
    status=0
    run "$doctor_node" 10 "$CRIER" doctor "$@" >"$W/doc.out" \
        2>"$W/doc.err" || status=$?
}

# finds STATUS REGEX NODE [ARGUMENT]...: that line, and that exit status.
finds() {
    finds_status=$1 finds_regex=$2
    shift 2
    doctor "$@"
    expect "$W/doc.out" "$finds_regex" "doctor $*"
    [ "$status" -eq "$finds_status" ] || {
        cat "$W/doc.out"
        fail "doctor $* ended with $status, not $finds_status"
    }
}

# helps REGEX: the line behind the last finding.
helps() {
    expect "$W/doc.out" "^         -> .*$1" 'remedy'
}

# sysfs NODE: its own view of /sys, with its own bridges.
sysfs() {
    at "$1" mount -t sysfs sysfs /sys || skip 'no sysfs for a namespace here'
}

sound() {
    doctor a -i s0 --peer 10.9.0.2 --peer "$b_link_local%s0"
    [ "$status" -eq 0 ] && ! grep -Eq 'WARN|FAIL' "$W/doc.out"
}

# --- a sound network --------------------------------------------------------

pair
sysfs a
printf 'passwd: files\nhosts: files mdns4_minimal dns\n' >"$W/nsswitch"
touch "$W/none"
if [ -e /etc/nsswitch.conf ]; then
    at a mount --bind "$W/nsswitch" /etc/nsswitch.conf
fi
b_link_local=$(link_local b s0)
service other web <<'END'
name Web
type _http._tcp
port 80
END
crier_run b other <<'END'
hostname beta
END
wait_for 12 'publication' has "$W/other.err" 'published "Web"'
# On a machine that is too busy the timers are late, and it says so.
wait_for 60 'sound network' sound
for n in 01 02 03 04 05 06 07 08 09 10 11 12 13 14; do
    has "$W/doc.out" "^D$n PASS " ||
        [ "$n$(test -e /etc/nsswitch.conf || echo musl)" = 10musl ] ||
        fail "no D$n PASS"
done
expect "$W/doc.out" '^D01 PASS s0: up, multicast, fe80::.* 10\.9\.0\.1$' D01
expect "$W/doc.out" '^D04 PASS s0: leaves and comes back by IPv4 and IPv6$' D04
expect "$W/doc.out" '^D05 PASS s0: answers from 1 hosts by IPv4, 1 by IPv6' D05
expect "$W/doc.out" '^D14 PASS 10\.9\.0\.2: replies after [0-9]+ ms, its multicast is heard' D14
expect "$W/doc.out" '^D14 PASS fe80::.*%s0: replies after' D14

# JSON has the same, a line each, and ends as the other verbs do.
doctor a -j -i s0 D04 d09
[ "$(wc -l <"$W/doc.out")" -eq 3 ] || fail 'JSON lines'
expect "$W/doc.out" '"event":"check",.*"id":"D04","result":"PASS","iface":"s0","evidence":"leaves .*","remedy":null}$' JSON
expect "$W/doc.out" '"event":"end",.*"reason":"done","count":2}$' JSON
doctor a --kernel
expect "$W/doc.out" '^IPv4 +yes$' kernel
expect "$W/doc.out" '^seccomp +(yes|no   the sandbox)' kernel

# --- D13: a host that is late ---------------------------------------------------

spawn a late "$CRIER" doctor -i s0 D13
sockets() { # it has begun
    grep -q ':14E9 ' "/proc/$(pid late)/net/udp"
}
wait_for 5 'its sockets' sockets
kill -STOP "$(pid late)"
stopped() {
    grep -q '^State:.T' "/proc/$(pid late)/status"
}
wait_for 5 'its stop' stopped
stop_end=$(($(now_ms) + 3000))
while [ "$(now_ms)" -lt $stop_end ]; do
    nap
done
kill -CONT "$(pid late)"
ended late
expect "$W/late.out" '^D13 WARN timers late by at most [0-9]{3,} ms' D13
expect "$W/late.out" '^         -> .*overloaded or was suspended' remedy

# --- D14, D05: nobody there, and multicast that is lost -----------------------

finds 1 '^D14 FAIL 10\.9\.0\.7: no reply by unicast, its multicast is not heard' \
    a -i s0 --peer 10.9.0.7 D14
helps 'responder'
finds 0 '^D14 SKIP no --peer' a -i s0 D14

# --- D11: our name is another's -----------------------------------------------

at a hostname beta
finds 1 '^D11 FAIL s0: beta\.local is also .*, says 10\.9\.0\.2$' a -i s0 -4 D11
helps 'another name'
at a hostname a
echo 'hostname beta' >"$W/beta.conf"
CRIER_CONFIG=$W/beta.conf
export CRIER_CONFIG
finds 1 '^D11 FAIL s0: beta\.local is also ' a -i s0 -4 D11
unset CRIER_CONFIG

# --- D03: a second program on the port -----------------------------------------

listener a rival s0 family 4 reuse addr join yes
finds 0 '^D03 WARN [^ ]*peer \(process [0-9]+, IPv4\) has UDP port 5353' a D03
helps 'stop it'
stop rival

# One that does not share it.
listener a rival s0 family 4 reuse none join yes
finds 1 '^D02 FAIL s0: (cannot join 224|UDP port 5353)' a -i s0 -4 D02
helps 'see D03'
stop rival

# --- D08: a reflector ----------------------------------------------------------

spawn b mirror "$PEER" reflect s0 s0
wait_for 5 reflector has "$W/mirror.out" ready
finds 0 '^D08 WARN s0: .* comes back from .*: a reflector' a -i s0 D08
helps reflector
stop mirror

# --- D12: a TTL that is not 255 --------------------------------------------------

# shellcheck disable=SC2016
spawn b low sh -c 'while :; do "$1" send s0 src 10.9.0.2 dst 224.0.0.251 \
    ttl 7 count 5 gap 100 -- "qd x.local A"; done' - "$PEER"
finds 0 '^D12 WARN s0: TTL 7 instead of 255 from 10\.9\.0\.2' a -i s0 D12
helps router
stop low

# --- D05: nobody answers ----------------------------------------------------------

stop other
finds 0 '^D05 WARN s0: nobody answers.*: alone on this link, or filtered' \
    a -i s0 D05

# --- D02: no memberships ------------------------------------------------------------

set_net a ipv4/igmp_max_memberships 0
finds 1 '^D02 FAIL s0: cannot join 224\.0\.0\.251: ' a -i s0 D02
helps igmp_max_memberships
set_net a ipv4/igmp_max_memberships 20

# --- D09: no IPv6 -------------------------------------------------------------------

set_net a ipv6/conf/s0/disable_ipv6 1
finds 0 '^D09 WARN s0: IPv6 is disabled' a -i s0 D09
helps 'net\.ipv6\.conf\.s0\.disable_ipv6=0'
set_net a ipv6/conf/s0/disable_ipv6 0

# --- D01: without the flag; down; no such interface ------------------------------------

at a ip link set s0 multicast off
finds 1 '^D01 FAIL s0: without the flag MULTICAST' a -i s0 D01
helps 'ip link set s0 multicast on'
at a ip link set s0 multicast on
at a ip link set s0 down
finds 1 '^D01 FAIL s0: down' a -i s0 D01
at a ip link set s0 up
finds 1 '^D01 FAIL no usable interface' a -i 'none*' D01

# --- D06: a bridge that snoops, and no querier --------------------------------------------

node c
wire c:s0 b:s1
sysfs c
at c ip link add br0 type bridge mcast_snooping 1 forward_delay 0
at c ip link set s0 master br0
at c ip link set br0 up
addr c br0 10.9.5.1/24
finds 0 '^D06 WARN br0: br0 has multicast_snooping 1 and no querier' \
    c -i br0 D06
helps 'ip link set br0 type bridge mcast_querier 1'
finds 0 '^D06 WARN s0: br0 has' c -i s0 D06
at c ip link set br0 type bridge mcast_querier 1
finds 0 '^D06 PASS br0: ' c -i br0 D06

# --- D08: two cards on one link --------------------------------------------------------------

node d
lan sw d:s0
ip link add sw-d2 type veth peer name w1
ip link set sw-d2 master sw up
plug w1 d:s1
wait_for 5 'link-local address' has_link_local d s0
wait_for 5 'link-local address' has_link_local d s1
finds 0 '^D08 WARN s[01]: .* comes in on s[01]: both' d -i 's*' D08

# --- D10: nobody asks for .local here ----------------------------------------------------------

if [ -e /etc/nsswitch.conf ]; then
    echo 'hosts: files dns' >"$W/nsswitch"
    finds 0 '^D10 WARN nsswitch: files dns$' a D10
    helps nss-mdns
fi

# --- D07: a macvlan that hears nothing ------------------------------------------------------------

if at b ip link add mv0 link s0 type macvlan 2>/dev/null; then
    sysfs b
    at b ip link set mv0 up
    addr b mv0 10.9.7.1/24
    finds 0 '^D07 WARN mv0: macvlan without ALLMULTI' b -i mv0 D07
    helps trustGuestRxFilters
    at b ip link set mv0 allmulticast on
    finds 0 '^D07 PASS mv0: macvlan with ALLMULTI' b -i mv0 D07
else
    echo 'no macvlan here'
fi

# --- D04: dropped by a firewall --------------------------------------------------------------------

if command -v nft >/dev/null && at a nft add table inet t 2>/dev/null; then
    at a nft add chain inet t in '{ type filter hook input priority 0; }'
    at a nft add chain inet t out '{ type filter hook output priority 0; }'
    at a nft add rule inet t out udp dport 5353 drop
    finds 1 '^D04 FAIL s0: cannot send by ' a -i s0 D04
    helps nft
    at a nft flush chain inet t out
    at a nft add rule inet t in udp dport 5353 drop
    finds 1 '^D04 FAIL s0: what is sent by IPv4 and IPv6 does not come back' \
        a -i s0 D04
    if at a nft add table netdev n 2>/dev/null && at a nft add chain netdev n e \
        '{ type filter hook egress device s0 priority 0; policy drop; }'; then
        at a nft flush chain inet t in
        finds 1 '^D04 FAIL s0: .* comes back, but does not leave' a -i s0 D04
    fi
else
    echo 'no nft here'
fi
pass
