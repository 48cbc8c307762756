#!/bin/sh
# 64 nodes of one image boot at once: their manager has all of them in a moment;
# some die and come back, some are replaced. IPv6 link-local alone, default
# buffers; the nodes have one host name and one configuration
. "$(dirname "$0")/lib.sh"

: "${NODES:=64}" "${FEW:=4}"

# As node(), without a record of what is sent, and with nothing that would tell
# the machines apart but their network card.
host() {
    # shellcheck disable=SC2016
    unshare --net --mount --uts sh -c '
        hostname node
        mount -t tmpfs tmpfs /run
        mount -t tmpfs tmpfs /sys
        ! [ -e /etc/machine-id ] || mount --bind /dev/null /etc/machine-id
        cd /proc/sys/net/ipv6/conf/default || exit 1
        echo 0 >accept_dad
        echo 0 >router_solicitations
        ip link set lo up
        : >"$1/$2.node"
        exec sleep 2000000000' - "$W" "$1" &
    echo $! >"$W/$1.host"
    : >"$W/$1.sent"
    wait_for 20 "host $1" test -e "$W/$1.node"
}
# node_of N: host, cable and what the table is to have of it, in $W/want.N:
# its address, by which an id that is made of the card is known as well.
node_of() {
    host "n$1"
    ip link add "sw-$1" type veth peer name w1
    ip link set "sw-$1" master sw up
    plug w1 "n$1:s0"
}
wanted() {
    wait_for 20 "address of n$1" has_link_local "n$1" s0
    link_local "n$1" s0 >"$W/want.$1"
}
start() {
    spawn "n$1" "n$1" "$CRIER" run -c "$W/node.conf"
}

node m
lan sw m:s0
i=0
while [ $i -lt $((NODES + FEW)) ]; do
    i=$((i + 1))
    node_of $i
done
crier_conf node <<'END'
identity yes
END
i=0
while [ $i -lt "$NODES" ]; do
    i=$((i + 1))
    wanted $i
done
wait_for 5 'address of the manager' has_link_local m s0

# whole: the manager's table, kept by nodes -w, has each node once and no other.
# A line is "+ id app pos state model address%s0 ...", "-" takes it away, and
# "~" is a change of it; what stands last for an address counts.
whole() {
    sed -n 's/^\([+~-]\) .* \(fe80:[0-9a-f:]*\)%s0 .*$/\2 \1/p' "$W/table.out" |
        awk '{ last[$1] = $2 }
            END { for (a in last) if (last[a] != "-") print a }' |
        sort >"$W/have"
    cat "$W"/want.* | sort | cmp -s - "$W/have"
}
spawn m table "$CRIER" nodes -w -i s0

began=$(now_ms)
i=0
while [ $i -lt "$NODES" ]; do
    i=$((i + 1))
    start $i
done
last=$(now_ms)
wait_for 40 'the whole table' whole
echo "# $NODES nodes started in $((last - began)) ms, known" \
    "$(($(now_ms) - last)) ms after that"

# Some lose power and come back before they are missed: nothing changes.
i=0
while [ $i -lt "$FEW" ]; do
    i=$((i + 1))
    stop n$i KILL
    start $i
done
i=0
while [ $i -lt "$FEW" ]; do
    i=$((i + 1))
    wait_for 20 "n$i again" has "$W/n$i.err" 'published "node'
done
wait_for 20 'the whole table again' whole

# Some are replaced by others.
i=0
while [ $i -lt "$FEW" ]; do
    i=$((i + 1))
    stop n$((FEW + i))
    [ "$status" -eq 0 ] || fail "n$((FEW + i)) ended with $status"
    rm "$W/want.$((FEW + i))"
    wanted $((NODES + i))
    start $((NODES + i))
done
last=$(now_ms)
wait_for 40 'the table of the others' whole
echo "# $FEW replaced, known $(($(now_ms) - last)) ms after that"

# And so sees a manager that asks now; ids are all different.
run m 20 "$CRIER" nodes -i s0 >"$W/now.out" 2>"$W/now.err"
[ "$(wc -l <"$W/now.out")" -eq "$NODES" ] || fail 'rows of a new manager'
[ "$(cut -d ' ' -f 1 "$W/now.out" | sort -u | wc -l)" -eq "$NODES" ] ||
    fail 'one id twice'
grep DUP "$W/now.out" && fail 'taken for copies'
pass
