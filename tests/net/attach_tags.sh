#!/bin/sh
# a client's questions are numbered as it asked them, also behind one that the
# daemon refused: else its answers would be taken for those of another
. "$(dirname "$0")/lib.sh"
need python3

pair
crier_run a host <<END
hostname host
socket $W/ctl
END
announced cap host.local
cat >"$W/tags.py" <<'END'
import socket, struct, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(5)
s.connect(sys.argv[1])
s.sendall(b'attach\n'
          b'lookup name=host.local family=ipv4\n'   # 0
          b'browse type=nonsense\n'                 # 1: refused
          b'query name=host.local type=nonsense\n'  # 2: refused
          b'query name=host.local type=A\n')        # 3
f = s.makefile('rb')
tags = {}
while len(tags) < 2:
    first = f.read(1)
    if first == b'{':
        f.readline()
        continue
    frame = f.read(struct.unpack('>H', first + f.read(1))[0])
    if frame[0] == 0: # an event; its kind
        tags[struct.unpack('>H', frame[1:3])[0]] = frame[4 + frame[3]]
print(sorted(tags))
END
run a 20 python3 "$W/tags.py" "$W/ctl" >"$W/tags" 2>&1 || fail "$(cat "$W/tags")"
expect "$W/tags" '^\[0, 3\]$' 'the numbers of those that were not refused'
pass
