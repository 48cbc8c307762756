#!/bin/sh
# the way to the daemon is nobody's standard output, and no program that a verb
# starts has it
. "$(dirname "$0")/lib.sh"

unset CRIER_SOCKET
pair
crier_run a host <<'END'
hostname host
END
announced cap host.local
# Names that would be requests, if they came on the control socket.
spawn b evil "$CRIER" publish -s none -n 'rename name=pwned #' _http._tcp 80
wait_for 10 'the name' has "$W/evil.err" published

for words in 'browse -t _http._tcp' 'query _http._tcp.local PTR'; do
    got=0
    # shellcheck disable=SC2016
    run a 20 sh -c 'exec "$0" $1 >&-' "$CRIER" "$words" 2>"$W/closed.err" ||
        got=$?
    [ $got -eq 4 ] || fail "crier $words, output closed, ended with $got"
    expect "$W/closed.err" '^crier: E044: ' "$words: why"
done
run a 5 "$CRIER" status >"$W/status"
expect "$W/status" '^host +host.local$' 'the name is as it was'

# The program of a hook has nothing but standard input, output and error; nor
# has what a publisher starts, which may live on.
cat >"$W/fds" <<'END'
#!/bin/sh
for fd in /proc/self/fd/*; do
    readlink "$fd"
done | grep socket
echo looked
END
chmod +x "$W/fds"
spawn a hook "$CRIER" hook --type _http._tcp "$W/fds"
wait_for 15 'the program' has "$W/hook.out" looked
if has "$W/hook.out" socket; then
    fail "it has a socket: $(cat "$W/hook.out")"
fi
stop hook
mkfifo "$W/end"
run a 20 "$CRIER" publish -n Orphan _x._tcp 1 -- sh -c \
    "echo \$\$; cat '$W/end' & sleep 1.5; exit 3" >"$W/publish.out" 2>&1
got=$?
[ $got -eq 3 ] || fail "publish ended with $got"
wait_for 5 'the goodbye' seen cap 'R an Orphan._x._tcp.local SRV 0 flush'
echo >"$W/end" # the orphan was there until now
pass
