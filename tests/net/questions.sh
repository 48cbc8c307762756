#!/bin/sh
# questions as raw packets: QM, QU, known answers, TC, probes, several at once
# proves M-5.4-01 M-5.4-06 M-5.4-08 M-6.0-08 M-6.0-12 M-6.0-13 M-6.0-15
# proves M-6.0-21 M-6.1-01 M-6.1-11 M-6.2-04 M-6.3-01 M-6.5-01 M-7.1-03
# proves M-7.1-04 M-7.2-05 M-8.1-09 M-18.3-02 M-16.0-05 S-12.1-01 R20 R21
. "$(dirname "$0")/lib.sh"

pair
service c web <<'END'
name Web
type _http._tcp
port 80
txt  a=b
END
crier_run a c <<'END'
hostname alpha
END
announced cap Web._http._tcp.local
second() {
    seen cap '224[^ ]* R an Web._http._tcp.local SRV 120 flush' 2
}
wait_for 15 'the second announcement' second
# The one-second rule must not hide the next answer.
rested() {
    rested_now=$("$PEER" now)
    awk -v now="$rested_now" '$2 == "in" && $4 ~ /^224/ && $6 == "an" {
        last = $1 } END { exit now - last < 1.1 }' "$W/cap.out"
}
# query ITEM...: from port 5353 by multicast; its answer is "later" lines.
query() {
    wait_for 15 'a second of rest' rested
    forget cap
    send b s0 -- "$@"
}
mc=' in 10.9.0.1:5353 224.0.0.251:5353 R'
uc=' in 10.9.0.1:5353 10.9.0.2:5353 R'
ptr='_http._tcp.local PTR 4500 Web._http._tcp.local'
delay_ms() { # between the question and the answer
    awk '$2 == "out" && $5 == "Q" && !asked { asked = $1 }
        $2 == "in" && $5 == "R" && asked && !d { d = ($1 - asked) * 1000 }
        END { printf "%d\n", d }' "$W/cap.out"
}
# answer LOW_MS HIGH_MS REGEX ITEM...: of that query, never sooner than LOW_MS
# and, though not in each try where the machine is busy, within HIGH_MS.
answer() {
    answer_low=$1 answer_high=$2 answer_regex=$3
    shift 3
    for answer_try in 1 2 3 4 5 6 7 8; do
        query "$@"
        wait_for 15 "answer to $*" seen cap "$answer_regex"
        answer_ms=$(delay_ms)
        [ "$answer_ms" -ge "$answer_low" ] ||
            fail "$answer_ms ms, not $answer_low or more, to $*"
        [ "$answer_ms" -gt "$answer_high" ] || return 0
    done
    fail "$answer_try times over $answer_high ms, now $answer_ms, to $*"
}

answer 15 500 "$mc an $ptr" 'qd _http._tcp.local PTR'
for extra in 'Web._http._tcp.local SRV 120 flush 0 0 80 alpha.local' \
    'Web._http._tcp.local TXT 4500 flush "a=b"' \
    'alpha.local A 120 flush 10.9.0.1' 'alpha.local AAAA 120 flush fe80'; do
    wait_for 15 "additional $extra" seen cap "$mc ar $extra"
done
answer 0 300 "$mc an alpha.local A 120 flush 10.9.0.1" 'qd ALPHA.LOCAL A'
query 'qd alpha.local A qu'
wait_for 15 'QU answered by unicast' seen cap \
    "$uc an alpha.local A 120 flush 10.9.0.1"
query 'qd Web._http._tcp.local ANY any'
wait_for 15 'ANY: SRV' seen cap "$mc an Web._http._tcp.local SRV 120 flush"
wait_for 15 'ANY: TXT' seen cap "$mc an Web._http._tcp.local TXT 4500 flush"
query 'qd alpha.local HINFO'
wait_for 15 'NSEC' seen cap \
    "$mc an alpha.local NSEC 120 flush alpha.local A AAAA$"
if seen cap 'NSEC.* NSEC( |$)'; then
    fail 'NSEC bit in an NSEC record'
fi
query 'qd alpha.local A' 'qd _http._tcp.local PTR' 'qd nobody.local A'
wait_for 15 'two answers of three' seen cap "$mc an $ptr"
wait_for 15 'two answers of three' seen cap "$mc an alpha.local A 120 flush"

# Known answers: suppressed with half the TTL or more, else not.
query 'qd _http._tcp.local PTR' "an $ptr"
never 1 'a known answer was given' seen cap "$mc an $ptr"
query 'qd _http._tcp.local PTR' "an $(echo "$ptr" | sed s/4500/2000/)"
wait_for 15 'an answer that is known with too low a TTL' seen cap "$mc an $ptr"
# TC: more known answers follow, at once, so that the time that they have does
# not depend on how busy the machine is.
query 'flags 0200' 'qd _http._tcp.local PTR' next "an $ptr"
never 1 'known by the second packet, but answered' seen cap "$mc an $ptr"
in_four() { # COMMAND [ITEM]: 66 known answers in three packets more, and ITEM
    last=${2-}
    set -- "$1" 'flags 0200' 'qd _http._tcp.local PTR'
    for flags in 0200 0200 0000; do
        set -- "$@" next "flags $flags"
        n=0
        while [ $n -lt 22 ]; do
            set -- "$@" "an _http._tcp.local PTR 4500 x$#._http._tcp.local"
            n=$((n + 1))
        done
    done
    command=$1
    shift
    $command "$@" ${last:+"$last"}
}
late_answer() {
    answer 390 3000 "$mc an $ptr" "$@"
}
in_four late_answer
in_four query "an $ptr"
never 1 'known by the fourth packet, but answered' seen cap "$mc an $ptr"

# A probe for its name is answered at once, by unicast as asked.
answer 0 500 ' in 10.9.0.1:5353 [^ ]+ R an alpha.local A 120' \
    'qd alpha.local ANY qu' 'ns alpha.local A 120 10.9.0.2'
wire_clean cap "$(mac a s0)"
query 'flags 0800' 'qd alpha.local A'
never 1 'answered another opcode' seen cap "$mc an alpha.local"
query 'flags 0003' 'qd alpha.local A'
never 1 'answered a query with an error code' seen cap "$mc an alpha.local"
pass
