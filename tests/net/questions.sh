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
wait_for 5 'the second announcement' second
at_s() { # when the last line with $1 was captured
    grep -E -- "$1" "$W/cap.out" | tail -n 1 | cut -d ' ' -f 1
}
# The one-second rule must not hide the next answer.
rested() {
    rested_now=$("$PEER" now)
    awk -v now="$rested_now" '$2 == "in" && $4 ~ /^224/ && $6 == "an" {
        last = $1 } END { exit now - last < 1.1 }' "$W/cap.out"
}
# query ITEM...: from port 5353 by multicast; its answer is "later" lines.
query() {
    wait_for 5 'a second of rest' rested
    forget cap
    send b s0 -- "$@"
}
mc=' in 10.9.0.1:5353 224.0.0.251:5353 R'
uc=' in 10.9.0.1:5353 10.9.0.2:5353 R'
ptr='_http._tcp.local PTR 4500 Web._http._tcp.local'
delay_is() { # LOW_MS HIGH_MS: between the question and the answer
    awk -v low="$1" -v high="$2" '
        $2 == "out" && $5 == "Q" && !asked { asked = $1 }
        $2 == "in" && $5 == "R" && asked && !d { d = ($1 - asked) * 1000 }
        END { print "delay", d, "ms"; exit !(d >= low && d <= high) }' \
        "$W/cap.out" || fail "delay not between $1 and $2 ms"
}

query 'qd _http._tcp.local PTR'
wait_for 4 'PTR by multicast' seen cap "$mc an $ptr"
delay_is 15 500
for extra in 'Web._http._tcp.local SRV 120 flush 0 0 80 alpha.local' \
    'Web._http._tcp.local TXT 4500 flush "a=b"' \
    'alpha.local A 120 flush 10.9.0.1' 'alpha.local AAAA 120 flush fe80'; do
    wait_for 4 "additional $extra" seen cap "$mc ar $extra"
done
query 'qd ALPHA.LOCAL A'
wait_for 4 'A by multicast, asked in upper case' seen cap \
    "$mc an alpha.local A 120 flush 10.9.0.1"
delay_is 0 300
query 'qd alpha.local A qu'
wait_for 4 'QU answered by unicast' seen cap \
    "$uc an alpha.local A 120 flush 10.9.0.1"
query 'qd Web._http._tcp.local ANY any'
wait_for 4 'ANY: SRV' seen cap "$mc an Web._http._tcp.local SRV 120 flush"
wait_for 4 'ANY: TXT' seen cap "$mc an Web._http._tcp.local TXT 4500 flush"
query 'qd alpha.local HINFO'
wait_for 4 'NSEC' seen cap \
    "$mc an alpha.local NSEC 120 flush alpha.local A AAAA$"
if seen cap 'NSEC.* NSEC( |$)'; then
    fail 'NSEC bit in an NSEC record'
fi
query 'qd alpha.local A' 'qd _http._tcp.local PTR' 'qd nobody.local A'
wait_for 4 'two answers of three' seen cap "$mc an $ptr"
wait_for 4 'two answers of three' seen cap "$mc an alpha.local A 120 flush"

# Known answers: suppressed with half the TTL or more, else not.
query 'qd _http._tcp.local PTR' "an $ptr"
never 1 'a known answer was given' seen cap "$mc an $ptr"
query 'qd _http._tcp.local PTR' "an $(echo "$ptr" | sed s/4500/2000/)"
wait_for 4 'an answer that is known with too low a TTL' seen cap "$mc an $ptr"
query 'flags 0200' 'qd _http._tcp.local PTR' # TC: more known answers follow
send b s0 -- "an $ptr"
never 1 'known by the second packet, but answered' seen cap "$mc an $ptr"
many() { # 22 known answers, packet number $1
    many_n=0
    set -- "$1"
    while [ $many_n -lt 22 ]; do
        set -- "$@" "an _http._tcp.local PTR 4500 x$1y$many_n._http._tcp.local"
        many_n=$((many_n + 1))
    done
    shift
    send b s0 -- "$tc" "$@" ${last:+"$last"}
}
for last in '' "an $ptr"; do
    query 'flags 0200' 'qd _http._tcp.local PTR'
    kept=$last
    last=''
    tc='flags 0200'
    many 1
    many 2
    last=$kept
    tc='flags 0000'
    many 3
    if [ -n "$kept" ]; then
        never 1 'known by the fourth packet, but answered' \
            seen cap "$mc an $ptr"
    else
        wait_for 4 'an answer that nobody knows' seen cap "$mc an $ptr"
        delay_is 300 3000
    fi
done

# A probe for its name is answered at once, by unicast as asked.
query 'qd alpha.local ANY qu' 'ns alpha.local A 120 10.9.0.2'
wait_for 4 'a defence' seen cap " in 10.9.0.1:5353 [^ ]+ R an alpha.local A 120"
delay_is 0 500
wire_clean cap "$(mac a s0)"
query 'flags 0800' 'qd alpha.local A'
never 1 'answered another opcode' seen cap "$mc an alpha.local"
query 'flags 0003' 'qd alpha.local A'
never 1 'answered a query with an error code' seen cap "$mc an alpha.local"
pass
