#!/bin/sh
# verbs that ask a daemon which tells nonsense: numbers of questions that were
# not asked, names without labels, strings without an end
. "$(dirname "$0")/lib.sh"
need python3

node a
cat >"$W/evil.py" <<'END'
import socket, struct, sys, threading
def name(*labels):
    return b''.join(bytes([len(x)]) + x for x in labels) + b'\0'
def event(kind, tag, names, link, state):
    b = struct.pack('>BHB4s6B', 0, tag, 4, b'eth0', kind, 3, 0, 1, state, link)
    b += struct.pack('>IHHHH', 120, 0, 0, 80, 1) + b'\0\1\1\x0a\0\0\1'
    b += b''.join(names) + b'\0' + b'\0\2\1a'
    return struct.pack('>H', len(b)) + b
local = name(b'local')
good = [name(b'x', b'_ssh', b'_tcp', b'local'), name(b'_ssh', b'_tcp'), local,
        name(b'h', b'local')]
told = {
    'tags': [event(k, 60000, good, 1, 0) for k in range(13)],
    'root': [event(k, 0, [b'\0'] * 4, 1, 0) for k in range(13)],
    'link': [event(k, 0, good, 0, 200) for k in range(13)],
    'open': [b'{"v":1,"end":true,"ok":false,"code":"E\\'],
}[sys.argv[2]]
def serve(c):
    try:
        c.recv(4096)
        if sys.argv[2] == 'open':
            c.sendall(told[0] + b'\n')
        else:
            c.sendall(b'{"v":1,"end":true,"ok":true}\n' + b''.join(told))
        c.recv(4096)
    except OSError:
        pass
    c.close()
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(9)
while True:
    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
END
for what in tags root link open; do
    spawn a "$what" python3 "$W/evil.py" "$W/$what.ctl" "$what"
    wait_for 5 'the daemon' test -S "$W/$what.ctl"
    for verb in 'browse -a -r' 'browse --json _ssh._tcp' 'resolve h.local' \
        'resolve x _ssh._tcp' 'query h.local A' nodes 'export prom' \
        'publish Web _http._tcp 80' status; do
        # shellcheck disable=SC2086
        run a 2 "$CRIER" $verb -s "$W/$what.ctl" >"$W/verb.out" 2>&1
        status=$?
        [ $status -lt 128 ] || fail "$what: $verb: $status"
    done
    stop "$what"
done
pass
