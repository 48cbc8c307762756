#!/bin/sh
# started before there is any link: waits, says so, and starts when one comes
# proves M-8.0-03 M-8.4-02 R4
# once more: polling
. "$(dirname "$0")/lib.sh"

node a b
service c web <<'END'
name Web
type _http._tcp
port 80
END
crier_run a c <<'END'
hostname alpha
END
wait_for 5 'a word about it' test -s "$W/c.err"
never 1 'crier has ended' not alive c
wire a:s0 b:s0 # a link that appears, IPv6 link-local only
capture b cap s0
announced cap Web._http._tcp.local
announced cap alpha.local
forget cap
addr a s0 10.9.0.1/24
addr b s0 10.9.0.2/24
wait_for 8 'an announcement over IPv4' seen cap \
    ' in 10.9.0.1:5353 224.0.0.251:5353 R an alpha.local A 120 flush 10.9.0.1'
ask b s0 -- 'qd alpha.local A'
expect "$W/answer.out" 'an alpha.local A 10 10.9.0.1' 'an answer'
wait_for 5 'the service over IPv4' seen cap \
    ' in 10.9.0.1:5353 224.0.0.251:5353 R (an|ar) Web._http._tcp.local SRV'

# The same with a client verb: it waits as well.
node d
spawn d client "$CRIER" browse -p -T 15 _http._tcp
never 1 'the client has ended' not alive client
wire d:s0 a:s1
addr a s1 10.9.1.1/24
addr d s0 10.9.1.4/24
wait_for 12 'the service' has "$W/client.out" '^\+;s0;IPv4;Web;'

# Addresses that appear while crier probes: no rename, ten times over.
stop c
for n in 1 2 3 4 5 6 7 8 9 10; do
    forget cap
    at a ip addr flush dev s0 scope global
    spawn a d$n "$CRIER" run -c "$W/c.conf"
    wait_for 5 'the first probe' seen cap ' in .* Q qd alpha.local ANY'
    addr a s0 10.9.0.$((n + 10))/24
    announced cap alpha.local
    wait_for 5 'the address' seen cap \
        "R an alpha.local A 120 flush 10.9.0.$((n + 10))"
    stop d$n
done
if grep -Eq 'alpha-[0-9]' "$W"/*.out "$W"/*.err; then
    fail 'renamed by itself'
fi
wire_clean cap "$(mac a s0)"
pass
