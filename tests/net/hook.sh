#!/bin/sh
# crier hook: one program at a time, in order, with nothing from the network in
# a place where it would be obeyed
. "$(dirname "$0")/lib.sh"

pair
crier_run a host <<END
hostname host
END
announced cap host.local

# What a program is told: arguments, standard input and its own variables.
cat >"$W/tell" <<'END'
#!/bin/sh
{
    printf 'call'
    printf ' <%s>' "$@"
    echo
    env | grep '^CRIER_' | sort
    printf 'stdin '
    cat
    echo end
} >>"$W/told.out"
END
chmod +x "$W/tell"
export CRIER_NAME=stale CRIER_TXT_OLD=stale

service host web <<'END'
type _http._tcp
name "Web One"
port 8080
txt "path=/a b"
txt "pa-th=first"
txt "pa_th=second"
txt "flag"
txt "ld_preload=/tmp/evil.so"
txt "quote=\"'$(id)`id`"
txt "line=one\010two"
txt "nul=a\000b"
END
kill -HUP "$(pid host)"
announced cap 'Web.032One._http._tcp.local'
: >"$W/told.out"
spawn b hook "$CRIER" hook --type _http._tcp "$W/tell" -x 'two words'
wait_for 10 'the first event' has "$W/told.out" '^end$'
for line in '^call <-x> <two words> <add> <Web One> <_http\._tcp>$' \
    '^CRIER_EVENT=add$' '^CRIER_INITIAL=1$' '^CRIER_NAME=Web One$' \
    '^CRIER_TYPE=_http\._tcp$' '^CRIER_DOMAIN=local$' '^CRIER_IFACE=s0$' \
    '^CRIER_HOST=host\.local$' '^CRIER_PORT=8080$' \
    '^CRIER_ADDRESS=10\.9\.0\.1$' '^CRIER_ADDRESSES=10\.9\.0\.1 fe80:.*%s0$' \
    '^CRIER_TXT_PATH=/a b$' '^CRIER_TXT_PA_TH=first$' '^CRIER_TXT_FLAG=$' \
    '^CRIER_TXT_LD_PRELOAD=/tmp/evil\.so$' \
    "^CRIER_TXT_QUOTE=\"'\\\$\\(id\\)\`id\`\$" '^CRIER_TXT_LINE=one$' \
    '^CRIER_JSON=\{.*\}$' '^stdin \{.*"event":"add".*"name":"Web One".*\}$'; do
    expect "$W/told.out" "$line" 'what the program is told'
done
for line in '^CRIER_TXT_NUL' '^CRIER_TXT_OLD' stale 'PA_TH=second' '^LD_'; do
    has "$W/told.out" "$line" && fail "told of $line"
done

# A change, then the end; one that comes later is no part of the beginning.
sed -i 's:/a b:/c:' "$W/host.services/web.service"
kill -HUP "$(pid host)"
wait_for 8 'an update' has "$W/told.out" '<update> <Web One> <_http'
wait_for 8 'the new TXT' has "$W/told.out" '^CRIER_TXT_PATH=/c$'
rm "$W/host.services/web.service"
kill -HUP "$(pid host)"
wait_for 8 'a remove' has "$W/told.out" '<remove> <Web One> <_http'
service host late <<'END'
type _http._tcp
name Late
port 1
END
: >"$W/told.out"
kill -HUP "$(pid host)"
wait_for 8 'a late one' has "$W/told.out" '^stdin .*"add".*"name":"Late"'
expect "$W/told.out" '<add> <Late>' 'the late one'
has "$W/told.out" INITIAL && fail 'a late service is taken for an old one'
service host other <<'END'
type _ipp._tcp
port 2
END
kill -HUP "$(pid host)"
announced cap host._ipp._tcp.local
stop hook
[ "$status" -eq 143 ] || fail "SIGTERM: $status"
[ ! -s "$W/hook.err" ] || fail 'it has complained'

# A directory: name order, and only what is to run.
mkdir "$W/dir"
for name in 20-b 10-a 30-c 25-old~ .hidden 15-no; do
    # shellcheck disable=SC2016
    printf '#!/bin/sh\necho "${0##*/} $*" >>"$W/dir.out"\n' >"$W/dir/$name"
    chmod +x "$W/dir/$name"
done
chmod -x "$W/dir/15-no"
echo 'exit 3' >>"$W/dir/20-b"
mkdir "$W/dir/12-dir"
spawn b dir "$CRIER" hook --type _http._tcp "$W/dir" -v
wait_for 10 'the directory' has "$W/dir.out" '^30-c'
printf '%s -v add Late _http._tcp\n' 10-a 20-b 30-c >"$W/want"
cmp -s "$W/want" "$W/dir.out" || fail 'the order of a directory'
expect "$W/dir.err" '^crier: W230: .*/20-b add Late: exit status 3$' 'its status'
stop dir

# All types, by way of the daemon on that host.
unset CRIER_SOCKET
crier_run b beside </dev/null
wait_for 10 'the daemon' at b test -S /run/crier/ctl
: >"$W/told.out"
spawn b hook "$CRIER" hook "$W/tell"
wait_for 10 'all types' has "$W/told.out" '<add> <host> <_ipp._tcp>'
wait_for 10 'all types' has "$W/told.out" '<add> <Late> <_http._tcp>'
stop beside
ended hook
[ "$status" -eq 3 ] || fail "without its daemon: $status"
export CRIER_SOCKET=none

