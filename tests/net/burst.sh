#!/bin/sh
# 5,500 services, more than 1,000 packets: a peer with a default buffer loses
# none, and crier's browse finds every one of them
# proves M-6.4-01 M-8.3-02 S-F.0-01 R28
. "$(dirname "$0")/lib.sh"

count=5500 # about 1,100 packets
pair
listener b plain s0
mkdir -p "$W/c.services"
awk -v n=$count -v dir="$W/c.services" 'BEGIN {
    for (i = 0; i < n; i++) {
        file = dir "/s" i ".service"
        printf "name \"Service %d\"\ntype _many._tcp\nport %d\ntxt n=%d\n",
            i, 1000 + i, i > file
        close(file)
    }
}'
crier_run a c <<'END'
hostname      alpha
max-services  6000
max-records   40000
END
instances() { # heard by the plain socket
    sed -n 's/.* an _many\._tcp\.local PTR [1-9][0-9]* \([^ ]*\)$/\1/p' \
        "$W/plain.out" | sort -u | wc -l
}
all_heard() {
    [ "$(instances)" -eq "$count" ]
}
wait_for 60 "$count services" all_heard
expect_packets=$(grep -c ' hdr ' "$W/plain.out")
stop plain
expect "$W/plain.out" '^lost 0$' 'no packet lost'
[ "$expect_packets" -ge 1000 ] || fail "only $expect_packets packets"
if seen plain '_many.*[^0-9]\.03[0-9]+\)?\._many.*-'; then
    fail 'renamed'
fi

start=$(now_ms)
run b 30 "$CRIER" browse -pt _many._tcp >"$W/browse.txt" || fail "browse: $?"
found=$(sed -n 's/^+;s0;IPv[46];\([^;]*\);.*/\1/p' "$W/browse.txt" |
    sort -u | wc -l)
echo "$expect_packets packets; browse: $found in $(($(now_ms) - start)) ms"
[ "$found" -eq "$count" ] || fail "browse found $found of $count"
# It hears a burst itself: 1,000 answers from one peer.
spawn a watch "$CRIER" browse -p --no-resolve -4 _flood._tcp
wait_for 5 'its question' seen cap 'qd _flood._tcp.local PTR'
send b s0 count 1000 -- 'flags 8400' \
    'an _flood._tcp.local PTR 4500 i%d._flood._tcp.local'
heard() {
    [ "$(grep -c '^+;s0;IPv4;i[0-9]*;_flood' "$W/watch.out")" -ge 1000 ]
}
wait_for 10 '1,000 answers' heard
pass
