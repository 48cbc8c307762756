#!/bin/sh
# an IPv6 address that is still tentative is not used and stops nothing
# proves M-8.0-03 R4
# once more: polling
. "$(dirname "$0")/lib.sh"

node a b
wire b:s0 a:s0
at a ip link set s0 down
set_net a ipv6/conf/s0/accept_dad 1
set_net a ipv6/conf/s0/dad_transmits 3
set_net a ipv6/neigh/s0/retrans_time_ms 700
capture b cap s0
crier_run a c <<'END'
hostname alpha
END
at a ip link set s0 up
tentative() {
    at a ip -6 -o addr show dev s0 | grep -q tentative
}
wait_for 5 'a tentative address' tentative
while tentative; do
    if seen cap ' in \[[^ ]*\]:5353 '; then
        tentative && fail 'sent from a tentative address'
    fi
    nap
done
announced cap alpha.local
wait_for 5 'the address' seen cap \
    "R an alpha.local AAAA 120 flush $(link_local a s0)"
if grep -E ' in \[[^ ]*\]:5353 ' "$W/cap.out" | grep -v ' in \[fe80:'; then
    fail 'sent from another address than the link-local one'
fi
if grep -q 'alpha-' "$W/cap.out"; then
    fail 'renamed'
fi
wire_clean cap "$(mac a s0)"
pass
