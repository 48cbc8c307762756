#!/bin/sh
# kernels that lack pieces, each alone and all together: crier still answers
# on each link, hears on which link a packet came, and notices addresses
# proves M-11.0-03 R11 R27
. "$(dirname "$0")/lib.sh"

"${PEER}" deny netlink true || skip 'no seccomp here'
node a b
for n in 0 1; do
    wire a:s$n b:s$n
    addr a s$n 10.9.$n.1/24
    addr b s$n 10.9.$n.2/24
    capture b cap$n s$n
done
wait_for 5 'link-local address' has_link_local a s1

crier_conf c <<'END'
hostname        alpha
poll-interfaces 300ms
END
check() { # NAME WORDS [families]
    for n in 0 1; do
        forget cap$n
    done
    spawn a "$1" "$PEER" deny "$2" "$CRIER" run -c "$W/c.conf"
    for n in 0 1; do
        announced cap$n alpha.local
        for family in ${3:-4 6}; do
            ask b s$n family "$family" -- 'qd alpha.local A'
            expect "$W/answer.out" "R an alpha.local A 10 10.9.$n.1" \
                "without $2: link $n family $family"
        done
        if has "$W/answer.out" "10.9.$((1 - n)).1"; then
            fail "without $2: address of the other link"
        fi
    done
    addr a s0 10.9.0.77/24
    wait_for 8 "without $2: a new address" seen cap0 \
        'R an alpha.local A 120 flush 10.9.0.77'
    at a ip addr del 10.9.0.77/24 dev s0
    stop "$1"
    if grep -q 'alpha-' "$W/cap0.out"; then
        fail "without $2: renamed"
    fi
}
check netlink netlink
check all multicast_all
check device bindtodevice
check random getrandom
check v6 ipv6 4
check several netlink,multicast_all,bindtodevice,getrandom,ipv6,packet 4

# No /proc besides no netlink: IPv4 by ioctl.
cat >"$W/noproc.sh" <<'END'
mount -t tmpfs tmpfs /proc && mount -t tmpfs tmpfs /sys
exec "$@"
END
for n in 0 1; do
    forget cap$n
done
spawn a noproc unshare -m sh "$W/noproc.sh" "$PEER" deny netlink \
    "$CRIER" run -c "$W/c.conf"
for n in 0 1; do
    wait_for 10 "without netlink and /proc: link $n" seen cap$n \
        " in 10.9.$n.1:5353 .* R an alpha.local A 120 flush 10.9.$n.1"
done
pass
