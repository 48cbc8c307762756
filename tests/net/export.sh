#!/bin/sh
# crier export: files of other programs, which no name from the network breaks
. "$(dirname "$0")/lib.sh"

pair
crier_conf host <<END
hostname Node-1
alias www
host nas.local 10.9.0.40
host lost.local 10.9.0.41
END
service host ssh <<'END'
type _ssh._tcp
port 2222
END
service host node <<'END'
name "Node One"
type _crier-node._tcp
port 443
txt id=7KQ2M4
txt app=VRX-1
txt role=db/main
txt x={{lookup('pipe','id')}}
txt flag
END
service host prom <<'END'
name "Metrics of \"one\""
type _prometheus-http._tcp
port 9100
txt path=/metrics
txt "a-b=1"
txt "a_b=2"
txt "q=\"quoted\""
END
service host nas <<'END'
name nas
type _ssh._tcp
port 22
target nas.local
END
spawn a host "$CRIER" run -c "$W/host.conf"
announced cap Node-1.local
announced cap nas._ssh._tcp.local

# export NAME ARGUMENT...: into $W/NAME.out
export_run() {
    export_name=$1
    shift
    run b 12 "$CRIER" export "$@" >"$W/$export_name.out" \
        2>"$W/$export_name.err" || fail "export $* ended with $?"
    [ ! -s "$W/$export_name.err" ] || fail "export $* has complained"
}
export_run hosts hosts
cat >"$W/hosts.want" <<'END'
# written by crier
10.9.0.40 nas.local nas
10.9.0.1 node-1.local node-1
END
cmp "$W/hosts.want" "$W/hosts.out" || fail 'a hosts file'

export_run ssh ssh
cat >"$W/ssh.want" <<'END'
# written by crier
Host nas nas.local
    HostName 10.9.0.40
    Port 22
    HostKeyAlias nas.local
Host node-1 node-1.local
    HostName 10.9.0.1
    Port 2222
    HostKeyAlias node-1.local
END
cmp "$W/ssh.want" "$W/ssh.out" || fail 'a file for ssh'

export_run prom prom
cat >"$W/prom.want" <<'END'
[
{"targets":["10.9.0.1:9100"],"labels":{"__meta_crier_host":"node-1","__meta_crier_iface":"s0","__meta_crier_name":"Metrics of \"one\"","__meta_crier_type":"_prometheus-http._tcp","__meta_crier_txt_path":"/metrics","__meta_crier_txt_a_b":"1","__meta_crier_txt_q":"\"quoted\""}}
]
END
cmp "$W/prom.want" "$W/prom.out" || fail 'targets of Prometheus'

export_run ansible ansible --type _ssh._tcp --type _crier-node._tcp
cat >"$W/ansible.want" <<'END'
{"_meta":{"hostvars":{
"nas":{"ansible_host":"10.9.0.40","ansible_port":22,"crier_txt":{}},
"node-1":{"ansible_host":"10.9.0.1","ansible_port":2222,"crier_id":"7KQ2M4","crier_txt":{"id":"7KQ2M4","app":"VRX-1","role":"db/main","flag":true}}}},
"all":{"children":["app_VRX_1","role_db_main","type_crier_node_tcp","type_ssh_tcp"]},
"app_VRX_1":{"hosts":["node-1"]},
"role_db_main":{"hosts":["node-1"]},
"type_crier_node_tcp":{"hosts":["node-1"]},
"type_ssh_tcp":{"hosts":["nas","node-1"]}}
END
cmp "$W/ansible.want" "$W/ansible.out" || fail 'an inventory'

# Only whom the administrator knows.
printf '# ours\n NODE-*\r\nnone\n' >"$W/allow"
export_run allow hosts --allow "$W/allow"
printf '# written by crier\n10.9.0.1 node-1.local node-1\n' >"$W/allow.want"
cmp "$W/allow.want" "$W/allow.out" || fail 'only who is allowed'
run b 12 "$CRIER" export hosts --allow "$W/nowhere" "$W/file" 2>"$W/no.err"
status=$?
[ $status -eq 4 ] || fail "without its list: $status"
expect "$W/no.err" '^crier: E082: cannot read .*nowhere' 'the missing list'
[ ! -e "$W/file" ] || fail 'a file without its list'

