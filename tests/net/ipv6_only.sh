#!/bin/sh
# a link without any IPv4 address: all works, and no IPv4 packet leaves
# proves M-6.2-02 M-6.0-06 M-11.0-01 S-14.0-01
. "$(dirname "$0")/lib.sh"
need_avahi

node a b
wire a:s0 b:s0
wire a:s1 b:s1
# The other link of the host has IPv4: its address must not be borrowed.
addr a s1 10.9.1.1/24
addr b s1 10.9.1.2/24
wait_for 5 'link-local address' has_link_local a s0
wait_for 5 'link-local address' has_link_local b s0
capture b cap s0
capture b cap1 s1
avahi_start b beta allow-interfaces=s0
avahi_spawn b pub avahi-publish -s Six _six._tcp 6 a=b
service c web <<'END'
name Web
type _http._tcp
port 80
END
crier_run a c <<'END'
hostname alpha
END
announced cap alpha.local
announced cap1 alpha.local
wait_for 15 'crier at avahi' avahi_sees b _http._tcp \
    "^=;s0;IPv6;Web;_http._tcp;local;alpha.local;$(link_local a s0);80;"
wait_for 15 avahi has "$W/pub.err" '^Established'
run a 10 "$CRIER" browse -prt -i s0 _six._tcp >"$W/rows.out" ||
    fail "browse ended with $?"
expect "$W/rows.out" \
    "^=;s0;IPv6;Six;_six._tcp;local;beta.local;$(link_local b s0);6;\"a=b\"" \
    'avahi at crier'
run a 10 "$CRIER" resolve beta.local >"$W/addr.out" || fail "resolve: $?"
expect "$W/addr.out" "^$(link_local b s0)%s0\$" 'address with its link'

# An A query has no answer there but a negative one.
forget cap
ask b s0 family 6 -- 'qd alpha.local A'
expect "$W/answer.out" ' NSEC .* alpha.local .*AAAA' 'a negative answer'
if grep -Eq '10\.9\.1\.1' "$W/cap.out" "$W/answer.out"; then
    fail 'an address of another link was told'
fi
stop c
if grep -E ' in [0-9.]+:' "$W/cap.out" | grep -v ' 0.0.0.0:0 .* member ' |
    grep -v member; then
    fail 'an IPv4 packet left on a link without IPv4'
fi
wire_clean cap "$(mac a s0)"
wire_clean cap1 "$(mac a s1)"
pass
