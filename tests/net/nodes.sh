#!/bin/sh
# crier nodes: machines that say what they are, over IPv6 link-local alone; who
# is missing, who is there twice, and those that have to be asked one by one
. "$(dirname "$0")/lib.sh"

node m a b c d
lan sw m:s0 a:s0 b:s0 c:s0 d:s0
for n in m a b c d; do
    wait_for 5 'link-local address' has_link_local $n s0
done
identity() { # NODE LINE...: a daemon with that identity
    id_node=$1
    shift
    printf '%s\n' "$@" >"$W/$id_node.id"
    crier_run "$id_node" "$id_node" <<END_CONF
hostname $id_node
identity yes
identity-file $W/$id_node.id
END_CONF
}
# nodes STATUS ARGUMENT...: output in nodes.out
nodes() {
    nodes_want=$1
    shift
    nodes_got=0
    run m 12 "$CRIER" nodes -i s0 "$@" >"$W/nodes.out" 2>"$W/nodes.err" ||
        nodes_got=$?
    [ $nodes_got -eq "$nodes_want" ] ||
        fail "nodes $* ended with $nodes_got, not $nodes_want"
}

# Nobody, then wait for the first three.
nodes 1 -T 1s
spawn m wait "$CRIER" wait -i s0 -T 30s nodes 3
identity a id=AAAAAAAAAAAAAAA app=VRX1 pos=1 'model=R640 vsan' ver=4.7 mgmt=443 \
    serial=S1
identity b id=BBBBBBBBBBBBBBB app=VRX1 pos=2 cl=C1
identity c id=CCCCCCCCCCCCCCC app=VRX1 pos=4 state=new
STOP_S=20 ended wait
[ "$status" -eq 0 ] || fail "wait ended with $status"

# The table: by position; addresses that ssh and curl take.
nodes 0
[ "$(wc -l <"$W/nodes.out")" -eq 3 ] || fail 'three nodes'
sed -n 1p "$W/nodes.out" | grep -Eq \
    "^A{15}  VRX1  1  new +R640 vsan  $(link_local a s0)%s0 +4.7  +[0-9]s\$" ||
    fail 'first row'
sed -n 2p "$W/nodes.out" | grep -Eq '^B{15}  VRX1  2  member  -  ' ||
    fail 'second row'
has "$W/nodes.out" S1 && fail 'a serial number that nobody listed'

# Which are missing.
nodes 1 --expect 7
expect "$W/nodes.out" \
    '^3 nodes, 1 appliance; position 3, 5-7 of 7 missing$' 'who is missing'
nodes 1 --expect 4 -o keyvalue
expect "$W/nodes.out" "^applianceID=VRX1 id=A{15} pos=1 state=new \
address=$(link_local a s0)%s0 model=\"R640 vsan\" ver=4.7 name=a \
host=a.local port=443\$" words
expect "$W/nodes.err" '^3 nodes, 1 appliance; position 3 of 4 missing$' missing
nodes 1 --expect 4 --json
expect "$W/nodes.out" \
    '"event":"add".*"id":"B*","app":"VRX1","pos":"2","state":"member","role":null,.*"cl":null,"dup":false,"name":"b",.*"addresses":\["fe80::[^"]*%s0"\]' \
    object
expect "$W/nodes.out" '"event":"end".*"count":3,"expect":4,"missing":\[3\]' end
nodes 1 --expect 4 --new
expect "$W/nodes.out" \
    '^2 nodes, 1 appliance; position 2-3 of 4 missing$' 'such as are new'
nodes 1 --appliance VRX2
[ ! -s "$W/nodes.out" ] || fail 'nodes of another appliance'