# What Ansible itself makes of it, by the name that it is called there.
ln -s "$CRIER" "$W/crier-inventory"
run b 5 "$W/crier-inventory" --host nas >"$W/one.out" || fail '--host'
[ "$(cat "$W/one.out")" = '{}' ] || fail 'more about one host'
if command -v ansible-inventory >/dev/null; then
    printf '#!/bin/sh\nexec "%s" export ansible --type _ssh._tcp %s "$@"\n' \
        "$CRIER" '--type _crier-node._tcp' >"$W/inventory"
    chmod +x "$W/inventory"
    # No plugin but the one for scripts, so that what is wrong is said.
    run b 60 env LC_ALL=C.UTF-8 HOME="$W" ANSIBLE_INVENTORY_ENABLED=script \
        ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=yes ANSIBLE_LOCAL_TEMP="$W" \
        ansible-inventory -i "$W/inventory" --list >"$W/theirs.out" \
        2>"$W/theirs.err" || fail 'ansible-inventory'
    python3 - "$W/theirs.out" <<'END' || fail 'what Ansible has read'
import json, sys
got = json.load(open(sys.argv[1]))
hosts = got['_meta']['hostvars']
assert hosts['node-1']['ansible_host'] == '10.9.0.1', hosts
assert hosts['node-1']['ansible_port'] == 2222, hosts
assert hosts['node-1']['crier_txt']['role'] == 'db/main', hosts
assert sorted(hosts) == ['nas', 'node-1'], hosts
assert sorted(got['type_ssh_tcp']['hosts']) == ['nas', 'node-1'], got
assert got['role_db_main']['hosts'] == ['node-1'], got
assert got['app_VRX_1']['hosts'] == ['node-1'], got
END
    run b 60 env LC_ALL=C.UTF-8 HOME="$W" ANSIBLE_LOCAL_TEMP="$W" \
        ansible-inventory -i "$W/crier-inventory" --graph >"$W/graph.out" \
        2>"$W/graph.err" || fail 'ansible-inventory --graph'
    expect "$W/graph.out" '@type_ssh_tcp' 'by the other name'
    expect "$W/graph.out" '--node-1$' 'by the other name'
else
    echo 'no ansible-inventory here to read it'
fi

# A file that is kept current, and not touched when nothing in it changes.
echo before >"$W/kept"
chmod 600 "$W/kept"
spawn b watch "$CRIER" export -w hosts "$W/kept"
never 1 'a file before all is known' not grep -qx before "$W/kept"
same() {
    cmp -s "$W/hosts.want" "$W/kept"
}
wait_for 10 'the file' same
inode=$(stat -c %i "$W/kept")
sed -i 's/lost.local/new.local/' "$W/host.conf"
printf 'type _ssh._tcp\nport 22\ntarget new.local\nname new\n' |
    service host new
kill -HUP "$(pid host)"
wait_for 10 'a new host' grep -qx '10.9.0.41 new.local new' "$W/kept"
rm "$W/host.services/new.service"
kill -HUP "$(pid host)"
wait_for 10 'it gone' same
[ "$(stat -c %i "$W/kept")" != "$inode" ] || fail 'a file written in place'
stop watch
inode=$(stat -c %i "$W/kept")
run b 12 "$CRIER" export hosts "$W/kept" || fail "once more: $?"
[ "$(stat -c %i "$W/kept")" = "$inode" ] || fail 'an equal file was replaced'
[ ! -e "$W/kept.new" ] || fail 'something is left over'

# What is no file is not replaced; nor is anything without a link.
mkfifo "$W/fifo"
run b 12 "$CRIER" export hosts "$W/fifo" 2>"$W/fifo.err"
status=$?
[ $status -eq 4 ] || fail "a file that is none: $status"
expect "$W/fifo.err" '^crier: E083: cannot write .*fifo: ' 'why not'
[ -p "$W/fifo" ] || fail 'a pipe was replaced'
run b 12 "$CRIER" export -q -i nosuch* hosts "$W/kept" 2>"$W/link.err"
status=$?
[ $status -eq 4 ] || fail "without a link: $status"
same || fail 'without a link the file was replaced'

