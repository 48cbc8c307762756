#!/bin/sh
# what crier hook and crier export say to wrong words, before they ask anybody
. "$(dirname "$0")/lib.sh"

try 2 hook
says err 'E005: expected a directory or a command'
try 2 hook --type http true
says err 'E020: read type "http"'
try 2 hook -T 0 true
says err 'E004: read "0", expected a duration'
# What is not there now is not waited for: no event of any service would do.
for none in nosuchcmd "$W/none" ./nosuch ''; do
    try 4 hook "$none" x
    silent out
    says err "crier: E043: cannot run $none: No such file or directory; "
    [ "$(wc -l <"$W/err")" -eq 1 ] || fail 'more than one line'
done
echo >"$W/text"
try 4 hook "$W/text"
says err "crier: E043: cannot run $W/text: Permission denied; "

try 2 export
says err 'E005: expected hosts, ansible, prom or ssh'
try 2 export hots
says err 'E005: read "hots", expected hosts, ansible, prom or ssh'
try 2 export -w hosts
says err 'E005: expected a file to keep current'
try 2 export --type http hosts
says err 'E020: read type "http"'
refused "command line:1:$((23 + ${#W})): E005: read \"$W/b\", expected no more" \
    export hosts "$W/a" "$W/b"
[ ! -e "$W/b" ] || fail 'it was written'

for bad in =x '' =; do
    refused "command line:1:20: E004: read \"$bad\", expected KEY or KEY=VALUE" \
        wait --match "$bad" _x._tcp
done
set --
while [ $# -lt 34 ]; do
    set -- "$@" --match k
done
refused 'E004: read "k", expected KEY or KEY=VALUE, 16 times at most' \
    wait "$@" _x._tcp

# What Ansible asks of a host needs no network.
try 0 export ansible --host any
[ "$(cat "$W/out")" = '{}' ] || fail 'more about a host'
ln -s "$CRIER" "$W/crier-inventory"
"$W/crier-inventory" --host any >"$W/out" 2>"$W/err" || fail "--host: $?"
[ "$(cat "$W/out")" = '{}' ] || fail 'more about a host'
"$W/crier-inventory" -h >"$W/out" 2>"$W/err" || fail "-h: $?"
says out 'usage: crier export'
