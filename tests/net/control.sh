#!/bin/sh
# the control sockets: a service added, changed, withdrawn; what is refused,
# and to whom
. "$(dirname "$0")/lib.sh"

unset CRIER_SOCKET
pair
service c web <<'END'
name Web
type _http._tcp
port 80
END
crier_run a c <<'END'
hostname alpha
END
announced cap alpha.local
announced cap Web._http._tcp.local
ctl=/run/crier/ctl
crier() { # STATUS ARGUMENT...
    want=$1
    shift
    run a 20 "$CRIER" "$@" >"$W/ctl.out" 2>"$W/ctl.err"
    got=$?
    [ $got -eq "$want" ] || fail "crier $* ended with $got, not $want"
}
says() {
    expect "$W/ctl.$1" "$2" "$3"
}

crier 0 status
says out '^host +alpha.local$' status

says out '^services +1; 1 announced, 0 held$' status
says out '^health +ok$' status
says out '^iface +s0 +up +.*10\.9\.0\.1.*  rx [0-9]+ tx [0-9]+$' status
fits() { # on a screen
    [ "$(wc -l <"$W/ctl.out")" -le 24 ] &&
        ! grep -Eq '.{81}' "$W/ctl.out"
}
fits || fail 'the status does not fit on a screen'
crier 0 status -j
says out '^\{"v":1,"event":"iface","ts":"2[^"]*Z","mono_ms":[0-9]*,"iface":"s0"' status
says out '^\{"v":1,"end":true,"ok":true,.*"host":"alpha.local".*\}$' status
crier 0 services
says out '^Web +_http._tcp +80 +announced +- +s0$' services

# Added, changed in place, withdrawn.
crier 0 add -n 'My "DB"' vm-db _crier-vm._tcp 5 'note=50% of 1' flag
[ ! -s "$W/ctl.out" ] || fail 'add is not silent'
name='My\\032"DB"._crier-vm._tcp.local'
wait_for 8 'the service' seen cap "R an $name SRV 120 flush 0 0 5 alpha.local"
wait_for 8 'its TXT' seen cap "R an $name TXT 4500 flush .*note=50%.*1.*flag"
crier 0 services -j
says out '"event":"service","ts":"2[^"]*Z","mono_ms":[0-9]*,"id":"vm-db","name":"My \\"DB\\"","type":"_crier-vm._tcp","port":5,"state":"[a-z]*","ifaces":\[.*\]' services
says out '^\{"v":1,"end":true,"ok":true,"count":2\}$' count
listed() {
    crier 0 services && has "$W/ctl.out" "$1"
}
wait_for 5 'it is announced' listed '^My "DB" +_crier-vm._tcp +5 +announced +vm-db +s0$'
forget cap
crier 0 add -n 'My "DB"' vm-db _crier-vm._tcp 6 b=2
wait_for 5 'the new port' seen cap "R an $name SRV 120 flush 0 0 6 alpha.local"
wait_for 5 'the new TXT' seen cap "R an $name TXT 4500 flush .*b=2"
never 1 'a goodbye for a change' seen cap "R an $name [A-Z]* 0"
not seen cap " Q (qd|ns) $name" || fail 'probed for a change'
kill -HUP "$(pid c)"
wait_for 5 'a reload' has "$W/c.err" 'reloaded: 1 services; 0 new, 0 upd'
crier 0 rm vm-db
wait_for 5 'the goodbye' seen cap "R an $name SRV 0 flush"
crier 1 rm vm-db
says err '^crier: E062: ' 'no such id'
crier 1 rm web

# Under another name it is another service; one that cannot be changes nothing.
crier 0 add -n One id1 _one._tcp 1
announced cap One._one._tcp.local
crier 2 add -n Web id1 _http._tcp 1
says err '^crier: E031: ' 'a name that is taken'
crier 0 services
says out '^One +_one._tcp +1 +announced +id1' 'it stays as it was'
crier 0 add -n Two id1 _one._tcp 1
announced cap Two._one._tcp.local
wait_for 5 'the goodbye' seen cap 'R an One._one._tcp.local SRV 0 flush'
crier 0 add -n Two --sub _x id1 _one._tcp 1
wait_for 8 'the subtype' seen cap \
    'R an _x._sub._one._tcp.local PTR [1-9][0-9]* Two._one._tcp.local'
crier 0 rm id1

# On an interface that is not there yet; and for a time.
crier 0 add -n Later -i 'q*' later _later._tcp 1
crier 0 services
says out '^Later +_later._tcp +1 +waiting +later' 'a service without its interface'
crier 0 rm later
crier 0 add --lease 1s -n Brief brief _brief._tcp 1
announced cap Brief._brief._tcp.local
wait_for 5 'the end of the lease' seen cap 'R an Brief._brief._tcp.local SRV 0'
expect "$W/c.err" 'the lease of "brief" has ended' lease

