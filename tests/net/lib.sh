# lib.sh - hosts, links, peers and captures for the net tests
#
# A test sources this file first. It is then run again inside a sandbox of
# its own: new network, mounts, process ids (and user ids when not root), so
# that nothing of it is seen outside, names never clash, and all of it is
# gone when the script ends, however it ends. See README.md for the words.
# shellcheck shell=sh disable=SC2034

set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
# Client verbs ask by themselves, also where a daemon runs.
export CRIER_SOCKET="${CRIER_SOCKET-none}"
test_dir=$(cd "$(dirname "$0")" && pwd)
net_dir=$test_dir
[ -e "$net_dir/lib.sh" ] || net_dir=$test_dir/net # of tests/soak
[ -e "$net_dir/lib.sh" ] || net_dir=$(cd "$test_dir/../net" && pwd)
CRIER=${CRIER:-$net_dir/../../crier}

skip() {
    echo "$*"
    exit 77
}

need() {
    for need_what; do
        command -v "$need_what" >/dev/null 2>&1 || skip "no $need_what here"
    done
}

# With STRANGE=yes crier runs as on a kernel that has little more than sockets
# and SIOCGIFCONF: also without /proc and /sys.
strange_crier() {
    cat >"$W/strange.sh" <<'END'
mount -t tmpfs tmpfs /proc && mount -t tmpfs tmpfs /sys
exec "$@"
END
    mkdir "$W/bin" "$W/real"
    # It goes by the name that it is called by.
    cat >"$W/bin/crier" <<END
#!/bin/sh
real=$W/real/\${0##*/}
[ -e "\$real" ] || ln -s "$CRIER" "\$real"
exec unshare -m sh "$W/strange.sh" "$PEER" deny netlink,multicast_all,\
bindtodevice,getrandom,pktinfo,recvmsg,accept4,poll,eventfd,seccomp,landlock \
"\$real" "\$@"
END
    chmod +x "$W/bin/crier"
    CRIER=$W/bin/crier
}

# --- outside the sandbox ----------------------------------------------------

# The raw packet tool, compiled when its source is newer.
build_peer() {
    PEER=${PEER:-$net_dir/../../build/net/peer}
    peer_new=$PEER.$$
    if [ -x "$PEER" ] && [ -z "$(find "$net_dir" -name '*.[ch]' \
        -newer "$PEER")" ]; then
        return
    fi
    need "${TEST_CC:-cc}"
    mkdir -p "$(dirname "$PEER")"
    "${TEST_CC:-cc}" -O1 -std=c11 -D_DEFAULT_SOURCE -o "$peer_new" \
        "$net_dir"/*.c || exit 1
    mv -f "$peer_new" "$PEER"
}

enter_sandbox() {
    need ip unshare nsenter timeout mktemp
    [ -x "$CRIER" ] || {
        echo "no program to test: $CRIER"
        exit 1
    }
    CRIER=$(cd "$(dirname "$CRIER")" && pwd)/$(basename "$CRIER")
    build_peer
    PEER=$(cd "$(dirname "$PEER")" && pwd)/$(basename "$PEER")
    own='--net --mount --uts --ipc --pid --fork --kill-child --mount-proc'
    [ "$(id -u)" -eq 0 ] || own="--user --map-root-user $own"
    # shellcheck disable=SC2086
    unshare $own true 2>/dev/null || skip 'no namespaces for us here'
    W=$(mktemp -d "${TMPDIR:-/tmp}/crier-net.XXXXXX") || exit 1
    [ -z "${STRANGE-}" ] || strange_crier
    export CRIER PEER W NET_SANDBOX=yes
    # shellcheck disable=SC2086
    timeout -k 1 "${NET_LIMIT_S:-170}" unshare $own \
        sh "$test_dir/$(basename "$0")" "$@" &
    sandbox=$!
    trap 'kill -TERM $sandbox 2>/dev/null; wait $sandbox' INT TERM
    wait $sandbox
    status=$?
    if [ -n "${KEEP-}" ]; then
        echo "kept: $W"
    else
        rm -rf "$W"
    fi
    exit $status
}

# --- ends -------------------------------------------------------------------

# Everything that ran says its last words when a test fails.
fail() {
    {
        for fail_file in "$W"/*.err "$W"/*.out; do
            [ -s "$fail_file" ] || continue
            echo "--- $(basename "$fail_file")"
            tail -n "${TAIL:-12}" "$fail_file" | cut -c 1-200
        done
        echo "--- failed: $*"
    } >&2
    exit 1
}

pass() {
    witnessed
    echo ok
    exit 0
}

# What tshark says of the packets in a file, one line each, but the harmless:
# all multicast messages have id 0, which it takes for retransmissions, and a
# zero byte in a TXT string ends the string for it.
dissect() { # FILE
    tshark -n -r "$1" -Y '_ws.malformed || _ws.expert.severity >= 6291456' \
        -T fields -e frame.number -e _ws.expert.message \
        -E aggregator='|' 2>"$W/tshark.err" | awk -F '\t' '
        { said = $2
          gsub(/DNS (query|response) retransmission[^|]*/, "", $2)
          gsub(/Trailing stray characters/, "", $2)
          if (said == "" || $2 ~ /[^|]/)
              print "packet " $1 ": " said }'
}

