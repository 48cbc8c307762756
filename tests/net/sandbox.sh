#!/bin/sh
# the sandbox of crier run: what it has given up once it runs, also when root
# started it; off, strict, and kernels that lack a part of it
# proves R11
. "$(dirname "$0")/lib.sh"

"${PEER}" deny netlink true || skip 'no seccomp here'
pair
is() { # TAG FIELD VALUE in /proc/PID/status
    grep -q "^$2:[[:space:]]*$3\$" "/proc/$(pid "$1")/status"
}
limited() { # TAG WORDS: a limit that is 0
    grep -q "^$2  *0  *0 " "/proc/$(pid "$1")/limits"
}
answers() {
    ask b s0 -- 'qd alpha.local A'
    expect "$W/answer.out" 'R an alpha.local A 10 10.9.0.1' "$1"
}

echo 'hostname alpha' | crier_conf c
spawn a c "$CRIER" run -v -c "$W/c.conf"
announced cap alpha.local
answers 'an answer'
for field in CapInh CapPrm CapEff CapAmb; do
    is c $field 0000000000000000 || fail "$field is not empty"
done
is c NoNewPrivs 1 || fail 'new privileges are possible'
limited c 'Max core file size' || fail 'core files are possible'
grep -Eq '^Max open files +[0-9]{1,4} +[0-9]{1,4} ' \
    "/proc/$(pid c)/limits" || fail 'more files are possible than are of use'
limited c 'Max processes' || fail 'processes are possible'
most() { # TAG WORDS: a limit
    sed -n "s/^$2  *\([^ ]*\) .*/\1/p" "/proc/$(pid "$1")/limits"
}
data_held() { # TAG: bytes that count
    sed -n 's/^VmData:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$(pid "$1")/status"
}
[ "$(most c 'Max data size')" -gt $(($(data_held c) * 1024)) ] ||
    fail 'it has more memory than it may have'
[ "$(most c 'Max data size')" -lt $((512 * 1024 * 1024)) ] ||
    fail 'memory without an end is possible'
[ "$(most c 'Max file size')" = unlimited ] || fail 'its log cannot grow'
case $(uname -m) in
x86_64 | aarch64 | armv* | riscv64)
    is c Seccomp 2 || fail 'system calls are not filtered'
    ;;
esac
if grep 'sandbox:' "$W/c.err"; then
    fail 'the sandbox lacks something'
fi

# Stopped and continued, it goes on; so with what came later.
kill -STOP "$(pid c)"
wait_for 5 'its stop' grep -q '^State:.T' "/proc/$(pid c)/status"
kill -CONT "$(pid c)"
node d
wire a:s1 d:s1
addr a s1 10.9.1.1/24
addr d s1 10.9.1.2/24
capture d capd s1
wait_for 10 'the new link' seen capd 'R an alpha.local A 120 flush 10.9.1.1'
addr a s0 10.9.0.9/24
wait_for 10 'the new address' seen cap 'R an alpha.local A 120 flush 10.9.0.9'
at a ip addr del 10.9.0.9/24 dev s0
kill -USR1 "$(pid c)"
wait_for 5 'the counters' grep -q 'own records' "$W/c.err"
stop c
[ "$status" -eq 0 ] || fail "ended with $status"

# The limits follow the configuration: files of 1 MiB if any, and none else,
# where the log is no file; memory for as many services.
capped() { # TAG BYTES [LINE...]
    capped_tag=$1 capped_bytes=$2
    shift 2
    printf '%s\n' 'hostname alpha' "$@" | crier_conf "$capped_tag"
    forget cap
    # shellcheck disable=SC2016
    spawn a "$capped_tag" sh -c 'exec "$1" run -c "$2" >/dev/null 2>&1' - \
        "$CRIER" "$W/$capped_tag.conf"
    announced cap alpha.local
    [ "$(most "$capped_tag" 'Max file size')" = "$capped_bytes" ] ||
        fail "$capped_tag: files of $(most "$capped_tag" 'Max file size') bytes"
    capped_data=$(most "$capped_tag" 'Max data size')
    stop "$capped_tag"
}
capped nofile 0 'max-services 16'
few=$capped_data
capped onefile 1048576 "hosts-file $W/hosts" 'max-services 16384'
[ "$capped_data" -gt $((few + 512 * 1024 * 1024)) ] ||
    fail 'as much memory for many services as for few'
has "$W/hosts" alpha.local || fail 'no hosts file'

# Files that it was not told of at the start cannot be read later; without the
# sandbox they can.
elsewhere() { # TAG REGEX: what it says of a version file that is far away
    service c far <<'END'
name Far
type _far._tcp
port 1
version-file /proc/version
END
    kill -HUP "$(pid "$1")"
    wait_for 5 "$2" grep -q "$2" "$W/$1.err"
    rm "$W/c.services/far.service"
}
forget cap
echo 'hostname alpha' | crier_conf c
spawn a far "$CRIER" run -c "$W/c.conf"
announced cap alpha.local
elsewhere far 'far.service:4:14: E060: version-file: .*restart needed'
printf 'name Near\ntype _near._tcp\nport 1\n' | service c near
kill -HUP "$(pid far)"
wait_for 5 'a reload' grep -q '1 services; 1 new' "$W/far.err"
rm "$W/c.services/near.service"
stop far

forget cap
printf 'hostname alpha\nsandbox off\n' | crier_conf c
spawn a off "$CRIER" run -c "$W/c.conf"
announced cap alpha.local
elsewhere off '1 services; 1 new'
is off NoNewPrivs 0 || fail 'off, but without new privileges'
is off Seccomp 0 || fail 'off, but system calls are filtered'
stop off

# Strict: like auto where all of it is to be had; else it does not start.
forget cap
printf 'hostname alpha\nsandbox strict\n' | crier_conf c
spawn a strict "$CRIER" run -c "$W/c.conf"
announced cap alpha.local
stop strict
for lacks in seccomp limits landlock; do
    spawn a "no-$lacks" "$PEER" deny "$lacks" "$CRIER" run -c "$W/c.conf"
    ended "no-$lacks"
    [ "$status" -eq 4 ] || fail "without $lacks it ended with $status"
    expect "$W/no-$lacks.err" 'E045: sandbox: crier cannot ' 'the reason'
done

# Auto does with what there is, and tells of a missing filter.
forget cap
printf 'hostname alpha\nsandbox auto\n' | crier_conf c
spawn a auto "$PEER" deny seccomp,limits,landlock "$CRIER" run -c "$W/c.conf"
announced cap alpha.local
is auto NoNewPrivs 1 || fail 'the rest of the sandbox is missing'
expect "$W/auto.err" 'sandbox: crier cannot filter system calls' 'a word of it'
stop auto

# A kernel whose Landlock knows no TCP is strict enough, and says so if asked.
forget cap
printf 'hostname alpha\nsandbox strict\n' | crier_conf c
spawn a nonet "$PEER" deny landlock_net "$CRIER" run -c "$W/c.conf"
announced cap alpha.local
elsewhere nonet 'version-file: .*restart needed'
stop nonet
run a 5 "$PEER" deny landlock_net "$CRIER" doctor --kernel >"$W/kernel.out"
expect "$W/kernel.out" '^Landlock  *yes$' 'what it has'
expect "$W/kernel.out" '^Landlock for TCP  *no  *nor to which ports' \
    'what it has not'
pass
