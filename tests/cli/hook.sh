#!/bin/sh
# what crier hook and crier export say to wrong words, before they ask anybody
. "$(dirname "$0")/lib.sh"

try 2 hook
says err 'E005: expected a directory or a command'
try 2 hook --type http true
says err 'E020: read type "http"'
try 2 hook -T 0 true
says err 'E004: read "0", expected a duration'
try 2 export
says err 'E005: expected hosts, ansible, prom or ssh'
try 2 export hots
says err 'E005: read "hots", expected hosts, ansible, prom or ssh'
try 2 export -w hosts
says err 'E005: expected a file to keep current'
try 2 export --type http hosts
says err 'E020: read type "http"'

# What Ansible asks of a host needs no network.
try 0 export ansible --host any
[ "$(cat "$W/out")" = '{}' ] || fail 'more about a host'
ln -s "$CRIER" "$W/crier-inventory"
"$W/crier-inventory" --host any >"$W/out" 2>"$W/err" || fail "--host: $?"
[ "$(cat "$W/out")" = '{}' ] || fail 'more about a host'
"$W/crier-inventory" -h >"$W/out" 2>"$W/err" || fail "-h: $?"
says out 'usage: crier export'
