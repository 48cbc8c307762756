#!/bin/sh
# called as crierd it is the daemon
. "$(dirname "$0")/lib.sh"

ln -s "$CRIER" "$W/crierd"
mkdir "$W/s"
printf 'type _http._tcp\nport 80\n' >"$W/s/web.service"
echo "services $W/s" >"$W/conf"
"$W/crierd" --check -c "$W/conf" >"$W/out" 2>"$W/err" || fail "crierd: $?"
says out '1 service, no errors'
"$W/crierd" -h >"$W/out" 2>"$W/err" || fail "crierd -h: $?"
says out 'usage: crier run'
