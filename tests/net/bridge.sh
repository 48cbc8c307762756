#!/bin/sh
# a port of a bridge is no link, the bridge is: from the start, when a link
# becomes a port, and when it leaves the bridge again
# once more: polling
. "$(dirname "$0")/lib.sh"

node a b c
wire a:s0 b:s0
wire a:s1 c:s0
addr a s0 10.9.0.1/24
addr b s0 10.9.0.2/24
addr c s0 10.9.0.3/24
capture b cap s0
capture c cap1 s0
service x web <<'END'
name Web
type _http._tcp
port 80
END
crier_run a x <<'END'
hostname alpha
END
announced cap Web._http._tcp.local
announced cap1 Web._http._tcp.local
ports="$(link_local a s0) $(link_local a s1)"

# once_from ADDRESS: asked by either neighbour it answers from that address,
# and serves the ports not as well.
once_from() {
    for once in b:cap c:cap1; do
        forget cap
        forget cap1
        # Not within a second of the last multicast (RFC 6762 section 6).
        once_asked() {
            send "${once%:*}" s0 -- 'qd alpha.local A'
            nap
            seen "${once#*:}" \
                " in $1:5353 224[^ ]* R an alpha.local A 120 flush $1\$"
        }
        wait_for 6 "an answer from $1" once_asked "$1"
        for once_port in $ports; do
            if seen "${once#*:}" " in .$once_port.*:5353 .* R hdr"; then
                fail 'a port spoke'
            fi
        done
    done
}

at a ip link add br0 type bridge mcast_snooping 0 forward_delay 0
at a ip link set br0 address 02:00:00:00:00:01
at a ip link set br0 up
at a ip addr flush dev s0 scope global
for port in s0 s1; do
    at a ip link set $port master br0
done
addr a br0 10.9.0.10/24
forget cap
forget cap1
announced cap alpha.local
announced cap1 alpha.local
once_from 10.9.0.10

# Started when the links are ports already.
stop x
forget cap
forget cap1
spawn a y "$CRIER" run -c "$W/x.conf"
announced cap alpha.local
announced cap1 alpha.local
once_from 10.9.0.10

# They leave it, one with an address, one with a link-local one only.
forget cap
forget cap1
at a ip link set s0 nomaster
at a ip link set s1 nomaster
addr a s0 10.9.0.1/24
wait_for 8 'an announcement on the former port' seen cap \
    ' in 10.9.0.1:5353 224[^ ]* R an alpha.local A 120 flush 10.9.0.1$'
announced cap1 alpha.local
answers() {
    ask "$1" s0 family 6 wait 300 -- 'qd alpha.local AAAA' &&
        has "$W/answer.out" "R an alpha.local AAAA 10 $2\$"
}
wait_for 5 'an answer by s0' answers b "$(link_local a s0)"
wait_for 5 'an answer by s1' answers c "$(link_local a s1)"
if grep -Eq 'alpha-[0-9]|Web\\032' "$W/cap.out" "$W/cap1.out"; then
    fail 'renamed'
fi
alive y || fail 'crier has ended'
stop y
pass
