#!/bin/sh
# the socket options and system calls of a whole run: no PKTINFO of any kind,
# no recvmsg, no epoll; nothing that is not on the list
# proves M-15.1-01 M-11.0-01
. "$(dirname "$0")/lib.sh"
need strace

pair
service c web <<'END'
name Web
type _http._tcp
port 80
END
crier_conf c <<'END'
hostname alpha
END
spawn a c strace -f -o "$W/c.strace" "$CRIER" run -c "$W/c.conf"
announced cap alpha.local
ask b s0 -- 'qd alpha.local A'
ask b s0 dst 10.9.0.1 sport 5353 -- 'qd alpha.local A'
addr a s0 10.9.0.9/24
wait_for 5 'the new address' seen cap 'R an alpha.local A 120 flush 10.9.0.9'
at b ip link set s0 down
at b ip link set s0 up
wait_for 10 'announced again' seen cap 'R an alpha.local A 120 flush 10.9.0.9' 2
traced=$(sed -n '1s/ .*//p' "$W/c.strace")
kill -TERM "$traced"
ended c
run a 10 strace -f -o "$W/client.strace" "$CRIER" browse -t -T 4 _http._tcp \
    >/dev/null 2>&1

cat "$W/c.strace" "$W/client.strace" >"$W/both.strace"
if grep -E 'PKTINFO|RECVDSTADDR|RECVIF|ORIGDSTADDR|RECVTTL|RECVHOPLIMIT' \
    "$W/both.strace"; then
    fail 'asks the kernel for packet information'
fi
if grep -E ' setsockopt\([0-9]+, SOL_IPV?6?, 0x' "$W/both.strace"; then
    fail 'an option that strace does not know'
fi
calls=$net_dir/../../tools/calls
"$calls" "$W/both.strace" >"$W/asked"
sed -n 's/^setsockopt \([^ ]* [^: ]*\).*/\1/p' "$W/asked" >"$W/options"
while read -r level option; do
    case "$level $option" in
    'SOL_SOCKET SO_REUSEADDR' | 'SOL_SOCKET SO_RCVBUF') ;;
    'SOL_IP IP_MULTICAST_ALL' | 'SOL_IP IP_MULTICAST_IF') ;;
    'SOL_IP IP_MULTICAST_TTL' | 'SOL_IP IP_MULTICAST_LOOP') ;;
    'SOL_IP IP_TTL' | 'SOL_IP IP_ADD_MEMBERSHIP') ;;
    'SOL_IP IP_DROP_MEMBERSHIP' | 'SOL_IP IP_MTU_DISCOVER') ;;
    'SOL_IPV6 IPV6_V6ONLY' | 'SOL_IPV6 IPV6_MULTICAST_IF') ;;
    'SOL_IPV6 IPV6_MULTICAST_HOPS' | 'SOL_IPV6 IPV6_UNICAST_HOPS') ;;
    'SOL_IPV6 IPV6_MULTICAST_LOOP' | 'SOL_IPV6 IPV6_ADD_MEMBERSHIP') ;;
    'SOL_IPV6 IPV6_DROP_MEMBERSHIP' | 'SOL_IPV6 IPV6_MULTICAST_ALL') ;;
    'SOL_IPV6 IPV6_JOIN_GROUP' | 'SOL_IPV6 IPV6_LEAVE_GROUP') ;;
    'SOL_IPV6 IPV6_MTU_DISCOVER') ;;
    'SOL_IP IP_UNICAST_IF' | 'SOL_IPV6 IPV6_UNICAST_IF') ;;
    *) fail "socket option $level $option is not on the list" ;;
    esac
done <"$W/options"

# The manual has two lists of system calls, of the daemon that has started and
# of all. The first is what the sandbox allows, but for a few names that there
# are on 32-bit machines only. A libc that is shared or not musl has some of its
# own at the start.
sed -n '/^\.Sh SYSTEM CALLS/,/^\.Ed/p' "$net_dir/../../man/crier.8" |
    sed -n '/^\.Bd/,$p' | grep -v '^\.' | tr ' ' '\n' | sort -u >"$W/running"
source=$net_dir/../../src/os/sandbox.c
for table in 'uint16_t calls\[\]' 'struct checked checked\[\]'; do
    sed -n "/^static const $table/,/^};/p" "$source" |
        sed '/^#ifdef __arm__/,$d' | grep -o 'SYS_[a-z0-9_]*' | sed 's/^SYS_//'
done | grep -vx '_newselect\|mmap2' | sort -u >"$W/sandbox"
diff "$W/running" "$W/sandbox" >"$W/lists.out" ||
    fail 'the manual and src/os/sandbox.c differ in their system calls'
"$calls" -c "$W/both.strace" >"$W/unlisted"
while read -r call; do
    case $call in
    set_robust_list | rseq | readlink | readlinkat | mprotect) ;;
    madvise | pread64 | access | pipe2) ;;
    *) fail "system call $call is not in the manual's list" ;;
    esac
done <"$W/unlisted"
for call in 'select|pselect6' recvfrom sendto; do # the look itself works
    grep -Eq "^call ($call):" "$W/asked" || fail "no $call was seen"
done
# That it is looked for is seen where it is not: a call made up, refused.
echo '7 made_up(1, 2) = -1 ENOSYS (Function not implemented)' >>"$W/both.strace"
[ "$("$calls" -c "$W/both.strace" | grep made)" = made_up ] || fail 'made up'
"$calls" "$W/both.strace" >"$W/asked"
expect "$W/asked" '^call \*made_up ENOSYS: 1$' 'the mark and the error'
pass
