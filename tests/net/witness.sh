#!/bin/sh
# tshark takes apart everything that crier sends in a rich run and finds
# nothing malformed, no expert's warning, and TTL 255 on every packet
# proves M-11.0-01 M-10.2-07 M-10.2-08 M-10.2-09 M-18.1-05 M-18.4-02
# proves W-1035-4.1.4-01 S-6.1-03 W-2181-5.2-01 W-2181-8.0-01
. "$(dirname "$0")/lib.sh"
need tshark

pair
for n in 1 2 3; do
    service c s$n <<END
name    "Büro № $n \"x\" \\\\ .y"
type    _http._tcp
subtype _printer
port    80$n
txt     "path=/a;b"
txt     flag
txt     "bin=\255\001"
END
done
service c empty <<'END'
name Empty
type _empty._udp
port 9
END
crier_run a c <<'END'
hostname alpha
alias    www
host     nas.local 10.9.0.40
END
announced cap alpha.local
announced cap nas.local
crier_run b d <<'END'
hostname delta
END
wait_for 10 'the other host' seen cap ' out .* R an delta.local A 120 flush'
for what in '-prt' '-jt' '-t'; do
    run a 10 "$CRIER" browse $what >/dev/null 2>&1
done
run a 10 "$CRIER" resolve delta.local >"$W/resolve.out" || fail resolve
run a 10 "$CRIER" resolve -a 10.9.0.2 >"$W/resolve.out" || fail 'resolve -a'
run a 10 "$CRIER" query -T 2 delta.local HINFO >/dev/null 2>&1
for family in 4 6; do
    ask b s0 family $family -- 'qd alpha.local ANY'
    ask b s0 family $family -- 'qd _http._tcp.local PTR' 'ar . OPT 0 class1232'
    ask b s0 family $family -- 'qd alpha.local HINFO'
    ask b s0 family $family sport 5353 -- 'qd _http._tcp.local PTR qu'
    ask b s0 family $family -- 'qd _services._dns-sd._udp.local PTR'
done
send b s0 -- 'flags 8400' 'an Empty._empty._udp.local TXT 120 flush x=y'
wait_for 5 'a probe after a conflict' seen cap 'qd Empty._empty._udp.local ANY'
addr a s0 10.9.0.60/24
wait_for 5 'the new address' seen cap 'R an alpha.local A 120 flush 10.9.0.60'
wait_for 5 'the answer to the conflict' seen cap \
    'R an Empty._empty._udp.local TXT [1-9][0-9]* flush ""' 2
stop c
wait_for 5 'a goodbye' seen cap 'R an alpha.local A 0 '
stop cap
wire_clean cap "$(mac a s0)"

mac=$(mac a s0)
shows() { # FILTER: packets of crier that tshark finds with it
    tshark -n -r "$W/cap.pcap" -Y "eth.src == $mac && ($1)" 2>"$W/tshark.err"
}
packets=$(shows mdns | wc -l)
[ "$packets" -gt 20 ] || fail "tshark saw $packets packets"
bad=$(shows 'mdns && ((ip && ip.ttl != 255) || (ipv6 && ipv6.hlim != 255))')
[ -z "$bad" ] || fail "TTL: $bad"
bad=$(shows 'udp.dstport == 5353 && udp.srcport != 5353')
[ -z "$bad" ] || fail "source port: $bad"

# What each net test ends with: nothing here is wrong (pass says it), and it
# would be seen if it were. The broken packet is the raw peer's, at b.
bad=$(dissect "$W/cap.pcap")
[ -z "$bad" ] || fail "tshark: $bad"
witness_saw=$(tshark -n -r "$W/a.sent" -Y mdns 2>"$W/tshark.err" | wc -l)
[ "$witness_saw" -ge "$packets" ] || fail "the witness saw only $witness_saw"
capture b broken s0
send b s0 -- 'raw 000084000000000100000000016105c0000001800100000078'
wait_for 5 'the broken packet' seen broken 'malformed'
stop broken
[ -n "$(dissect "$W/broken.pcap")" ] || fail 'tshark minds nothing'
# One TTL for all records of an RRset, and none with its top bit set.
grep -E '^[^ ]* in .* R (an|ar) ' "$W/cap.out" | awk '
    { key = $1 $3 $4 $7 $8 }
    $9 >= 2147483648 || (key in ttl && ttl[key] != $9) { print; bad = 1 }
    { ttl[key] = $9 } END { exit bad }' || fail 'TTLs of one RRset differ'
echo "$packets packets"
pass
