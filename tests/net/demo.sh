#!/bin/sh
# `make run`: without a link it says so and waits; then it shows what it
# offers and, live, what it finds; Ctrl-C says good-bye
# proves S-4.1.1-04 S-F.0-02 S-F.0-03 R11
. "$(dirname "$0")/lib.sh"

node a b
spawn a c "$CRIER" run --demo
wait_for 5 'a word about the missing link' has "$W/c.err" 'no usable interface'
wire a:s0 b:s0
addr a s0 10.9.0.1/24
addr b s0 10.9.0.2/24
capture b cap s0
announced cap a.local
wait_for 5 'the example service' seen cap \
    'R an _[a-z-]+._tcp.local PTR 4500 a._[a-z-]+._tcp.local'
expect "$W/c.out" '"a" _[a-z-]+._tcp port' 'what it offers'
spawn b d "$CRIER" publish -n Other _oth._tcp 5 a=b
wait_for 15 'what it finds' has "$W/c.out" \
    '^\+ Other .*_oth._tcp .*b.local .* 5 .*s0 .*a=b'
stop d
wait_for 6 'its end' has "$W/c.out" '^- Other .*_oth._tcp'
stop c INT
[ "$status" -eq 0 ] || fail "ended with $status"
wait_for 4 'a goodbye' seen cap 'R an a.local A 0 flush 10.9.0.1'
wire_clean cap "$(mac a s0)"
pass
