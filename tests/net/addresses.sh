#!/bin/sh
# addresses come and go: announced whole, withdrawn, without new probes, and
# the group is never left meanwhile; 169.254 beside a routable one is fine
# proves M-6.2-01 M-8.4-01 M-8.4-02 M-8.4-03 M-10.2-03 M-10.2-05 M-12.0-03
# proves W-2181-4.1-01 R3 R6 R8
# once more: polling
. "$(dirname "$0")/lib.sh"

pair
crier_run a c <<'END'
hostname alpha
END
announced cap alpha.local
wait_for 4 'the second announcement' seen cap \
    '224[^ ]+ R an alpha.local A 120 flush 10.9.0.1' 2

forget cap
addr a s0 10.9.0.50/24
wait_for 5 'the new address' seen cap \
    'R an alpha.local A 120 flush 10.9.0.50'
wait_for 4 'the old one beside it' seen cap \
    'R an alpha.local A 120 flush 10.9.0.1$'
forget cap
addr a s0 169.254.7.7/16
wait_for 5 'a 169.254 address' seen cap \
    'R an alpha.local A 120 flush 169.254.7.7'
ask b s0 -- 'qd alpha.local A'
for a in 10.9.0.1 10.9.0.50 169.254.7.7; do
    expect "$W/answer.out" "R an alpha.local A 10 $a\$" "address $a"
done
ask b s0 dst 10.9.0.50 -- 'qd alpha.local A'
expect "$W/answer.out" ' in 10.9.0.50:5353 .* A 10 10.9.0.50$' \
    'an answer from the address that was asked'
ask b s0 -- 'qd 7.7.254.169.in-addr.arpa PTR'
expect "$W/answer.out" 'an 7.7.254.169.in-addr.arpa PTR 10 alpha.local' \
    'the reverse name'

forget cap
at a ip addr del 10.9.0.50/24 dev s0
wait_for 5 'an announcement without it' seen cap \
    'R an alpha.local A 120 flush 10.9.0.1$'
gone() {
    ask b s0 wait 300 -- 'qd alpha.local A' &&
        has "$W/answer.out" ' A 10 10.9.0.1$' &&
        ! has "$W/answer.out" '10.9.0.50'
}
wait_for 5 'the address gone' gone
at a ip addr del 10.9.0.1/24 dev s0
wait_for 5 'the first address gone' seen cap \
    ' in 169.254.7.7:5353 .*R an alpha.local A 120 flush 169.254.7.7'

# IPv6: a second one comes and goes.
forget cap
addr a s0 2001:db8::1/64
wait_for 5 'the new IPv6 address' seen cap \
    'R an alpha.local AAAA 120 flush 2001:db8::1'
if seen cap ' in .* Q qd alpha.local ANY'; then
    fail 'probed again because of an address'
fi
# IGMPv3 leave of 224.0.0.251: record type 3 (to include nothing) or v2 0x17.
if seen cap ' member .* (22.{14}0300.{4}e00000fb|17.{6}e00000fb)'; then
    fail 'left the group'
fi
if grep -q 'alpha-' "$W/cap.out"; then
    fail 'renamed'
fi
wire_clean cap "$(mac a s0)"
pass