# Reload tells what it did, and what was wrong.
printf 'type _new._tcp\nport 7\n' | service c new
crier 0 reload
says out '^added +1$' reload
announced cap alpha._new._tcp.local
echo 'port x' | service c bad
crier 2 reload
says err 'E061: .*bad.service:1:6: E022: read port' 'what is wrong'
! grep -q 'u000a' "$W/ctl.err" || fail 'lines of complaints are told as one'
expect "$W/c.err" 'bad.service:1:6: E022: read port "x"' log
rm "$W/c.services/bad.service"

# What is refused.
crier 2 add x http 80
says err '^crier: E020: ' type
crier 2 add x _x._tcp
says err 'E005: ' words
crier 2 add -n Web x _http._tcp 81
says err '^crier: E031: ' 'a name that is taken'
crier 0 services
not has "$W/ctl.out" ' x ' || fail 'it is listed all the same'
crier 2 add nas --host nas --address 224.0.0.1
says err '^crier: E013: address: read "224.0.0.1": no single host has it' group
crier 4 rm -s /run/crier/ro x
says err '^crier: E063: ' 'looking only'
crier 0 status -s /run/crier/ro
crier 3 status -s /run/nowhere
says err '^crier: E064: no daemon at /run/nowhere' 'no daemon'
mode() {
    at a stat -c %a "$1"
}
[ "$(mode $ctl) $(mode /run/crier/ro)" = '660 666' ] || fail 'modes'

# What cannot be written.
for verb in status services reload 'status -j'; do
    # shellcheck disable=SC2086
    run a 20 "$CRIER" $verb >/dev/full 2>"$W/ctl.err"
    [ $? -eq 4 ] || fail "a full disk went unnoticed by $verb"
    says err '^crier: E044: ' 'a full disk'
done

# What is wrong comes first.
spawn b rival "$CRIER" publish -s none -n Rival _b._tcp 1
wait_for 15 'b.local for the rival' has "$W/rival.err" published
crier 0 rename b
taken() {
    crier 0 status && has "$W/ctl.out" \
        '^health +b.local was taken, or renamed .W202.$'
}
wait_for 10 health taken
stop rival
b_ifs() { at b ip link set s0 "$1"; }
b_ifs down
down() {
    crier 0 status && has "$W/ctl.out" '^ +s0 is down .W203.$'
}
wait_for 10 'a link that is down' down
says out '^health +no usable interface .W206.$' health
fits || fail 'the status with problems does not fit on a screen'
b_ifs up
up() {
    crier 0 status && has "$W/ctl.out" '^iface +s0 +up'
}
wait_for 10 'the link again' up

# Another one finds it taken, says so once, and goes on without.
spawn a d "$CRIER" run -c "$W/c.conf"
wait_for 5 'a word about the socket' has "$W/d.err" 'W208: no control socket'
[ "$(grep -c W208 "$W/d.err")" -eq 1 ] || fail 'said twice'
stop d
crier 0 status

# What is left over by one that was killed is no hindrance.
stop c KILL
crier 3 status
: >"$W/c.err"
spawn a c "$CRIER" run -c "$W/c.conf"
answers() {
    run a 5 "$CRIER" status -q >/dev/null 2>&1
}
wait_for 5 'the socket again' answers
not has "$W/c.err" W208 || fail 'warned of a socket that was left over'
stop c

# Its group: of the system, or none that is there.
for group in root no-such-group; do
    cp "$W/c.conf" "$W/g.conf"
    echo "socket-group $group" >>"$W/g.conf"
    spawn a g "$CRIER" run -c "$W/g.conf"
    wait_for 5 'the socket again' answers
    [ "$(at a stat -c %G:%a /run/crier/ctl)" = root:660 ] || fail 'its group'
    [ "$group" = root ] ||
        expect "$W/g.err" 'W223: socket-group: .*"no-such-group": No such' why
    [ "$group" != root ] || not has "$W/g.err" W223 || fail 'warned of a group'
    stop g
done

# A host under an id that is refused another name keeps the one it has.
spawn a c "$CRIER" run -c "$W/c.conf"
announced cap alpha.local
crier 0 add nas --host nas --address 10.9.0.40
announced cap nas.local
wait_for 5 'the second announcement' seen cap 'R an nas.local A 120 flush' 4
forget cap
crier 2 add nas --host alpha --address 10.9.0.41
says err 'E031' 'a name that the daemon has'
never 2 'a goodbye' seen cap 'R an nas.local A 0'
crier 0 add nas --host nas2 --address 10.9.0.40
announced cap nas2.local
wait_for 5 'a goodbye for its first name' seen cap 'R an nas.local A 0'
stop c

# Without its directory, and without any socket.
at a sh -c 'rm -r /run/crier; : >/run/crier'
spawn a c "$CRIER" run -c "$W/c.conf"
wait_for 5 'a warning' has "$W/c.err" 'W208: no control socket /run/crier/ctl'
announced cap Web._http._tcp.local
stop c
echo 'socket none' >>"$W/c.conf"
echo 'socket-ro none' >>"$W/c.conf"
: >"$W/c.err"
forget cap
spawn a c "$CRIER" run -c "$W/c.conf"
announced cap Web._http._tcp.local
stop c
not has "$W/c.err" W208 || fail 'warned of what is not wanted'
pass
