#!/bin/sh
# what the host's own packets look like while crier autoip holds an address
# proves L-1.9-03 L-1.9-05 L-2.5-05 L-2.5-06 L-2.6.1-01 L-2.6.2-01 L-2.6.2-02
# proves L-2.6.2-03 L-2.6.2-04
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_autoip.sh"
need python3

cat >"$W/echo.py" <<'END'
# echo.py ADDRESS: sends back what it gets, on port 7
import socket, sys, threading
s = socket.create_server((sys.argv[1], 7))
print("ready", flush=True)
def serve(c):
    try:
        while data := c.recv(100):
            c.sendall(data)
    except OSError as e:
        print("reset", e, flush=True)
while True:
    c, peer = s.accept()
    print("from", peer[0], flush=True)
    threading.Thread(target=serve, args=(c,), daemon=True).start()
END
cat >"$W/talk.py" <<'END'
# talk.py ADDRESS [SOURCE]: a line of "got" for each file "go" that appears
import os, socket, sys, time
s = socket.create_connection((sys.argv[1], 7), 5,
                             (sys.argv[2], 0) if len(sys.argv) > 2 else None)
go = os.environ["GO"]
print("connected", flush=True)
try:
    while True:
        while not os.path.exists(go):
            s.settimeout(0.05)
            try:
                if s.recv(1) == b"":
                    print("closed", flush=True)
                    sys.exit()
            except TimeoutError:
                pass
        os.unlink(go)
        s.settimeout(5)
        s.sendall(b"x")
        print("got", len(s.recv(100)), flush=True)
except OSError as e:
    print("reset", e, flush=True)
END
cat >"$W/udp.py" <<'END'
# udp.py ADDRESS [SOURCE]: one datagram to port 9
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if len(sys.argv) > 2:
    s.bind((sys.argv[2], 0))
s.sendto(b"x", (sys.argv[1], 9))
END

node a b router
wire a:s0 b:s0
wire a:s1 router:s0
addr b s0 169.254.50.50/16
addr router s0 10.8.0.1/24
arp_watch b frames s0
arp_watch router routed s0
autoip a one s0
bound one
a=$address a_mac=$(mac a s0) b_mac=$(mac b s0)

# Only this address: what is outside cannot be reached, and nothing tries to.
if run a 5 python3 "$W/udp.py" 192.0.2.1 "$a" 2>"$W/udp.err"; then
    fail 'sent to a router'
fi
expect "$W/udp.err" 'Network is unreachable' 'an error'
# A router on another interface: 169.254/16 is still asked for on the link.
addr a s1 10.8.0.2/24
at a ip route add default via 10.8.0.1
run a 5 python3 "$W/udp.py" 169.254.7.77 || fail 'cannot send'
wait_for 3 'a request on the link' seen frames \
    " in $all $a_mac request $a_mac $a $zero 169.254.7.77\$"
not seen routed '169\.254\.' || fail 'sent to the router'
at a ip route del default

# The kernel asks again by broadcast, where it knew the answer.
spawn b echo python3 "$W/echo.py" 0.0.0.0
wait_for 10 'server' seen echo ready
spawn a talk env GO="$W/go" python3 "$W/talk.py" 169.254.50.50
wait_for 10 'connection' seen talk connected
expect "$W/echo.out" "from $a" 'the source'
forget frames
at a ip neigh replace 169.254.50.50 lladdr "$b_mac" dev s0 nud probe
wait_for 5 'a request' seen frames \
    " in $all $a_mac request $a_mac $a $zero 169.254.50.50\$"
if grep " in $b_mac $a_mac request" "$W/frames.out"; then
    fail 'a unicast request'
fi

# A routable address comes: connections go on, new ones start from it.
addr b s0 10.9.0.2/24
addr a s0 10.9.0.1/24
wait_for 3 'a word' said one "$a yields to another address"
: >"$W/go"
wait_for 6 'an echo over the old connection' seen talk 'got 1'
spawn a talk2 env GO="$W/go2" python3 "$W/talk.py" 10.9.0.2
wait_for 10 'connection' seen talk2 connected
wait_for 3 'its source' seen echo 'from 10.9.0.1'
at a ip route add default via 10.9.0.2
forget frames
run a 5 python3 "$W/udp.py" 198.51.100.9 || fail 'cannot send'
wait_for 3 'a packet' seen frames ' ip 10.9.0.1 198.51.100.9 '
at a ip route del default
at a ip addr del 10.9.0.1/24 dev s0
wait_for 3 'the address again' said one "$a is ours" 2
: >"$W/go"
wait_for 6 'an echo over the old connection' seen talk 'got 1' 2

# Lost to another host: the connection ends at once, at both ends.
arp b s0 reply $stranger "$a" 169.254.50.50
wait_for 3 'a defence' said one "$a is defended"
: >"$W/go"
wait_for 6 'an echo over the old connection' seen talk 'got 1' 3
arp b s0 reply $stranger "$a" 169.254.50.50
wait_for 3 'the loss' said one "$a is lost"
ends() {
    seen talk '(reset|closed)'
}
tries=0
until ends || [ "$tries" -gt 60 ]; do
    tries=$((tries + 1))
    nap
done
if ! ends; then # is it the kernel, or us?
    at a ss -K src "$a" >/dev/null 2>&1
    nap
    ends && fail 'the connection goes on'
    skip 'this kernel cannot abort connections; all else was well'
fi
expect "$W/frames.out" " in .* ip $a 169.254.50.50 proto=6 tcp=[01]4" 'a reset'
wait_for 3 'its end there' seen echo 'reset'
pass