# The end of each test: another program dissects all that was sent on hosts
# where crier ran (except what the raw peer sent, which may be wrong).
witnessed() {
    head -c 24 "$W/${node_name-}.sent" >"$W/all.sent" 2>/dev/null || return 0
    for wit_mark in "$W"/*.ran; do
        [ -e "$wit_mark" ] && tail -c +25 "${wit_mark%.ran}.sent"
    done >>"$W/all.sent"
    if ! command -v tshark >/dev/null; then
        echo 'no tshark here to dissect what crier sent'
        return
    fi
    wit_bad=$(dissect "$W/all.sent")
    [ -z "$wit_bad" ] || fail "tshark: $wit_bad"
}

# Does that command line start crier, whatever is around it?
notes_crier() { # NODE COMMAND...
    case " $* " in
    *"/${CRIER##*/} "* | *'/crier '*) : >"$W/$1.ran" ;;
    esac
}

# --- time -------------------------------------------------------------------

now_ms() {
    read -r now_up _ </proc/uptime
    echo "${now_up%.*}${now_up#*.}0"
}

nap() {
    sleep 0.05
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds, or fail.
wait_for() {
    wait_end=$(($(now_ms) + $1 * 1000))
    wait_what=$2
    shift 2
    until "$@"; do
        [ "$(now_ms)" -lt "$wait_end" ] || fail "no $wait_what in time"
        nap
    done
}

# never SECONDS WHAT COMMAND...: fail if the command succeeds in that time.
never() {
    never_end=$(($(now_ms) + $1 * 1000))
    never_what=$2
    shift 2
    while [ "$(now_ms)" -lt "$never_end" ]; do
        "$@" && fail "$never_what"
        nap
    done
}

not() {
    ! "$@"
}

# How often the program TAG has gone to sleep.
wakes() {
    sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' "/proc/$(pid "$1")/status"
}

# Until TAG has slept for two seconds: all that its start brought is done.
at_rest() {
    rest_since=$(now_ms)
    rest_wakes=$(wakes "$1")
    wait_for 15 "rest of $1" slept_2s "$1"
}
slept_2s() {
    if [ "$(wakes "$1")" != "$rest_wakes" ]; then
        rest_wakes=$(wakes "$1")
        rest_since=$(now_ms)
    fi
    [ $(($(now_ms) - rest_since)) -gt 2000 ]
}

# --- hosts and links --------------------------------------------------------

# node NAME...: a host with its own network, mounts and host name.
node() {
    for node_name; do
        # shellcheck disable=SC2016
        unshare --net --mount --uts sh -c '
            hostname "$2"
            mount -t tmpfs tmpfs /run
            # What polling learns from there must be of this network.
            [ -z "${NET_POLL-}" ] || mount -t sysfs sysfs /sys
            cd /proc/sys/net/ipv6/conf/default || exit 1
            echo 0 >accept_dad
            echo 0 >router_solicitations
            ip link set lo up
            : >"$1/$2.node"
            exec "$3" hold "$1/$2.sent"' - "$W" "$node_name" "$PEER" &
        echo $! >"$W/$node_name.host"
        wait_for 10 "host $node_name" test -e "$W/$node_name.node"
    done
}

# at NODE COMMAND...: run there.
at() {
    at_pid=$(cat "$W/$1.host")
    shift
    nsenter -t "$at_pid" -n -m -u -- "$@"
}

# wire NODE:IF NODE:IF: a cable between two hosts; both ends are up.
wire() {
    ip link add w0 type veth peer name w1
    plug w0 "$1"
    plug w1 "$2"
}

plug() {
    plug_node=${2%%:*} plug_if=${2#*:}
    ip link set "$1" netns "$(cat "$W/$plug_node.host")"
    at "$plug_node" ip link set "$1" name "$plug_if"
    at "$plug_node" ip link set "$plug_if" up
}

# lan NAME NODE:IF...: a switch with cables to the hosts. The switch's end of
# NODE:IF is NAME-NODE here, where it can be set down.
lan() {
    lan_name=$1
    shift
    ip link add "$lan_name" type bridge mcast_snooping 0 forward_delay 0
    ip link set "$lan_name" up
    for lan_end; do
        ip link add "$lan_name-${lan_end%%:*}" type veth peer name w1
        ip link set "$lan_name-${lan_end%%:*}" master "$lan_name" up
        plug w1 "$lan_end"
    done
}

# addr NODE IF ADDRESS...: with prefix length; IPv6 without the wait.
addr() {
    addr_node=$1 addr_if=$2
    shift 2
    for addr_new; do
        case $addr_new in
        *:*) at "$addr_node" ip addr add "$addr_new" dev "$addr_if" nodad ;;
        *) at "$addr_node" ip addr add "$addr_new" dev "$addr_if" ;;
        esac || fail "cannot add $addr_new"
    done
}

