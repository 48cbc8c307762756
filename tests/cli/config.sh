#!/bin/sh
# crier config: a file that says what is in force, and can be read again
. "$(dirname "$0")/lib.sh"
sample=$cli_dir/../../conf/crier.conf

same() { # the output, read again, is the output
    cp "$W/out" "$W/first"
    try 0 check -q -c "$W/first"
    silent err
    try 0 config -c "$W/first"
    silent err
    cmp "$W/first" "$W/out" || fail 'it is another the second time'
}

# Each key with its default, as the sample has them, but for examples.
: >"$W/empty"
try 0 config -c "$W/empty"
silent err
: >"$W/keys"
[ ! -f "$sample" ] ||
    sed -n 's/^#\([a-z0-9-]*\) .*/\1/p' "$sample" | sort -u >"$W/keys"
while read -r key; do
    [ -n "$key" ] || continue
    case $key in
    alias | host | guest-socket) continue ;;
    esac
    grep -Eq "^#?${key}[ :]" "$W/out" || fail "no $key"
done <"$W/keys"
says out 'hostname auto'
says out 'rejoin 600s'
says out 'sandbox auto'
says out 'socket-mode 0660'
says out '#services /etc/crier/services'
same
CRIER_CONFIG=$W/first
export CRIER_CONFIG
try 0 config
unset CRIER_CONFIG
cmp "$W/first" "$W/out" || fail 'CRIER_CONFIG counts for nothing'

mkdir "$W/a b"
cat >"$W/conf" <<END
hostname "my web"
on-conflict keep-trying
rename-style mac
interface eth*
interface "!eth 9"
ipv6 no
poll-interfaces 1500ms
rejoin 0
services "$W/a b"
addresses no
reverse no
identity-fields app id
alias www
alias wü
host nas.local 192.168.1.2 fd00::1
max-services 7
tx-rate 10
socket none
socket-ro "/run/a b"
socket-mode 0600
socket-group 4
clients 5
guest-socket /run/g name db* type _db._tcp address 10.* quota 3
user nobody
sandbox strict
metrics-file "/m #1"
metrics-every 1m
log syslog
log-rate 3
log-level error
END
try 0 config -c "$W/conf"
silent err
sed 's/1m$/60s/; s/^rejoin 0/rejoin 0s/; s/app id$/id app/; s/alias w.*/&.local/
    s/^alias www$/&.local/' "$W/conf" | while read -r line; do
    grep -qxF -- "$line" "$W/out" || echo "$line"
done >"$W/missing"
[ ! -s "$W/missing" ] || fail "not there: $(cat "$W/missing")"
same

echo 'bogus 1' >"$W/conf"
try 2 config -c "$W/conf"
silent out
says err "$W/conf:1:1: E012: unknown key"
try 2 config word
says err 'E005: read "word", expected options only'
