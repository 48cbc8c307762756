#!/bin/sh
# no packet of several records is larger than the link's MTU allows; a record
# that is larger itself goes alone, in fragments
# proves M-17.0-01 M-17.0-02 M-17.0-04 M-17.0-05 M-17.0-06 M-8.3-02
. "$(dirname "$0")/lib.sh"

node a b
wire a:s0 b:s0
wire a:s1 b:s1
for host in a b; do
    at $host ip link set s0 mtu 1280
    at $host ip link set s1 mtu 9000
done
addr a s0 10.9.0.1/24
addr b s0 10.9.0.2/24
addr a s1 10.9.1.1/24
addr b s1 10.9.1.2/24
capture b cap s0
capture b cap1 s1
n=0
while [ $n -lt 60 ]; do
    service c "many$n" <<END
name "Service with a rather long name $n"
type _many._tcp
port $((1000 + n))
txt  "note=some words to fill the packet"
END
    n=$((n + 1))
done
crier_run a c <<'END'
hostname alpha
END
announced cap alpha.local
wait_for 10 'the last service' seen cap \
    'an _many._tcp.local PTR 4500 Service.*name.03259\._many'
wait_for 10 'the last service' seen cap1 \
    'an _many._tcp.local PTR 4500 Service.*name.03259\._many'
if seen cap ' in .* fragment '; then
    fail 'fragments where none were needed'
fi
# len is the UDP payload: MTU less 28 over IPv4, less 48 over IPv6.
too_long() { # CAPTURE MAX4 MAX6
    awk -v max4="$2" -v max6="$3" '$2 == "in" && $6 == "hdr" {
        for (i = 7; i <= NF; i++)
            if ($i ~ /^len=/) {
                len = substr($i, 5) + 0
                if (len > ($3 ~ /^\[/ ? max6 : max4)) { print; bad = 1 }
                if (len > most) most = len
            }
    } END { print "longest", most; exit !bad }' "$W/$1.out"
}
too_long cap 1252 1232 && fail 'a packet over the MTU of 1280'
too_long cap1 1472 1452 && fail 'a packet over 1500 on a link of 9000'
stop c

# One record of 4,000 bytes: alone in its packets.
{
    printf 'name Large\ntype _large._tcp\nport 5\n'
    n=0
    while [ $n -lt 20 ]; do
        printf 'txt "k%d=%0196d"\n' $n 0
        n=$((n + 1))
    done
} | service d large
forget cap
crier_run a d <<'END'
hostname alpha
END
announced cap alpha.local
wait_for 10 'the large service' seen cap 'an Large._large._tcp.local SRV'
wait_for 5 'fragments' seen cap ' in .* fragment '
listener b plain s0 join yes reuse addr
stop d
large_at_b() {
    spawn a e "$CRIER" run -c "$W/d.conf"
    wait_for 10 'the large TXT by reassembly' seen plain \
        'an Large._large._tcp.local TXT 4500 flush "k0=0'
    alone=$(grep -B 1 'an Large._large._tcp.local TXT' "$W/plain.out" |
        grep -c 'hdr .* qd=0 an=1 ns=0 ar=0')
    [ "$alone" -ge 1 ]
}
large_at_b || fail 'the large record was not alone'
pass
