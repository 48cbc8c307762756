#!/bin/sh
# SIGHUP: the files are read again and differences only are told; what is
# wrong in them changes nothing
. "$(dirname "$0")/lib.sh"

pair
crier_conf c <<'END'
hostname alpha
alias www
host nas.local 10.9.0.40
END
service c same <<'END'
name Same
type _same._tcp
port 1
txt a=1
END
service c changes <<'END'
name Changes
type _chg._tcp
port 2
txt a=1
END
service c bound <<'END'
name Bound
type _bnd._tcp
port 3
interface s0
cname files
END
service c goes <<'END'
name Goes
type _goes._tcp
port 4
END
service c sub <<'END'
name Sub
type _sub1._tcp
port 5
END
spawn a c "$CRIER" run -c "$W/c.conf"
announced cap alpha.local
for name in Same._same Changes._chg Bound._bnd Goes._goes Sub._sub1; do
    announced cap "$name._tcp.local"
done
announced cap www.local
announced cap nas.local
announced cap files.local
twice() { # each was announced twice, on both families
    for twice_name in alpha.local Same._same._tcp.local files.local \
        Bound._bnd._tcp.local Goes._goes._tcp.local; do
        seen cap "R an $twice_name (A|SRV) [1-9][0-9]* flush" 4 ||
            return 1
    done
}
wait_for 8 'the second announcements' twice
reloads=0
reload() { # REGEX: SIGHUP, and wait for that line
    reloads=$((reloads + 1))
    kill -HUP "$(pid c)"
    wait_for 8 "\"$1\"" seen_lines "$1"
}
seen_lines() {
    [ "$(grep -c 'reloaded: ' "$W/c.err")" -eq "$reloads" ] &&
        grep 'reloaded: ' "$W/c.err" | tail -n 1 | grep -Eq "$1"
}

# Nothing changed: nothing is said.
forget cap
reload 'reloaded: 5 services; 0 new, 0 updated, 0 withdrawn'
never 2 'a packet of a, for nothing' seen cap ' in [^ ]+ [^ ]+ [RQ] '

# A bad file changes nothing, whatever else has changed.
rm "$W/c.services/goes.service"
printf 'name New\ntype _new._tcp\nport 6\n' | service c new
printf 'type _bad._tcp\nprot 7\n' | service c bad
forget cap
refused='E061: not reloaded: nothing has changed'
reload "$refused"
expect "$W/c.err" "c.services/bad.service:2:1: E012: unknown key \"prot\"" place
printf 'name same\ntype _same._tcp\nport 9\n' | service c bad
reload "$refused"
expect "$W/c.err" \
    'c.services/same.service: E031: Same._same._tcp.local is described twice' \
    'one name twice'
echo 'no-such-key 1' >>"$W/c.conf"
rm "$W/c.services/bad.service"
reload "$refused"
expect "$W/c.err" 'c.conf:[56]:1: E012: unknown key "no-such-key"' place
never 1 'a packet of a, for bad files' seen cap ' in [^ ]+ [^ ]+ [RQ] '

# Now all at once.
sed -i '/no-such-key/d; s/^alias www/alias web/; s/40$/41/' "$W/c.conf"
{
    echo 'max-services 7'
    echo 'interface s*'
} >>"$W/c.conf"
printf 'name Changes\ntype _chg._tcp\nport 22\ntxt a=2\n' | service c changes
printf 'name Sub\ntype _sub1._tcp\nport 5\nsubtype _x\n' | service c sub
printf 'name Bound\ntype _bnd._tcp\nport 33\ninterface s0\n' |
    service c bound
forget cap
reload 'reloaded: 5 services; 2 new, 2 updated, 2 withdrawn'
expect "$W/c.err" 'E060: max-services .*restart needed' 'a key that cannot'
expect "$W/c.err" 'E060: interface .*restart needed' 'a key that cannot'
new='[1-9][0-9]* flush'
for record in 'Goes._goes._tcp.local SRV 0 flush' \
    "New._new._tcp.local SRV $new .* 6 alpha.local" \
    "Changes._chg._tcp.local TXT $new .*a=2" \
    "Changes._chg._tcp.local SRV $new .* 22 alpha.local" \
    "Bound._bnd._tcp.local SRV $new .* 33 alpha.local" \
    '_x._sub._sub1._tcp.local PTR [1-9][0-9]* Sub._sub1._tcp.local' \
    'www.local A 0 flush' "web.local A $new" 'files.local A 0 flush' \
    'nas.local A 0 flush 10.9.0.40' "nas.local A $new 10.9.0.41"; do
    wait_for 8 "$record" seen cap "R an $record"
done
never 1 'goodbye of what only changed' \
    seen cap 'R an (Changes|Bound)\._[a-z]*\._tcp.local [A-Z]* 0'
not seen cap 'R an (alpha.local A|Same._same._tcp.local TXT)' ||
    fail 'what did not change was announced'
not seen cap 'Q (qd|ns) (alpha.local|Same._same._tcp.local|Changes._chg._tcp.local)' ||
    fail 'what did not change was probed'

# The host itself takes another name, and its services go with it.
sed -i 's/^hostname alpha/hostname omega/' "$W/c.conf"
forget cap
reload 'reloaded: 5 services; 0 new, 0 updated, 0 withdrawn'
announced cap omega.local
wait_for 5 'goodbye for alpha' seen cap 'R an alpha.local A 0 flush'
wait_for 5 'services on omega' seen cap \
    "R an Same._same._tcp.local SRV $new .* omega.local"
if grep W202 "$W/c.err"; then
    fail 'takes it for a conflict'
fi

# It ends as ever, with goodbyes for what is there now.
forget cap
stop c
[ "$status" -eq 0 ] || fail "ended with $status"
for record in 'New._new._tcp.local SRV 0' 'omega.local A 0'; do
    wait_for 4 "goodbye for $record" seen cap "R an $record"
done
wire_clean cap "$(mac a s0)"
pass