# sysctl NODE PATH VALUE: below /proc/sys/net.
set_net() {
    # shellcheck disable=SC2016
    at "$1" sh -c 'echo "$2" >"/proc/sys/net/$1"' - "$2" "$3" ||
        fail "cannot set $2"
}

link_local() { # NODE IF: its IPv6 link-local address
    at "$1" ip -6 -o addr show dev "$2" scope link | sed \
        -n 's:.* inet6 \([^/]*\)/.*:\1:p' | head -n 1
}

has_link_local() {
    [ -n "$(link_local "$1" "$2")" ]
}

mac() { # NODE IF
    at "$1" ip -o link show dev "$2" | sed -n 's:.*ether \([^ ]*\) .*:\1:p'
}

# --- programs ---------------------------------------------------------------

# spawn NODE TAG COMMAND...: in the background, with TAG.out and TAG.err.
spawn() {
    spawn_host=$(cat "$W/$1.host") spawn_tag=$2
    notes_crier "$@"
    shift 2
    : >"$W/$spawn_tag.out"
    : >"$W/$spawn_tag.err"
    nsenter -t "$spawn_host" -n -m -u -- "$@" </dev/null \
        >>"$W/$spawn_tag.out" 2>>"$W/$spawn_tag.err" &
    echo $! >"$W/$spawn_tag.pid"
}

pid() {
    cat "$W/$1.pid"
}

alive() {
    alive_pid=$(pid "$1")
    [ -e "/proc/$alive_pid" ] &&
        ! grep -q '^State:.Z' "/proc/$alive_pid/status" 2>/dev/null
}

# stop TAG [SIGNAL]: end it and wait; its exit status is in $status.
stop() {
    alive "$1" || fail "$1 has ended by itself"
    kill "-${2:-TERM}" "$(pid "$1")"
    ended "$1"
}

# ended TAG: wait for its end.
ended() {
    wait_for "${STOP_S:-6}" "end of $1" not alive "$1"
    status=0
    wait "$(pid "$1")" || status=$?
}

# own_dev NODE: a /dev of its own, where a log may be.
own_dev() {
    mkdir "$W/dev"
    for dev_file in null zero random urandom; do
        : >"$W/dev/$dev_file"
        at "$1" mount --bind "/dev/$dev_file" "$W/dev/$dev_file"
    done
    at "$1" mount --rbind "$W/dev" /dev
}

# syslogd NODE: there is one now, with what it gets in syslogd.out.
syslogd() {
    spawn "$1" syslogd "$PEER" manager /dev/log
    wait_for 5 'a syslogd' has "$W/syslogd.out" ready
}

# run NODE SECONDS COMMAND...: in the foreground, with a time limit (124).
run() {
    run_host=$(cat "$W/$1.host") run_limit=$2
    notes_crier "$@"
    shift 2
    timeout -k 1 "$run_limit" nsenter -t "$run_host" -n -m -u -- "$@" \
        </dev/null
}

