#!/bin/sh
# a host without IPv6: AAAA is denied, nothing waits for IPv6
# proves M-6.0-06 M-6.1-01 M-6.2-04 W-4034-4.1.2-01
. "$(dirname "$0")/lib.sh"

node a b
set_net a ipv6/conf/default/disable_ipv6 1
wire a:s0 b:s0
addr a s0 10.9.0.1/24
addr b s0 10.9.0.2/24
capture b cap s0
service c web <<'END'
name Web
type _http._tcp
port 80
END
crier_run a c <<'END'
hostname alpha
END
announced cap alpha.local
wait_for 4 'NSEC beside the address' seen cap \
    '224.0.0.251:5353 R ar alpha.local NSEC [0-9]+ flush alpha.local A$'
wait_for 4 'the second announcement' seen cap \
    '224.0.0.251:5353 R an alpha.local A 120 flush' 2
ask b s0 -- 'qd alpha.local AAAA'
expect "$W/answer.out" 'R ns alpha.local NSEC 10 alpha.local A$' 'a denial'
forget cap
send b s0 -- 'qd alpha.local AAAA'
wait_for 5 'a denial by multicast' seen cap \
    'in 10.9.0.1:5353 224.0.0.251:5353 R an alpha.local NSEC 120 flush alpha.local A$'
run b 10 "$CRIER" browse -prt _http._tcp >"$W/rows.out" || fail "browse: $?"
expect "$W/rows.out" '^=;s0;IPv4;Web;_http._tcp;local;alpha.local;10.9.0.1;80;' \
    'the service'
started=$(now_ms)
run b 10 "$CRIER" resolve -6 alpha.local >"$W/none.out" 2>&1
[ $? -eq 1 ] || fail 'an IPv6 address was found'
[ $(($(now_ms) - started)) -lt 4000 ] || fail 'a denied name took 4 seconds'
if seen cap ' in \['; then
    fail 'an IPv6 packet'
fi
wire_clean cap "$(mac a s0)"
pass