# The fourth is a copy of the third: same id, and it counts once.
run m 60 "$CRIER" nodes -i s0 -w -T 20s >"$W/watch.out" 2>&1 &
watch=$!
wait_for 10 'three lines' seen watch '^\+ ' 3
identity d id=CCCCCCCCCCCCCCC app=VRX1 pos=4
wait_for 15 'a copy' seen watch '^\+ C{15} .* DUP$'
nodes 0
[ "$(grep -Ec '^C{15} .*s  DUP$' "$W/nodes.out")" -eq 2 ] || fail 'copies'
grep -E '^[AB]' "$W/nodes.out" | grep DUP && fail 'no copies'
nodes 1 --expect 4
expect "$W/nodes.out" '^3 nodes, 1 appliance; position 3 of 4 missing$' copy
# Corrected in place, all are there; the watcher tells the change.
printf '%s\n' id=DDDDDDDDDDDDDDD app=VRX1 pos=3 >"$W/d.id"
kill -HUP "$(pid d)"
wait_for 10 'the change' seen watch '^~ D{15}  VRX1  *3 '
nodes 0 --expect 4
expect "$W/nodes.out" '^4 nodes, 1 appliance$' complete
stop b
wait_for 10 'a node that goes' seen watch '^- B{15} '
wait "$watch"
run m 12 "$CRIER" wait -i s0 -T 2s nodes 4 2>"$W/wait.err" && fail 'wait'
expect "$W/wait.err" 'E112: 3 of 4 are there' 'what was not there'

# Other types, which have no ids.
spawn b ssh "$CRIER" publish -i s0 -n Shell _ssh._tcp 22
wait_for 10 'published' has "$W/ssh.err" 'published "Shell"'
nodes 0 --type _ssh._tcp
expect "$W/nodes.out" \
    "^Shell  -  -  -  -  $(link_local b s0)%s0  -  [0-9]s\$" 'another type'

# Without multicast each is asked by itself; who has no crier is named.
for n in a b c d m; do
    addr $n s0 "10.9.0.$(printf %d "'$n")/24"
    ip link set "sw-$n" type bridge_slave mcast_flood off
done
nodes 1 -T 2s
spawn a peers-cap "$PEER" capture s0
wait_for 10 'capture' grep -q ready "$W/peers-cap.out"
printf '%s # first\n\n' "$(link_local a s0)%s0" 10.9.0.99 >"$W/peers"
nodes 0 --peer "$W/peers" --peer 10.9.0.100 --peer "$(link_local d s0)%s0" \
    --peer "$(link_local b s0)%s0" -o keyvalue
expect "$W/nodes.out" "^applianceID=VRX1 id=A* .*address=$(link_local a s0)%s0 " a
expect "$W/nodes.out" '^applianceID=VRX1 id=C* .*address=10.9.0.99 ' c
[ "$(wc -l <"$W/nodes.out")" -eq 3 ] ||
    fail 'a host with two addresses is one'
[ "$(grep -c 'does not answer' "$W/nodes.err")" -eq 1 ] || fail 'one is silent'
has "$W/peers-cap.out" \
    ' out [^ ]* (224|.ff02)[^ ]* R an _crier-node._tcp.local PTR' &&
    fail 'an answer by multicast'
# Two that never heard of each other have the same name and id.
stop c
printf '%s\n' id=AAAAAAAAAAAAAAA >"$W/c.id"
sed -i 's/^hostname .*/hostname a/' "$W/c.conf"
spawn c c "$CRIER" run -c "$W/c.conf"
answers() {
    nodes 0 --peer 10.9.0.99 --peer 10.9.0.97
    [ "$(grep -Ec '^A{15} .*DUP$' "$W/nodes.out")" -eq 2 ]
}
wait_for 20 'two with the same id' answers
nodes 2 --peer nosuch
expect "$W/nodes.err" 'E026: read "nosuch", expected an address' 'no address'
nodes 2 --peer fe80::1
expect "$W/nodes.err" 'E026: .* a link-local one like fe80::1%eth0' link-local
printf '10.9.0.1\n# x\n\nfe80::1%%none\n' >"$W/peers"
nodes 2 --peer "$W/peers"
expect "$W/nodes.err" '/peers:4:1: E026: read "fe80::1%none"' 'its place'
nodes 1 --peer 192.0.2.1
expect "$W/nodes.err" 'W214: cannot ask 192.0.2.1: ' 'not on a link'
pass
