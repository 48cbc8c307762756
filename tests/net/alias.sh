#!/bin/sh
# a name that another host publishes as an alias (CNAME) is resolved
. "$(dirname "$0")/lib.sh"

pair
spawn a r "$CRIER" resolve -v -T 8 www
wait_for 5 'a question' seen cap ' Q qd www\.local A( |$)'
send b s0 -- 'flags 8400' 'an www.local CNAME 120 flush box.local'
wait_for 5 'a question for its target' seen cap ' Q qd box\.local A( |$)'
send b s0 -- 'flags 8400' 'an box.local A 120 flush 10.9.0.2' \
    'ar box.local NSEC 120 flush box.local A'
ended r
[ "$status" -eq 0 ] || fail "resolve ended with $status"
expect "$W/r.out" '^www(\.local\.?)?	10\.9\.0\.2$' 'the address under the name asked'
pass