# Link-local addresses alone, as before there is a DHCP server.
at a ip addr flush dev s0 scope global
at b ip addr flush dev s0 scope global
one_left() {
    export_run lladdr ssh
    grep -q "^    HostName fe80::.*%%s0$" "$W/lladdr.out" &&
        ! grep -q 'HostName 10.9.0.1' "$W/lladdr.out"
}
wait_for 20 'a link-local address' one_left
if command -v ssh >/dev/null; then
    ssh -F "$W/lladdr.out" -G node-1 >"$W/ssh-g.out" 2>"$W/ssh-g.err" ||
        fail 'ssh does not take it'
    expect "$W/ssh-g.out" "^hostname $(link_local a s0)%s0$" 'for ssh'
    expect "$W/ssh-g.out" '^port 2222$' 'for ssh'
fi

# Names that nobody should have, from a peer that says anything. One good name
# behind them shows that all were heard.
stop host
addr a s0 10.9.0.1/24
addr b s0 10.9.0.2/24
for form in hosts ansible prom ssh; do
    echo none >"$W/bad.$form"
    spawn b "w-$form" "$CRIER" export -w --type _ssh._tcp \
        --type _prometheus-http._tcp $form "$W/bad.$form"
    wait_for 10 "$form" not grep -qx none "$W/bad.$form"
done
number=0
claim() { # HOST ADDRESS [TXT]
    number=$((number + 1))
    for claim_type in _ssh._tcp.local _prometheus-http._tcp.local; do
        name="i$number\\034\\010\\\\.$claim_type"
        send a s0 -- 'flags 8400' "an $claim_type PTR 120 $name" \
            "an $name SRV 120 flush 0 0 22 $1" \
            "an $name TXT 120 flush ${3:-x=1}" "an $1 A 120 flush $2"
    done
}
claim localhost.local 10.9.0.66
claim LOCALHOST.local 10.9.0.66
claim all.local 10.9.0.66
claim ip6-localhost.local 10.9.0.66
claim -oProxyCommand=id.local 10.9.0.66
claim -x.local 10.9.0.66
claim 'a\032b.local' 10.9.0.66
claim 'a\010127.0.0.1\032evil.local' 10.9.0.66
claim '\.\.\047etc.local' 10.9.0.66
claim 'q\034.local' 10.9.0.66
claim 'q\092.local' 10.9.0.66
claim '{{x}}.local' 10.9.0.66
claim '*.local' 10.9.0.66
claim '\035x.local' 10.9.0.66
claim '\195\188.local' 10.9.0.66
claim 'bank.example' 10.9.0.66
claim 'x.y.local' 10.9.0.66
claim loop.local 127.0.0.1
claim zero.local 0.0.0.0
claim cast.local 224.0.0.1
claim every.local 255.255.255.255
claim good.local 10.9.0.67 \
    'role={{x}} app=../\010x\034 k\034=v t{%x=1 id=\034\010{#x nul=a\000b \255=\255'
for form in hosts ansible prom ssh; do
    wait_for 10 "the good one in $form" grep -q good "$W/bad.$form"
    if grep -E '10\.9\.0\.66|127\.0\.0|0\.0\.0\.0|224\.0|255\.255|evil' \
        "$W/bad.$form"; then
        fail "a bad name in $form"
    fi
    stop "w-$form"
done
printf '# written by crier\n10.9.0.67 good.local good\n' >"$W/hosts.want"
cmp "$W/hosts.want" "$W/bad.hosts" || fail 'a hosts file'
[ "$(wc -l <"$W/bad.ssh")" -eq 5 ] || fail 'a file for ssh'
grep -E '\{[{%#]' "$W/bad.ansible" && fail 'a template in the inventory'
if command -v python3 >/dev/null; then
    python3 - "$W/bad.ansible" "$W/bad.prom" <<'END' || fail 'JSON'
import json, re, sys
got = json.load(open(sys.argv[1]))
assert list(got['_meta']['hostvars']) == ['good'], got
assert all(re.fullmatch('[A-Za-z0-9_]+', group) for group in got), got
assert 'app_____x_' in got and 'role___x__' in got, got
txt = got['_meta']['hostvars']['good']['crier_txt']
assert txt == {'app': '../\nx"', 'k"': 'v', 'nul': 'a\0b', '\ufffd': '\ufffd'}
got = json.load(open(sys.argv[2]))
assert len(got) == 2 and all(t['targets'] == ['10.9.0.67:22'] for t in got)
for name in got[0]['labels']:
    assert re.fullmatch('__meta_crier_[a-z0-9_]+', name), name
END
fi
pass
