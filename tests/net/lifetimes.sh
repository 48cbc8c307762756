#!/bin/sh
# services that hang on a process or a path; services that are saved
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
crier() { # STATUS ARGUMENT...
    want=$1
    shift
    run a 20 env CRIER_CONFIG="$W/c.conf" "$CRIER" "$@" >"$W/x.out" \
        2>"$W/x.err"
    got=$?
    [ $got -eq "$want" ] || fail "crier $* ended with $got, not $want"
}

spawn a live sleep 1000
crier 0 add -n P p _p._tcp 1 --while-pid "$(pid live)"
announced cap P._p._tcp.local
stop live
wait_for 10 'its goodbye' seen cap 'R an P._p._tcp.local SRV 0'
expect "$W/c.err" 'the process of "p" has ended' 'why'

: >"$W/there"
crier 0 add -n F f _f._tcp 1 --while-path "$W/there"
announced cap F._f._tcp.local
crier 0 add -n F f _f._tcp 2 --while-path "$W/there" --grace 2s
wait_for 8 'the change' seen cap 'R an F._f._tcp.local SRV 120 flush 0 0 2'
rm "$W/there"
gone=$(now_ms)
wait_for 15 'its goodbye' seen cap 'R an F._f._tcp.local SRV 0'
[ $(($(now_ms) - gone)) -ge 1900 ] || fail 'gone before its time of grace'
for option in 'while-pid x' 'while-path run/x' 'grace x' 'lease x'; do
    # shellcheck disable=SC2086
    crier 2 add -n F f _f._tcp 1 --$option
    expect "$W/x.err" \
        "E013: ${option% *}: read \"${option#* }\": expected " 'what is wrong'
done
crier 2 add --host a..b --address 10.9.0.9 f
expect "$W/x.err" 'E021: host: read "a..b": ' 'which name'
crier 2 add --host b --address 10.9.0 f
expect "$W/x.err" 'E013: address: read "10.9.0": ' 'which address'
crier 2 rename a..b
expect "$W/x.err" 'E021: name: read "a..b": ' 'which name'

# Saved, it is a service file; its daemon reads it again.
crier 0 add --save -n 'Save "d" 50%' id _save._tcp 7 'a=50% of 1' b
announced cap 'Save\\032"d"\\03250%._save._tcp.local'
expect "$W/c.services/id.service" '^port "7"$' 'the file'
expect "$W/cap.out" 'TXT 4500 flush "a=50%.032of.0321" "b"' 'its txt'
crier 0 add --save -n 'Save "d" 50%' id _save._tcp 8
wait_for 8 'the change' seen cap 'R an Save.* SRV 120 flush 0 0 8'
crier 2 add --save -n x id2 _save 7
[ ! -e "$W/c.services/id2.service" ] || fail 'a file of a bad service'
crier 2 add --save -n x ../id2 _save._tcp 7
crier 2 add --save --lease 1m -n x id2 _save._tcp 7
crier 0 rm --save id
wait_for 8 'the goodbye' seen cap 'R an Save.* SRV 0'
[ ! -e "$W/c.services/id.service" ] || fail 'the file is still there'

# What was added is saved: the same service, without a goodbye, and for good.
crier 0 add -n Kept k _kept._tcp 1 a=1 --lease 5s
announced cap Kept._kept._tcp.local
crier 0 add -n Kept k _kept._tcp 1 a=2 --save
wait_for 8 'the change' seen cap 'R an Kept._kept._tcp.local TXT 4500 flush "a=2"'
crier 1 rm k # it is not added any more
never 6 'the end of the lease' seen cap 'R an Kept._kept._tcp.local SRV 0'

# What the daemon refuses leaves no file, and the file before as it was.
crier 2 add -n Kept twice _kept._tcp 9 --save
expect "$W/x.err" 'E061: .*E031: Kept._kept._tcp.local is described twice' why
expect "$W/x.err" "$W/c.services/twice.service is as it was before" 'undone'
crier 0 add -n Other other _kept._tcp 1 --save
cp "$W/c.services/other.service" "$W/before"
crier 2 add -n Kept other _kept._tcp 2 --save
cmp -s "$W/before" "$W/c.services/other.service" || fail 'it has changed'
[ "$(ls -A "$W/c.services")" = "$(printf '%s\n' k.service other.service \
    web.service)" ] || fail "left: $(ls -A "$W/c.services")"
crier 0 reload
if seen cap 'R an Kept._kept._tcp.local SRV 0'; then
    fail 'a goodbye'
fi

# As much as a service file may have.
set --
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do
    set -- "$@" "$i=$(printf %0240d 0)"
done
crier 0 add -n Big big _big._tcp 1 "$@" --save
announced cap Big._big._tcp.local
crier 0 rm --save big

# Without a file it is what was added, or nothing at all.
crier 1 rm --save big
expect "$W/x.err" '^crier: E062: ' 'nothing of that name'
crier 0 add -n Brief brief _brief._tcp 1
announced cap Brief._brief._tcp.local
crier 0 rm --save brief
wait_for 8 'the goodbye' seen cap 'R an Brief._brief._tcp.local SRV 0'

if [ "$(id -u)" -eq 0 ]; then # whom modes do not stop: a full disk does
    at a mount -t tmpfs -o size=4k,nr_inodes=2 tmpfs "$W/c.services"
    # shellcheck disable=SC2016  # for the script
    at a sh -c 'head -c 8192 /dev/zero >"$1/fill" 2>/dev/null' - \
        "$W/c.services"
    crier 4 add --save -n x id3 _save._tcp 7
    expect "$W/x.err" 'E071: cannot write .*id3.service: .*nothing has' full
    at a ls -A "$W/c.services" >"$W/ls.out"
    [ "$(cat "$W/ls.out")" = fill ] || fail 'something was left behind'
fi
pass
