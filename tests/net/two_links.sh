#!/bin/sh
# one crier on two links: each link is told its own addresses only, and the
# same foreign names on two links are two different things
# proves M-3.0-10 M-6.2-01 M-6.2-02 M-14.0-01 M-14.0-04 M-14.0-05 R8
# once more: polling
. "$(dirname "$0")/lib.sh"

node a b c
wire a:s0 b:s0
wire a:s1 c:s0
addr a s0 10.9.0.1/24 10.8.0.1/24
addr a s1 10.9.1.1/24
addr b s0 10.9.0.2/24
addr c s0 10.9.1.2/24
capture b cap s0
capture c cap1 s0
service x web <<'END'
name Web
type _http._tcp
port 80
END
service x only <<'END'
name Only
type _only._tcp
port 81
interface s1
END
crier_run a x <<'END'
hostname alpha
END
# Two neighbours of one name that never see each other.
for host in b c; do
    service $host ssh <<'END'
name Node
type _ssh._tcp
port 22
END
    crier_run $host $host <<'END'
hostname node
END
done
announced cap alpha.local
announced cap1 alpha.local
announced cap1 Only._only._tcp.local

ask b s0 -- 'qd alpha.local A'
expect "$W/answer.out" 'an alpha.local A [0-9]+ 10.9.0.1$' 'address of s0'
expect "$W/answer.out" 'an alpha.local A [0-9]+ 10.8.0.1$' 'second address'
ask c s0 -- 'qd alpha.local A'
expect "$W/answer.out" 'an alpha.local A [0-9]+ 10.9.1.1$' 'address of s1'
if grep -E '10\.9\.1\.1' "$W/cap.out" || grep -E '10\.[89]\.0\.1' \
    "$W/cap1.out" | grep -v ' in 10'; then
    fail 'an address of the other link was told'
fi
if seen cap 'Only._only'; then
    fail 'a service went to the wrong link'
fi

wait_for 15 'link s0' crier_sees a "$W/rows.out" \
    '^=;s0;IPv4;Node;.*;node.local;10.9.0.2;22;' _ssh._tcp
wait_for 15 'link s1' crier_sees a "$W/rows.out" \
    '^=;s1;IPv4;Node;.*;node.local;10.9.1.2;22;' _ssh._tcp
wait_for 15 'the chosen link' crier_sees a "$W/rows1.out" \
    '^=;s1;IPv4;Node;' -i s1 _ssh._tcp
if grep -q ';s0;' "$W/rows1.out"; then
    fail 'browse -i s1 looked at s0'
fi
if grep -Eq 'node-[0-9]|alpha-[0-9]' "$W/cap.out" "$W/cap1.out"; then
    fail 'somebody renamed'
fi
wire_clean cap "$(mac a s0)"
wire_clean cap1 "$(mac a s1)"
pass
