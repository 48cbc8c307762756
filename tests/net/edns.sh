#!/bin/sh
# the size of answers to plain resolvers: 512 bytes, or what their OPT record
# offers; and OPT records that are wrong
# proves W-1035-4.2.1-01 W-2181-9.0-01 M-18.5-03 W-6891-6.1.1-01
# proves W-6891-6.1.1-03 W-6891-6.1.2-01 W-6891-6.1.2-02 W-6891-6.1.3-01
# proves W-6891-6.2.3-01 W-6891-6.2.3-02
. "$(dirname "$0")/lib.sh"

pair
n=0
while [ $n -lt 30 ]; do
    service c "s$n" <<END
name "A service with a long name, number $n"
type _many._tcp
port $((100 + n))
END
    n=$((n + 1))
done
crier_run a c <<'END'
hostname alpha
END
announced cap alpha.local
wait_for 15 'the last service' seen cap \
    'an _many._tcp.local PTR 4500 A.*032number.03229\._many'
length() { # of the answer
    sed -n 's/.* R hdr .* len=\([0-9]*\) .*/\1/p' "$W/answer.out"
}
for family in 4 6; do
    ask b s0 family $family -- 'id 1' 'qd _many._tcp.local PTR'
    [ "$(length)" -le 512 ] || fail "$(length) bytes without OPT"
    expect "$W/answer.out" ' R hdr id=1 flags=8600 ' 'the TC bit'
    ask b s0 family $family -- 'id 2' 'qd _many._tcp.local PTR' \
        'ar . OPT 0 class1400'
    [ "$(length)" -gt 512 ] || fail "$(length) bytes although 1400 may be"
    [ "$(length)" -le 1400 ] || fail "$(length) bytes although 1400 may be"
    expect "$W/answer.out" ' ar \. OPT 0 class[1-9]' 'an OPT record'
    ask b s0 family $family -- 'id 3' 'qd _many._tcp.local PTR' \
        'ar . OPT 0 class100'
    [ "$(length)" -gt 300 ] || fail "only $(length) bytes; 100 means 512"
    [ "$(length)" -le 512 ] || fail "$(length) bytes; 100 means 512"
    # Fewer additional records are no truncation.
    ask b s0 family $family -- 'id 4' 'qd alpha.local A'
    expect "$W/answer.out" ' R hdr id=4 flags=8400 ' 'no TC bit'
    # Unknown options are nothing; two OPT, or a later version, are errors.
    ask b s0 family $family -- 'id 5' 'qd alpha.local A' \
        'ar . OPT 0 class1232 fde9000401020304'
    expect "$W/answer.out" ' R hdr id=5 flags=8400 ' 'an unknown option'
    expect "$W/answer.out" 'R an alpha.local A 10 10.9.0.1' 'the answer'
    ask b s0 family $family -- 'id 6' 'qd alpha.local A' \
        'ar . OPT 0 class1232' 'ar . OPT 0 class1232'
    expect "$W/answer.out" ' R hdr id=6 flags=8[0-9]01 ' 'FORMERR'
    ask b s0 family $family -- 'id 7' 'qd alpha.local A' \
        'ar . OPT 65536 class1232'
    expect "$W/answer.out" ' ar \. OPT 16777216 class' 'BADVERS'
done
pass
