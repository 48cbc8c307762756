#!/bin/sh
# an interface under another name, and a new one under the old name: the link
# goes on, also for services that are bound to names of interfaces
# once more: polling
. "$(dirname "$0")/lib.sh"

node a b
wire a:s0 b:s0
wire a:s1 b:s1
for n in 0 1; do
    addr a s$n 10.9.$n.1/24
    addr b s$n 10.9.$n.2/24
    capture b cap$n s$n
done
service x zero <<'END'
name Zero
type _http._tcp
port 80
interface s0
END
service x up <<'END'
name Uplink
type _http._tcp
port 81
interface up*
END
crier_run a x <<'END'
hostname  alpha
interface s*
interface up*
END
announced cap0 Zero._http._tcp.local
announced cap0 alpha.local
announced cap1 alpha.local
answered() { # LINK ADDRESS: by multicast, which takes the membership
    send b "s$1" -- 'qd alpha.local A'
    nap
    seen "cap$1" \
        " in $2:5353 224.0.0.251:5353 R an alpha.local A 120 flush $2\$"
}
answers() {
    forget "cap$1"
    wait_for 6 "an answer of $2" answered "$@"
}
renames() { # OLD NEW: also where a link must be down for that
    at a ip link set "$1" name "$2" 2>/dev/null || {
        at a ip link set "$1" down
        at a ip link set "$1" name "$2"
        at a ip link set "$2" up
    }
}
not_there() { # LINK NAME: no SRV of that service
    ask b "s$1" wait 300 -- "qd $2._http._tcp.local SRV"
    ! has "$W/answer.out" "R an $2._http._tcp.local SRV"
}

# Another name that is wanted: what is bound to names follows.
forget cap0
renames s0 up7
announced cap0 Uplink._http._tcp.local
wait_for 5 'Zero gone' not_there 0 Zero
answers 0 10.9.0.1

# A name that is not: silence. And back.
renames up7 veth7
silent() {
    ask b s0 wait 300 -- 'qd alpha.local A'
    ! has "$W/answer.out" 'R an alpha.local'
}
wait_for 5 'silence under a name that is not wanted' silent
forget cap0
renames veth7 s0
announced cap0 Zero._http._tcp.local
answers 0 10.9.0.1

# Two that change places keep their addresses, and each has its services.
renames s0 tmp
renames s1 s0
renames tmp s1
forget cap1
announced cap1 Zero._http._tcp.local
wait_for 5 'Zero gone from the other link' not_there 0 Zero
answers 0 10.9.0.1
answers 1 10.9.1.1
renames s0 tmp
renames s1 s0
renames tmp s1
forget cap0
announced cap0 Zero._http._tcp.local

# Made anew under the old name: other index and MAC, then other index only.
made_anew() { # [MAC]
    stop cap0
    at a ip link del s0
    # shellcheck disable=SC2086
    ip link add w0 ${1:+address $1} type veth peer name w1
    plug w1 b:s0
    addr b s0 10.9.0.2/24
    capture b cap0 s0
    ip link set w0 netns "$(cat "$W/a.host")"
    at a ip link set w0 name s0
    addr a s0 10.9.0.1/24
    at a ip link set s0 up
    announced cap0 Zero._http._tcp.local
    answers 0 10.9.0.1
}
made_anew
made_anew "$(mac a s0)"

# With the old index too, and so fast that a scan never sees it gone: other
# memberships must be had all the same.
index=$(at a ip -o link show dev s1 | sed 's/:.*//')
stop cap1
at a sh -c "ip link del s1
    ip link add s1 index $index address 02:00:00:00:00:01 type veth \
        peer name s1 netns $(cat "$W/b.host")
    ip addr add 10.9.1.1/24 dev s1
    ip link set s1 up"
at b ip link set s1 up
addr b s1 10.9.1.2/24
capture b cap1 s1
answers 1 10.9.1.1

if grep -Eq 'alpha-[0-9]|Zero\\032|Uplink\\032' "$W"/*.out "$W/x.err"; then
    fail 'renamed'
fi
alive x || fail 'crier has ended'
stop x
pass
