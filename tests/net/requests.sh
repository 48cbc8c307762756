#!/bin/sh
# requests that are wrong: each is refused, and told what was read and what was
# expected
. "$(dirname "$0")/lib.sh"
need python3

pair
crier_run a host <<END
hostname host
socket $W/ctl
END
announced cap host.local
cat >"$W/say.py" <<'END'
import json, socket, sys
for line in open(sys.argv[2], 'rb'):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(5)
    s.connect(sys.argv[1])
    s.sendall(line)
    got = b''
    while not got.endswith(b'\n'):
        got += s.recv(65536)
    last = json.loads(got.splitlines()[-1])
    assert not last['ok'], (line, last)
    print(last['code'], last['error'])
END
# What is said, and behind a tab what is to be the answer.
tr '|' '\t' >"$W/table" <<'END'
shout|E001 verb: read "shout": expected one that crier(8) lists under CONTROL SOCKETS
status x=1|E012 status: read "x=1": expected no words
browse type=_http._tcp bogus=1|E012 browse: read "bogus=1": expected KEY=VALUE with KEY of type domain resolve
rename name|E012 rename: read "name": expected KEY=VALUE with KEY of name
browse type=http|E020 type: read "http": a service type has the form
browse type=_http._tcp resolve=maybe|E013 resolve: read "maybe": expected yes or no
resolve name=foo|E021 name: read "foo": expected an instance like Web._http._tcp.local
resolve|E025 name: read "": expected a name like nas.local
lookup name=.|E025 name: read ".": expected a name like nas.local
lookup name=host.local family=x|E013 family: read "x": expected ipv4 or ipv6
query name=host.local type=Q|E006 type: read "Q": expected a record type like AAAA
query name=host.local reconfirm=perhaps|E013 reconfirm: read "perhaps": expected yes or no
rename name=b name=c|E016 rename: read "name=c": expected that key only once
add id=y id=z type=_x._tcp port=1|E016 add: read "id=z": expected that key only once
add id=y type=_x._tcp port=1 lease=5s lease=6s|E016 add: read "lease=6s": expected that key only once
add id=y type=_x._tcp port=1 no-rename=maybe|E013 no-rename: read "maybe": expected yes or no
rm|E013 expected id=
rm id=nosuch|E062 no service was added with that id
END
cut -f 1 "$W/table" >"$W/lines"
cut -f 2 "$W/table" >"$W/want"
run a 20 python3 "$W/say.py" "$W/ctl" "$W/lines" >"$W/said" 2>&1 ||
    fail "$(cat "$W/said")"
paste "$W/want" "$W/said" | while IFS='	' read -r want said; do
    case $said in
    "$want"*) ;;
    *) echo "said: $said, not: $want" ;;
    esac
done >"$W/differ"
[ ! -s "$W/differ" ] || fail "$(cat "$W/differ")"
run a 5 "$CRIER" services -s "$W/ctl" >"$W/services"
[ ! -s "$W/services" ] || fail 'what was refused is there'

# Keys of lists may be there more than once.
printf '%s\n' 'add id=y type=_x._tcp port=1 txt=a txt=b subtype=_p subtype=_q' \
    'publish type=_x._tcp port=1 name=P no-rename=no' >"$W/lines"
! run a 5 python3 "$W/say.py" "$W/ctl" "$W/lines" >/dev/null 2>"$W/said" ||
    fail 'it was refused'
expect "$W/said" "'ok': True" 'what was not refused'
pass
