#!/bin/sh
# two hosts want one service name: the second renames, both ways; identical
# data is no conflict, and an established name is defended
# proves M-8.1-11 M-8.1-12 M-9.0-02 M-9.0-03 M-9.0-10 S-D.0-01 R5
. "$(dirname "$0")/lib.sh"
need_avahi

pair
avahi_start b beta
avahi_spawn b pub avahi-publish -s 'My Web' _http._tcp 80
wait_for 15 'avahi ready' has "$W/pub.err" '^Established'
service c web <<'END'
name "My Web"
type _http._tcp
port 8080
END
crier_run a c <<'END'
hostname alpha
END
announced cap 'My\\032Web\\032\(?#?2\)?._http._tcp.local'
expect "$W/c.err" 'My Web' 'a log line'
wait_for 15 'both services at avahi' avahi_sees b _http._tcp \
    'alpha.local;10.9.0.1;8080'
expect "$W/b-browse.out" 'beta.local;10.9.0.2;80;' 'the first owner'
expect "$W/b-browse.out" ';My\\032Web;' 'the first name'
stop pub
stop c

# crier first.
service d mine <<'END'
name Mine
type _http._tcp
port 8080
END
forget cap
crier_run a d <<'END'
hostname alpha
END
announced cap Mine._http._tcp.local
avahi_spawn b pub2 avahi-publish -s Mine _http._tcp 80
wait_for 15 'avahi with another name' has "$W/pub2.err" \
    "picking new name 'Mine #2'"
wait_for 15 'avahi ready' has "$W/pub2.err" 'Established under name'
if seen cap ' in [^ ]+ [^ ]+ R an Mine[^.]+\._http'; then
    fail 'crier renamed its service'
fi

# A response with the same data, then one with other data: the first is
# nothing, the second sends the record back to probing.
forget cap
send b s0 -- 'flags 8400' 'an Mine._http._tcp.local SRV 120 flush 0 0 8080 alpha.local'
never 1 'probing after identical data' seen cap \
    ' in .* Q qd Mine._http._tcp.local ANY'
send b s0 -- 'flags 8400' 'an Mine._http._tcp.local SRV 120 flush 0 0 1 evil.local'
wait_for 5 'probing after a conflict' seen cap \
    ' in .* Q qd Mine._http._tcp.local ANY' 3
announced cap Mine._http._tcp.local

# publish --no-rename tells with status 5.
run a 10 "$CRIER" publish --no-rename -n 'Mine #2' _http._tcp 9 \
    >"$W/norename.out" 2>"$W/norename.err"
[ $? -eq 5 ] || fail 'publish --no-rename did not end with 5'
wire_clean cap "$(mac a s0)"
pass
