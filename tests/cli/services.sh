#!/bin/sh
# scripts and units in conf/: all can be parsed, and what they call exists
. "$(dirname "$0")/lib.sh"
cd "$cli_dir/../../conf" || exit 1

for file in hooks/* initramfs/* lsb/* openrc/* procd/* rc.d/* runit/* s6/*; do
    shell="sh"
    head -n 1 "$file" | grep -q bash && shell="bash"
    $shell -n "$file" 2>"$W/err" || fail "$file cannot be parsed"
    [ -x "$file" ] || fail "$file is not executable"
done
if command -v python3 >/dev/null; then
    python3 -c 'import plistlib, sys
args = plistlib.load(open("launchd/crier.plist", "rb"))["ProgramArguments"]
sys.exit(args[0][-6:] != "/crier" or args[1:] != ["run"])' 2>"$W/err" ||
        fail 'launchd/crier.plist'
fi
grep -qx 'command_args="run"' openrc/crier || fail 'openrc/crier runs what?'

for line in 'FROM scratch' 'COPY crier /crier' 'ENTRYPOINT ["/crier", "run"]'; do
    grep -qxF "$line" ../Containerfile || fail "no $line in Containerfile"
done

# Calls: what is named crier, the verb behind it, and options behind that.
cat hooks/* initramfs/* lsb/* openrc/* procd/* rc.d/* runit/* s6/* systemd/* |
    sed 's/^ *#.*//; /^ *echo/d; s/"*\$\(crier\|program\|command\)"*/crier/g' |
    grep -oE '(^|[ /="(])crier [a-z]+( +-[^ ]+( [^- ][^ ]*)?)*' |
    sed 's/^[^c]*//' | sort -u >"$W/calls"
for call in 'crier run' 'crier check' 'crier add' 'crier rm' \
    'crier run --detach --pidfile'; do
    grep -q "^$call" "$W/calls" || fail "nothing calls $call"
done
while read -r _ verb options; do
    try 0 "$verb" -h
    for option in $options; do
        case $option in
        -*) says out "$option" ;;
        esac
    done
done <"$W/calls"
exit 0
