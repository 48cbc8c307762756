#!/bin/sh
# one label is a name in local; a name of several labels is asked as it is;
# and a host whose name has several is published by the first
# proves M-21.0-02 M-21.0-03 M-3.0-07
. "$(dirname "$0")/lib.sh"

pair
run a 5 "$CRIER" resolve -T 1 nas >"$W/one.out" 2>&1
run a 5 "$CRIER" resolve -T 1 nas.example >"$W/two.out" 2>&1
run a 5 "$CRIER" query -T 1 box.example TXT >"$W/query.out" 2>&1
wait_for 3 'a query for one label' seen cap ' Q qd nas\.local A( |$)'
wait_for 3 'a query for two labels' seen cap ' Q qd nas\.example A( |$)'
wait_for 3 'a query' seen cap ' Q qd box\.example TXT( |$)'
if seen cap 'example\.local'; then
    fail '.local was appended to a name of two labels'
fi
at a hostname alpha.b.example.com
crier_run a c </dev/null
announced cap 'alpha\.local'
if seen cap ' R an [^ ]*example'; then
    fail 'a host name of several labels'
fi
pass
