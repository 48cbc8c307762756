#!/bin/sh
# all that crier sends comes back, from another address, on the same link and
# on another one; two cards on one LAN: no rename, no storm
# proves M-2.0-02 M-9.0-02 M-8.2.1-04 M-14.0-06 M-14.0-07 R1 R2
. "$(dirname "$0")/lib.sh"

service c web <<'END'
name Web
type _http._tcp
port 80
txt  a=b
END
crier_conf c <<'END'
hostname alpha
END
calm() { # CAPTURE MAX: no rename, and at most MAX packets from crier
    if grep -Eq 'alpha-[0-9]|Web\\032' "$W/$1.out"; then
        fail 'renamed by its own packets'
    fi
    calm_count=$(grep -c ' in [^ ]*:5353 [^ ]* [QR] hdr ' "$W/$1.out")
    [ "$calm_count" -le "$2" ] || fail "$calm_count packets on $1"
}

pair
wire a:s1 b:s1
addr a s1 10.9.1.1/24
addr b s1 10.9.1.2/24
capture b cap1 s1
spawn b back0 "$PEER" reflect s0 s0
spawn b back1 "$PEER" reflect s0 s1
spawn b back2 "$PEER" reflect s1 s0
for n in 0 1 2; do
    wait_for 5 'reflector' has "$W/back$n.out" ready
done
spawn a c "$CRIER" run -c "$W/c.conf"
announced cap alpha.local
announced cap Web._http._tcp.local
never 10 'renamed' grep -Eq 'alpha-[0-9]|Web\\032' "$W/cap.out" "$W/cap1.out"
calm cap 150
calm cap1 150
stop c
for n in 0 1 2; do
    stop back$n
done

# Two cards of one host on one switch, each with an address.
node d e
lan sw d:s0 e:s0
ip link add sw-d2 type veth peer name w1
ip link set sw-d2 master sw up
plug w1 d:s1
addr d s0 10.9.2.1/24
addr d s1 10.9.2.3/24
addr e s0 10.9.2.2/24
capture e cape s0
spawn d f "$CRIER" run -c "$W/c.conf"
announced cape alpha.local
ask e s0 -- 'qd alpha.local A'
expect "$W/answer.out" 'an alpha.local A 10 10.9.2.[13]' 'an answer'
never 8 'renamed' grep -Eq 'alpha-[0-9]|Web\\032' "$W/cape.out"
calm cape 120
pass
