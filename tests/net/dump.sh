#!/bin/sh
# crier dump: what passes, and what is in a capture file
. "$(dirname "$0")/lib.sh"

pair
sockets() {
    at b grep -c . /proc/net/packet
}
before=$(sockets)
spawn b live "$CRIER" dump -i s0
spawn b json "$CRIER" dump -j -i s0
listens() {
    [ "$(sockets)" -ge $((before + 2)) ]
}
wait_for 10 'two more packet sockets' listens
spawn a p "$CRIER" publish -n 'Web One' _http._tcp 80 path=/a
announced cap 'Web\\032One._http._tcp.local'
wait_for 5 'the record' has "$W/live.out" \
    '^    an Web One._http._tcp.local 4500 flush TXT "path=/a"$'
expect "$W/live.out" '^20[^ ]*Z s0 10.9.0.1:5353 > 224.0.0.251:5353 response id 0 AA ttl 255 len [0-9]+$' 'a line about it'
expect "$W/live.out" '^[^ ]*Z s0 \[fe80::[^]]*%s0\]:5353 > \[ff02::fb\]:5353 query id 0 ttl 255 len' 'a probe'
expect "$W/live.out" '^    qd Web One._http._tcp.local ANY QU$' 'its question'
expect "$W/live.out" '^    ns Web One._http._tcp.local 120 SRV 0 0 80 a.local' 'what it proposes'
wait_for 5 'the same as JSON' has "$W/json.out" '"event":"packet".*"iface":"s0","path":"10.9.0.1:5353 > 224.0.0.251:5353","response":true,.*"an":\[.*"Web One._http._tcp.local 4500 flush TXT \\"path=/a\\""'
stop p
send b s0 -- 'raw 000084000000000100000000' # an answer that is not there
wait_for 5 'a malformed one' has "$W/live.out" '^    malformed from here on$'
wait_for 5 'the same as JSON' has "$W/json.out" '"malformed":true'
if command -v python3 >/dev/null; then
    python3 - "$W/json.out" <<'END' || fail 'no JSON'
import json, sys
for line in open(sys.argv[1]): json.loads(line)
END
fi
stop live INT
stop json INT
stop cap
run b 10 "$CRIER" dump -r "$W/cap.pcap" >"$W/file.out" || fail 'of a file'
expect "$W/file.out" '^    an Web One._http._tcp.local 4500 flush TXT "path=/a"$' 'of a file'
live=$(grep -c '^    ' "$W/live.out")
file=$(grep -c '^    ' "$W/file.out")
[ "$file" -ge "$live" ] || fail "$file lines of the file, $live as it passed"

run b 5 "$CRIER" dump -r "$W/none" 2>"$W/none.err"
[ $? -eq 4 ] || fail 'no file'
expect "$W/none.err" 'E072: cannot read .*/none' 'no file'
run b 5 "$CRIER" dump -r "$0" 2>"$W/none.err"
[ $? -eq 4 ] || fail 'a file that is none'
expect "$W/none.err" 'E072: .* is no capture file' 'a file that is none'
run b 5 "$CRIER" dump -T 200ms -i lo
[ $? -eq 1 ] || fail 'nothing passes'
pass