# --- crier ------------------------------------------------------------------

# service TAG ID: a service file of crier TAG, from standard input.
service() {
    mkdir -p "$W/$1.services"
    cat >"$W/$1.services/$2.service"
}

# crier_conf TAG: its configuration file, from standard input.
crier_conf() {
    mkdir -p "$W/$1.services"
    {
        cat
        [ -z "${NET_POLL-}" ] || echo 'poll-interfaces 200ms'
        echo "services $W/$1.services"
        [ -z "${STRANGE-}" ] || echo 'poll-interfaces 200ms'
    } >"$W/$1.conf"
}

# crier_run NODE TAG: the daemon, configuration from standard input.
crier_run() {
    crier_conf "$2"
    spawn "$1" "$2" "$CRIER" run -c "$W/$2.conf"
}

# crier_sees NODE FILE REGEX ARGUMENT...: does `browse -prt` print such a line
# into that file? A row for one family comes only when the service was heard
# over it, which on a busy machine may take a second try.
crier_sees() {
    sees_node=$1 sees_file=$2 sees_regex=$3
    shift 3
    run "$sees_node" 12 "$CRIER" browse -prt "$@" >"$sees_file" \
        2>"$sees_file.err" || fail "browse ended with $?"
    grep -Eq -- "$sees_regex" "$sees_file"
}

# --- avahi ------------------------------------------------------------------

need_avahi() {
    need avahi-daemon avahi-browse avahi-resolve avahi-publish dbus-daemon
}

# bus_start NODE: a D-Bus system bus that lets everybody do everything.
bus_start() {
    cat >"$W/$1.busconf" <<END
<busconfig>
  <type>custom</type><listen>unix:path=$W/$1.bus</listen><auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/><allow own="*"/><allow user="*"/>
  </policy>
</busconfig>
END
    spawn "$1" "$1-bus" dbus-daemon --nofork --nopidfile \
        --config-file="$W/$1.busconf"
    wait_for 10 'bus' test -S "$W/$1.bus"
}

# avahi_start NODE HOSTNAME [LINE...]: a bus and a daemon; lines go into the
# [server] section of its configuration.
avahi_start() {
    av_node=$1 av_name=$2
    shift 2
    bus_start "$av_node"
    {
        printf '[server]\nhost-name=%s\n' "$av_name"
        for av_line; do
            echo "$av_line"
        done
        printf '[publish]\npublish-hinfo=no\npublish-workstation=no\n'
    } >"$W/$av_node.avconf"
    mkdir -p "$W/empty"
    # Its user is us, so that it can own its directory without being root.
    echo 'avahi:x:0:0::/:' >"$W/passwd"
    echo 'avahi:x:0:' >"$W/group"
    # shellcheck disable=SC2016
    spawn "$av_node" "$av_node-avahi" env \
        DBUS_SYSTEM_BUS_ADDRESS="unix:path=$W/$av_node.bus" sh -c 'mkdir -p /run/avahi-daemon
               mount --bind "$1/passwd" /etc/passwd
               mount --bind "$1/group" /etc/group
               mount --bind "$1/empty" /etc/avahi/services
               exec avahi-daemon -f "$2" --no-drop-root --no-chroot \
                   --no-proc-title --no-rlimits' - "$W" \
        "$W/$av_node.avconf"
    wait_for 20 "avahi-daemon on $av_node" grep -q 'startup complete' \
        "$W/$av_node-avahi.err"
}

# avahi NODE SECONDS COMMAND...: an avahi tool with the host's bus.
avahi() {
    av_node=$1 av_limit=$2
    shift 2
    run "$av_node" "$av_limit" env \
        DBUS_SYSTEM_BUS_ADDRESS="unix:path=$W/$av_node.bus" "$@"
}

avahi_spawn() { # NODE TAG COMMAND...
    av_node=$1 av_tag=$2
    shift 2
    spawn "$av_node" "$av_tag" env \
        DBUS_SYSTEM_BUS_ADDRESS="unix:path=$W/$av_node.bus" "$@"
}

# avahi_sees NODE TYPE REGEX: does avahi-browse -rptk print such a line?
avahi_sees() {
    avahi "$1" 12 avahi-browse -rptk "$2" >"$W/$1-browse.out" \
        2>"$W/$1-browse.err"
    grep -Eq "$3" "$W/$1-browse.out"
}

# --- captures ---------------------------------------------------------------

