#!/bin/sh
# wrong command lines: exit status 2, one line with the place, no output
# proves R18
. "$(dirname "$0")/lib.sh"

refused 'command line:1:7: E001: unknown verb "brows"; did you mean "browse"?' \
    brows
refused 'command line:1:7: E001: unknown verb "frobnicate"; expected run' \
    frobnicate
try 2
silent out
says err 'usage: crier VERB'

refused 'command line:1:14: E002: unknown option "--jsn"; did you mean "--json"?' \
    browse --jsn
refused 'command line:1:17: E002: unknown option "-x"; crier browse -h' \
    browse -t -x none
refused 'command line:1:14: E003: option -T needs a value' browse -T
refused 'command line:1:17: E004: read "x", expected a duration' browse -T x
refused 'command line:1:22: E004: read "0", expected a number' \
    browse --count 0
refused 'command line:1:14: E004: read "blue", expected auto' \
    browse --color=blue
for verb in 'browse' 'resolve nas' 'publish _x._tcp 80' run; do
    # shellcheck disable=SC2086
    refused 'E004: read "", expected an interface' $verb -i ''
done
refused 'command line:1:21: E005: expected ID TYPE PORT; crier add -h tells' \
    add x _x._tcp
refused 'E005: --address makes a host: expected ID and no more words; crier' \
    add x _x._tcp 80 --address 10.0.0.1
refused 'command line:1:10: E005: expected ID; crier rm -h tells more' rm
# A verb takes no common option that could do nothing there.
for verb in 'publish _http._tcp 80' 'query a.local' 'resolve nas' check autoip
do
    # shellcheck disable=SC2086
    refused 'unknown option "--color"' $verb --color=never
done
for option in -i -4 -6 -v -j -p -T; do
    refused "unknown option \"$option\"; crier check -h lists" check $option
done
for option in -j -p -T; do
    refused "unknown option \"$option\"; crier run -h lists" run $option
done
for option in -4 -6 -v -p -T; do
    refused "unknown option \"$option\"; crier autoip -h" autoip $option
done
refused 'unknown option "-p"; crier publish -h' publish -p
refused 'unknown option "-p"; crier query -h' query -p
refused 'command line:1:14: E005: read "D15", expected a check' doctor D15
refused 'command line:1:18: E005: read "04", expected a check' doctor D04 04
refused 'command line:1:21: E026: read "web", expected an address' \
    doctor --peer web
refused 'unknown option "-T"; crier doctor -h' doctor -T 1
refused 'command line:1:14: E020: read type "http": ' browse http
refused 'command line:1:19: E025: read domain "a..b": ' browse -d a..b
refused 'command line:1:21: E005: expected a name or an address' resolve -a -j
refused 'E026: read "10.0.0.1", expected a name; its name is found with: crier resolve -a 10.0.0.1' \
    resolve 10.0.0.1
refused 'E026: read "nas", expected an address' resolve -a nas
refused 'E025: read name "a..b": ' resolve a..b
refused 'E020: read type "_http": ' resolve Web _http
refused 'E021: read instance ""' resolve '' _http._tcp
refused "command line:1:13: E005: expected a name" query
refused 'E006: read record type "AAA", expected a type like' query a.local AAA
refused 'E005: read "x", expected nothing behind the type' query a.local A x
refused 'E025: read name "a\0": ' query 'a\0'

refused 'E005: expected a type and a port' publish
refused 'E005: expected a port' publish _http._tcp
refused 'command line:1:26: E005: expected a port' publish _http._tcp -- true
refused 'E005: expected a command behind "--"' publish _http._tcp 80 --
refused 'E020: read type "_http._xyz": ' publish _http._xyz 80
refused 'command line:1:26: E022: read port "65536", expected a number from 0' \
    publish _http._tcp 65536
refused 'E022: read port "http"' publish _http._tcp http
refused 'E021: read name "": ' publish -n '' _http._tcp 80
refused 'E021: read name "\xff": ' publish -n "$(printf '\377')" _http._tcp 80
long=$(printf '%064d' 0)
refused "E021: read name \"$long\": " publish -n "$long" _http._tcp 80
refused 'E023: read txt "=x": ' publish _http._tcp 80 =x
refused 'E023: read txt "A=2": ' publish _http._tcp 80 a=1 A=2
refused 'E023: read txt "k=000' publish _http._tcp 80 "k=$(printf '%0254d' 0)"
refused 'E024: read subtype "": ' publish --sub '' _http._tcp 80
refused 'E025: read host "a..b": ' publish --host a..b _http._tcp 80
refused 'E005: read "x", expected options only' run x
refused 'E010: cannot read the configuration: No such file' run -c "$W/none"

# A TXT set over 8,900 bytes, each string within its own limit.
set --
i=10
while [ $i -lt 50 ]; do
    set -- "$@" "k$i=$(printf '%0240d' 0)"
    i=$((i + 1))
done
try 2 publish _http._tcp 80 "$@"
says err 'expected at most 8900 bytes in all'

# Nothing foreign reaches the terminal raw, not even from the command line.
refused 'unknown verb "\x1b[31m"' "$(printf '\033[31m')"

# A set within that limit, but its record passes 9000 bytes with headers.
set --
i=10
while [ $i -lt 45 ]; do
    set -- "$@" "k$i=$(printf '%0249d' 0)"
    i=$((i + 1))
done
try 2 publish -T 1 -n "$(printf '%063d' 0)" _http._tcp 80 "$@"
says err 'does not fit a packet of 9000 bytes'
