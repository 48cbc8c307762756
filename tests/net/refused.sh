#!/bin/sh
# what may not be published is refused with a word about it, and no packet
# leaves; what may goes out byte for byte, and is read back as it was meant
# proves M-16.0-01 M-16.0-02 S-4.1.1-02 S-4.1.1-08 S-6.4-01 S-6.4-04 S-6.4-08
# proves S-7.0-01 S-7.0-02 S-7.2-01 W-4343-2.1-02 S-6.3-01 S-6.3-02 S-6.4-02
# proves S-6.4-05 S-6.4-06 S-6.4-07 S-6.4-09 S-6.4-10 S-6.5-02 S-6.6-01
. "$(dirname "$0")/lib.sh"

pair
# Long and short, as bytes: 63 and 64 of them.
n63=123456789012345678901234567890123456789012345678901234567890123
bom=$(printf '\357\273\277') acute=$(printf '\314\201') latin=$(printf '\351')
ctrl=$(printf '\001') del=$(printf '\177')

refused=0
refuse() { # ARGUMENT...
    status=0
    run a 5 "$CRIER" publish -T 1 "$@" >"$W/refuse.out" 2>"$W/refuse.err" ||
        status=$?
    [ $status -eq 2 ] || fail "status $status, not 2: publish $*"
    [ -s "$W/refuse.err" ] || fail "not a word: publish $*"
    refused=$((refused + 1))
}
# instance names: NFC, no BOM, no controls, UTF-8, length
refuse -n "e$acute" _http._tcp 80
refuse -n "${bom}Web" _http._tcp 80
refuse -n "W${ctrl}eb" _http._tcp 80
refuse -n "Web$del" _http._tcp 80
refuse -n "caf$latin" _http._tcp 80
refuse -n "${n63}4" _http._tcp 80
# types
refuse -n Web _foo._sctp 80
refuse -n Web _foo 80
refuse -n Web _1234567890123456._tcp 80
refuse -n Web _abcdefghijklmnop._tcp 80
refuse -n Web _a--b._tcp 80
refuse -n Web _-a._tcp 80
refuse -n Web _a-._tcp 80
refuse -n Web _80._tcp 80
refuse -n Web _6000-6063._tcp 80
refuse -n Web _a_b._tcp 80
refuse -n Web --sub "${n63}4" _http._tcp 80
# keys of TXT
refuse -n Web _http._tcp 80 =x
refuse -n Web _http._tcp 80 "k${ctrl}=x"
refuse -n Web _http._tcp 80 "k$del=x"
refuse -n Web _http._tcp 80 "k$latin=x"
refuse -n Web _http._tcp 80 a=1 A=2
# names in text form
for name in 'a\1' 'a\12' 'a\256' "a.b\\"; do
    status=0
    run a 5 "$CRIER" query -T 1 "$name" >"$W/query.out" 2>"$W/query.err" ||
        status=$?
    [ $status -eq 2 ] || fail "status $status, not 2: query $name"
done
if seen cap ' in .* (Q|R) hdr'; then
    fail 'a packet for what was refused'
fi

# The control: the nearest that may be is published, and seen as it is.
spawn a c "$CRIER" publish -n "$n63" --sub "$n63" _abcdefghijklmno._tcp 80 \
    'a=b=c' ' a=2' 'passreq' 'c=' 'q="  A4 " '
wait_for 12 'the longest names' seen cap \
    "R an $n63\._abcdefghijklmno\._tcp\.local TXT 4500 flush .?a=b=c"
wait_for 5 'the subtype' seen cap \
    "R an $n63\._sub\._abcdefghijklmno\._tcp\.local PTR"
run b 10 "$CRIER" browse -jt _abcdefghijklmno._tcp >"$W/b.out" ||
    fail "browse ended with $?"
expect "$W/b.out" '"a":"b=c"' 'the first = ends the key'
expect "$W/b.out" '" a":"2"' 'a blank is part of the key'
expect "$W/b.out" '"passreq":true' 'a key without value'
expect "$W/b.out" '"c":""' 'an empty value'
expect "$W/b.out" '"q":"\\"  A4 \\" "' 'quotes and blanks of a value'
stop c

# What others publish: strings without a key, repeated keys, the RFC's own
# example.
spawn a d "$CRIER" browse -j _x._tcp
wait_for 5 'a question' seen cap ' Q qd _x\._tcp\.local PTR'
send b s0 -- 'flags 8400' 'an _x._tcp.local PTR 4500 X._x._tcp.local' \
    'ar X._x._tcp.local SRV 120 flush 0 0 80 h.local' \
    'ar X._x._tcp.local TXT 4500 flush =x key=value paper=A4 passreq PAPER=A5 passreq=no unknown=1' \
    'ar h.local A 120 flush 10.9.0.2'
wait_for 5 'the service' has "$W/d.out" '"event":"add".*"name":"X"'
expect "$W/d.out" \
    '"txt":{"key":"value","paper":"A4","passreq":true,"unknown":"1"}' \
    'the first of each key'
stop d
pass
