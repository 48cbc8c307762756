#!/bin/sh
# without a usable interface: status 4, said once; publish and run wait
# proves R11
. "$(dirname "$0")/lib.sh"

try 4 browse -i nosuch0 -T 800ms _http._tcp
silent out
says err 'W206: no usable interface yet'
says err 'E040: no usable interface'
# -c would end after a second; with -f that second begins with a link.
start=$(date +%s)
try 4 browse -cf -i nosuch0 -T 3s _http._tcp
[ $(($(date +%s) - start)) -ge 2 ] || fail 'browse -f did not wait'
try 4 resolve -i nosuch0 -T 700ms nas
says err 'E040: '
try 4 query -q -i nosuch0 -T 700ms nas.local
if grep -q W206 "$W/err"; then
    fail 'quiet is not quiet'
fi
try 4 browse -j -i nosuch0 -T 700ms _http._tcp
says out '"event":"end"'
says out '"reason":"timeout","count":0}'
try 4 publish -i nosuch0 -T 700ms _http._tcp 80
silent out
try 4 publish -i nosuch0 -T 700ms _http._tcp 80 -- sleep 20

# A command's end is the publication's, and its status ours.
try 7 publish -q -i nosuch0 _http._tcp 80 -- sh -c 'exit 7'
try 143 publish -q -i nosuch0 _http._tcp 80 -- sh -c 'kill -TERM $$'
try 127 publish -q -i nosuch0 _http._tcp 80 -- "$W/nosuch"
says err 'E043: cannot run '
: >"$W/file"
try 126 publish -q -i nosuch0 _http._tcp 80 -- "$W/file"

# Signals: the usual 128 + N, but a daemon that was told to end did well.
ends() { # SIGNAL STATUS ARGUMENT...
    signal=$1 want=$2
    shift 2
    : >"$W/err" # the child's own truncation may come after the first look
    "$CRIER" "$@" >"$W/out" 2>"$W/err" </dev/null &
    pid=$!
    i=0
    until grep -q W206 "$W/err"; do
        i=$((i + 1))
        [ $i -lt 100 ] || fail "crier $* never said that it waits"
        sleep 0.1
    done
    kill -"$signal" $pid
    wait $pid
    got=$?
    [ $got -eq "$want" ] || fail "crier $* with $signal ended with $got"
}
ends TERM 143 browse -i nosuch0
ends HUP 129 query -T 60s -i nosuch0 nas.local
ends TERM 143 publish -i nosuch0 _http._tcp 80
ends TERM 143 publish -i nosuch0 _http._tcp 80 -- sleep 30
echo 'interface nosuch0' >"$W/conf"
echo "services $W" >>"$W/conf"
printf 'socket none\nsocket-ro none\n' >>"$W/conf"
ends TERM 0 run -c "$W/conf"
ends TERM 0 run --demo -i nosuch0
says out '_crier-demo._tcp port 9'

# Output that cannot be written is not a success.
if [ -e /dev/full ]; then
    timeout 20 "$CRIER" browse -j -i nosuch0 -T 600ms >/dev/full 2>"$W/err"
    [ $? -eq 4 ] || fail 'a full disk went unnoticed'
    says err 'E044: '
    for words in -V -h 'browse -h' 'config -c /dev/null' identity \
        'export --host nas ansible' 'nodes -h'; do
        # shellcheck disable=SC2086
        "$CRIER" $words >/dev/full 2>"$W/err"
        [ $? -eq 4 ] || fail "a full disk went unnoticed by crier $words"
        says err 'E044: '
        [ "$(wc -l <"$W/err")" -eq 1 ] || fail 'said twice'
    done
fi
