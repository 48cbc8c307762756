#!/bin/sh
# crier's own questions: their times, their known answers, what it does with
# goodbyes, flushes and short lives
# proves M-5.2-01 M-5.2-02 M-5.2-04 M-5.2-16 M-5.4-03 M-7.1-01 M-7.2-01 M-7.2-02
# proves M-7.2-03 M-7.2-04 M-10.1-02 M-10.1-03 M-10.2-01 M-10.2-08 R24
. "$(dirname "$0")/lib.sh"

pair
started=$("$PEER" now)
spawn a live "$CRIER" browse -p --no-resolve -4 _x._tcp
wait_for 10 'three questions' seen cap ' in .* Q qd _x._tcp.local PTR' 3
grep ' in .* Q qd _x._tcp.local PTR' "$W/cap.out" | awk -v start="$started" '
    NR == 1 { if ($1 - start > 1.5) { print "first after", $1 - start; bad = 1 } }
    NR > 1 { gap = $1 - last; if (gap < 0.99 || (NR > 2 && gap < 1.99)) {
                 print "gap", gap; bad = 1 }
             if ($NF == "qu") { print "a repeated QU question"; bad = 1 } }
    { last = $1 } END { exit bad }' || fail 'questions at wrong times'

ptr() { # NAME [TTL]
    echo "an _x._tcp.local PTR ${2:-4500} $1._x._tcp.local"
}
# 200 known answers: over several packets, all but the last with TC, the
# question in the first only, no cache-flush bit, nothing with a spent life.
n=0
while [ $n -lt 200 ]; do
    set -- 'flags 8400'
    while [ $# -lt 21 ]; do
        set -- "$@" "$(ptr "a-rather-long-instance-name-$n")"
        n=$((n + 1))
    done
    send b s0 -- "$@"
done
wait_for 5 'the last of them' has "$W/live.out" '^\+;s0;IPv4;a-rather[^;]*-199;'
forget cap
complete() {
    [ "$(grep -c ' in 10[^ ]* 224[^ ]* Q an _x._tcp.local PTR' \
        "$W/cap.out")" -ge 200 ]
}
wait_for 40 'a question with 200 known answers' complete
grep ' in 10[^ ]* 224[^ ]* Q ' "$W/cap.out" | awk '
    / hdr / { packets++; tc[packets] = /flags=0200/
              question[packets] = /qd=1/ }
    / flush/ { print "flush bit in a known answer"; bad = 1 }
    END { if (packets < 2) { print packets, "packets"; bad = 1 }
          for (i = 1; i <= packets; i++) {
              if (question[i] != (i == 1)) { print "question in", i; bad = 1 }
              if (tc[i] != (i < packets)) { print "TC of", i; bad = 1 }
          } exit bad }' || fail 'known answers badly split'

send b s0 -- 'flags 8400' "$(ptr one)" "$(ptr two)"
wait_for 5 'both' has "$W/live.out" '^\+;s0;IPv4;two;'
expect "$W/live.out" '^\+;s0;IPv4;one;' 'both'
# One publisher withdraws what another one confirms: it stays.
send b s0 -- 'flags 8400' "$(ptr one 0)"
send b s0 -- 'flags 8400' "$(ptr one)"
send b s0 -- 'flags 8400' "$(ptr two 0)"
sent=$(now_ms)
wait_for 5 'the goodbye' has "$W/live.out" '^-;s0;IPv4;two;'
[ $(($(now_ms) - sent)) -ge 800 ] || fail 'a goodbye took effect at once'
if has "$W/live.out" '^-;s0;IPv4;one;'; then
    fail 'gone although another publisher confirmed it'
fi
# A short life ends by itself.
send b s0 -- 'flags 8400' "$(ptr short 2)"
wait_for 5 'the short one' has "$W/live.out" '^\+;s0;IPv4;short;'
wait_for 5 'its end' has "$W/live.out" '^-;s0;IPv4;short;'

stop live

# A unique record: other data with the flush bit replaces it.
spawn a addr "$CRIER" query -4 -T 20 host.local A
wait_for 5 'its question' seen cap ' in .* Q qd host.local A'
send b s0 -- 'flags 8400' 'an host.local A 120 flush 10.9.0.66'
wait_for 5 'the answer' has "$W/addr.out" 'host.local.*A.10.9.0.66'
wire_clean cap "$(mac a s0)"
pass
