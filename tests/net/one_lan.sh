#!/bin/sh
# two links of one host on one switch: no conflict with itself, each record
# once; then the two are apart, and later together again
# proves M-14.0-06 R1 R2
# once more: polling
. "$(dirname "$0")/lib.sh"

# Two switches, which a cable joins while it is in.
node a b c
lan one a:s0 b:s0
lan two c:s0
ip link add two-a2 type veth peer name w1
ip link set two-a2 master two up
plug w1 a:s1
ip link add j1 type veth peer name j2
ip link set j1 master one up
ip link set j2 master two up
addr a s0 10.9.0.1/24
addr a s1 10.9.0.11/24
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

browse_once() { # HOST ADDRESS: an address of each service row
    run "$1" 12 "$CRIER" browse -prt _http._tcp >"$W/rows.out"
    has "$W/rows.out" "^=;s0;IPv4;Web;.*;alpha.local;$2;80;"
}
wait_for 20 'the service at b' browse_once b '10.9.0.1?1'
wait_for 20 'the service at c' browse_once c '10.9.0.1?1'

# A record that is the same on both links: the second link hears the answer
# of the first, which is enough (RFC 6762 section 7.4). Over IPv4 Linux drops
# what comes in from one of its own addresses, so there it is one for each.
answers_to() { # FAMILY: how many responses a question has
    quiet_since=$(now_ms)
    wait_for 5 'quiet' quiet
    forget cap
    if [ "$1" = 4 ]; then
        send b s0 -- 'qd _http._tcp.local PTR'
    else
        send b s0 src "$(link_local b s0)" dst ff02::fb -- \
            'qd _http._tcp.local PTR'
    fi
    wait_for 5 'an answer' seen cap ' in .* R an _http._tcp.local PTR'
    quiet_since=$(now_ms)
    wait_for 5 'quiet' quiet
    count=$(grep -c ' in .* R an _http._tcp.local PTR' "$W/cap.out")
}
quiet() { # a second after the last multicast of the record
    [ "$(now_ms)" -gt $((quiet_since + 1500)) ]
}
answers_to 4
[ "$count" -le 2 ] || fail "$count answers over IPv4"
n=0 twice=0
while [ $n -lt 6 ]; do
    answers_to 6
    [ "$count" -eq 1 ] || twice=$((twice + 1))
    n=$((n + 1))
done
echo "answered twice: $twice of $n"
[ $twice -le 2 ] || fail 'a shared record is answered by both links'

# The cable goes: each half is told the address that it can reach.
answer_is() { # HOST ADDRESS NOT
    ask "$1" s0 wait 300 -- 'qd alpha.local A' &&
        has "$W/answer.out" "R an alpha.local A 10 $2\$" &&
        ! has "$W/answer.out" "A 10 $3\$"
}
for _ in 1 2 3; do
    ip link set j1 down
    wait_for 5 'the address of s0' answer_is b 10.9.0.1 10.9.0.11
    wait_for 5 'the address of s1' answer_is c 10.9.0.11 10.9.0.1
    ip link set j1 up
    wait_for 10 'both together' ask b s0 -- 'qd alpha.local A'
done
ip link set j1 down
wait_for 20 'the service at b' browse_once b 10.9.0.1
wait_for 20 'the service at c' browse_once c 10.9.0.11
ip link set j1 up
wait_for 20 'the service at b' browse_once b '10.9.0.1?1'

if grep -Eq 'alpha-[0-9]|Web\\032' "$W/cap.out" "$W/cap1.out"; then
    fail 'renamed'
fi
if grep -E 'W202|W203' "$W/x.err"; then
    fail 'a conflict with itself'
fi
count=$(grep -c ' in [^ ]*:5353 [^ ]* [QR] hdr ' "$W/cap1.out")
echo "$count packets at c"
[ "$count" -le 250 ] || fail "$count packets"
stop x
pass