# capture NODE TAG IF: every packet there, as lines in TAG.out and in TAG.pcap.
capture() {
    spawn "$1" "$2" "$PEER" capture "$3" pcap "$W/$2.pcap"
    wait_for 10 "capture $2" grep -q ready "$W/$2.out"
}

# listener NODE TAG IF [OPTION VALUE]...: a plain socket on port 5353.
listener() {
    listen_node=$1 listen_tag=$2 listen_if=$3
    shift 3
    spawn "$listen_node" "$listen_tag" "$PEER" listen "$listen_if" "$@"
    wait_for 10 "socket of $listen_tag" grep -q ready "$W/$listen_tag.out"
}

# seen TAG REGEX [N]: has it captured that, at least N times?
seen() {
    [ "$(grep -Ec -- "$2" "$W/$1.out")" -ge "${3:-1}" ]
}

# forget TAG: what was captured until now no longer counts.
forget() {
    : >"$W/$1.out"
}

# ask NODE IF [OPTION VALUE]... -- ITEM...: answers go to $W/answer.out.
ask() {
    ask_node=$1
    shift
    run "$ask_node" 10 "$PEER" ask "$@" >"$W/answer.out" 2>"$W/answer.err"
}

send() { # NODE IF [OPTION VALUE]... -- ITEM...
    send_node=$1
    shift
    run "$send_node" 20 "$PEER" send "$@" || fail "cannot send: $*"
}

# wire_clean TAG MAC: what that host sent was well formed, left with TTL 255,
# from port 5353, and no multicast response had questions or no answers.
wire_clean() {
    clean_cap=$W/$1.out
    if grep '^[^ ]* in .*malformed' "$clean_cap"; then
        fail 'a malformed packet'
    fi
    grep -E "(hdr|fragment) .*mac=$2" "$clean_cap" >"$W/$1.sent" ||
        fail "$1 captured nothing from $2"
    if grep -v ttl=255 "$W/$1.sent"; then
        fail 'a packet left with another TTL than 255'
    fi
    if grep -Ev '^[^ ]+ [^ ]+ [^ ]+:5353 |fragment' "$W/$1.sent"; then
        fail 'a packet left from another port than 5353'
    fi
    if grep -E '(224\.0\.0\.251|ff02::fb\]):5353 R hdr' "$W/$1.sent" |
        grep -Ev 'id=0 flags=8400 qd=0 an=[1-9][0-9]* ns=0'; then
        fail 'a multicast response with a wrong header'
    fi
    if grep -E ':5353 Q hdr' "$W/$1.sent" | grep -Ev 'id=0 flags=0[02]00'; then
        fail 'a query with a wrong header'
    fi
}

if [ -z "${NET_SANDBOX-}" ]; then
    enter_sandbox "$@"
fi
# NET_POLL: where a kernel has no netlink, and interfaces are polled.
if [ -n "${NET_POLL-}" ] && [ ! -e "$W/crier" ]; then
    "$PEER" deny netlink true || skip 'no seccomp here'
    printf '#!/bin/sh\nexec "%s" deny netlink "%s" "$@"\n' "$PEER" "$CRIER" \
        >"$W/crier"
    chmod +x "$W/crier"
    CRIER=$W/crier
fi
# In the sandbox: its own network is the switch room, silent itself.
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6 2>/dev/null
ip link set lo up

# --- common scenes ----------------------------------------------------------

# pair: hosts a and b on one cable, 10.9.0.1 and 10.9.0.2, capture "cap" at b.
pair() {
    node a b
    wire a:s0 b:s0
    addr a s0 10.9.0.1/24
    addr b s0 10.9.0.2/24
    wait_for 5 'link-local address' has_link_local a s0
    wait_for 5 'link-local address' has_link_local b s0
    capture b cap s0
}

# announced TAG NAME: wait for an announcement of its unique records.
announced() {
    wait_for 12 "announcement of $2" seen "$1" \
        " in [^ ]+ [^ ]+ R an $2 (A|AAAA|SRV|TXT) [1-9][0-9]* flush"
}

# has FILE REGEX
has() {
    grep -Eq -- "$2" "$1"
}

# expect FILE REGEX WHAT: fail unless a line of the file matches.
expect() {
    grep -Eq -- "$2" "$1" || {
        cat "$1" >&2
        fail "$3: no line like $2"
    }
}