# The time limit: SIGTERM to all that it has started, then SIGKILL.
cat >"$W/slow" <<'END'
#!/bin/sh
trap 'echo "asked $2"; [ "$2" = host ] && exit 9' TERM
echo "begins $2"
while :; do sleep 0.1; done
END
chmod +x "$W/slow"
spawn b slow "$CRIER" hook --timeout 300ms --type _http._tcp "$W/slow"
wait_for 10 'the limit' has "$W/slow.err" \
    '^crier: W232: .*/slow add Late takes more than 300 ms'
wait_for 5 'SIGTERM' has "$W/slow.out" '^asked Late'
wait_for 5 'SIGKILL' has "$W/slow.err" \
    '^crier: W230: .*/slow add Late: exit status 137$'
stop slow

# SIGTERM waits for the running program, a second one does not.
cat >"$W/wait" <<'END'
#!/bin/sh
echo begins
until [ -e "$W/go" ]; do sleep 0.05; done
echo ends
END
chmod +x "$W/wait"
spawn b wait "$CRIER" hook --type _http._tcp "$W/wait"
wait_for 10 'a running program' has "$W/wait.out" '^begins'
kill -TERM "$(pid wait)"
never 1 'it did not wait' not alive wait
: >"$W/go"
ended wait
[ "$status" -eq 143 ] || fail "after the program: $status"
expect "$W/wait.out" '^ends$' 'the program'
rm "$W/go"
spawn b twice "$CRIER" hook --type _http._tcp "$W/wait"
wait_for 10 'a running program' has "$W/twice.out" '^begins'
kill -TERM "$(pid twice)"
stop twice

# More than the queue holds while a program runs: all is told anew.
cat >"$W/many" <<'END'
#!/bin/sh
echo "$1 $2 ${CRIER_INITIAL-}" >>"$W/many.told"
[ "$1" != resync ] || cat >"$W/resync.json"
until [ -e "$W/go" ]; do sleep 0.05; done
END
chmod +x "$W/many"
: >"$W/many.told"
spawn b many "$CRIER" hook --type _http._tcp --type _m._tcp "$W/many"
wait_for 10 'a running program' has "$W/many.told" '^add Late 1$'
never 5 'an event beside a running program' \
    test "$(wc -l <"$W/many.told")" -gt 1
i=0
while [ $i -lt 300 ]; do
    printf 'type _m._tcp\nname n%d\nport 9\n' $i >"$W/host.services/n$i.service"
    i=$((i + 1))
done
kill -HUP "$(pid host)"
wait_for 30 'the overflow' has "$W/many.err" '^crier: W231: '
all_found() {
    run b 10 "$CRIER" browse -pt _m._tcp >"$W/browse.out"
    [ "$(grep -c '^+;s0;IPv4' "$W/browse.out")" -eq 300 ]
}
wait_for 30 'all of them' all_found
: >"$W/go"
replayed() {
    [ "$(sort -u "$W/many.told" | grep -c '^add n')" -eq 300 ]
}
wait_for 30 'the replay' replayed
grep -v '^add' "$W/many.told" >"$W/rest"
[ "$(cat "$W/rest")" = 'resync  ' ] || fail "other events: $(cat "$W/rest")"
[ "$(sed -n 2p "$W/many.told")" = 'resync  ' ] || fail 'resync is not first'
[ "$(grep -c '^add Late' "$W/many.told")" -eq 2 ] || fail 'no full replay'
expect "$W/resync.json" '^\{"v":1,"event":"resync","ts":".*\}$' 'its JSON'
stop many

# Equal events within 200 ms are one; what names hold does no harm.
cat >"$W/arguments" <<'END'
#!/bin/sh
printf '%s|' "$#" "$@" "$CRIER_NAME" "$CRIER_PORT" | tr '\n' '~'
echo
END
chmod +x "$W/arguments"
spawn b odd "$CRIER" hook --type _odd._tcp "$W/arguments"
wait_for 10 'the question' seen cap ' out .* Q qd _odd._tcp.local PTR'
never 4 'an event' test -s "$W/odd.out"
# shellcheck disable=SC2016
odd='\045s\010$(id)\034\059\039-x._odd._tcp.local'
odd_is() { # PORT COUNT
    send a s0 count "$2" -- 'flags 8400' "an _odd._tcp.local PTR 120 $odd" \
        "an $odd SRV 120 flush 0 0 $1 odd.local" \
        "an $odd TXT 120 flush x" 'an odd.local A 120 flush 10.9.0.1'
}
odd_is 1 1
wait_for 8 'an add' has "$W/odd.out" '\|add\|'
odd_is 2%d 5 # ports 20 to 24 at once
wait_for 8 'an update' has "$W/odd.out" '\|24\|$'
# shellcheck disable=SC2016
cat >"$W/want" <<'END'
3|add|-s~$(id)";'-x|_odd._tcp|-s~$(id)";'-x|1|
3|update|-s~$(id)";'-x|_odd._tcp|-s~$(id)";'-x|24|
END
cmp "$W/want" "$W/odd.out" || fail 'odd names'
stop odd

# What cannot be run is said, and at once where it can be seen: cli/hook.sh.
printf '#!%s/nowhere\n' "$W" >"$W/nothing"
chmod +x "$W/nothing"
spawn b none "$CRIER" hook --type _http._tcp "$W/nothing"
wait_for 10 'a complaint' has "$W/none.err" '^crier: E043: cannot run '
wait_for 5 'its status' has "$W/none.err" ': exit status 127$'
stop none

pass
