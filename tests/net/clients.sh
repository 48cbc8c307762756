#!/bin/sh
# clients that mean no good: thousands of them, half lines, long lines, such
# as never read; the network is answered, and others get their answer
. "$(dirname "$0")/lib.sh"
need python3

pair
mkdir "$W/c.services"
i=0
while [ $i -lt 400 ]; do
    printf 'name A service with a name that is long enough, %s\n' $i
    printf 'type _many._tcp\nport 1\n'
    i=$((i + 1))
done | split -l 3 -a 3 --additional-suffix=.service - "$W/c.services/s"
crier_run a c <<'END'
hostname alpha
tx-rate 2000
END
announced cap alpha.local
cat >"$W/clients.py" <<'END'
import socket, sys, time
def connect(path='/run/crier/ctl'):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path) # blocks while the queue is full
    s.settimeout(10)
    return s
def answer(s, last=b'"end":true'):
    got = b''
    while last not in got:
        piece = s.recv(65536)
        if not piece: raise SystemExit('hung up on after %r' % got[-80:])
        got += piece
    return got
def status():
    s = connect(); s.sendall(b'status\n'); answer(s); s.close()
what = sys.argv[1]
if what == 'half':      # is discarded, the rest is not
    s = connect(); s.sendall(b'sta'); time.sleep(0.2); s.sendall(b'tus\nrm id=x')
    answer(s); s.shutdown(socket.SHUT_WR)
    assert s.recv(100) == b''
    s = connect(); s.sendall(b'add id=half type=_half._tcp port=1'); s.close()
    status()
elif what == 'long':
    s = connect(); s.sendall(b'add id=' + b'x' * 4090 + b'\n')
    assert b'"code":"E011"' in answer(s)
    try: assert s.recv(100) == b''
    except ConnectionResetError: pass # it did not read all of it
    s = connect(); s.sendall(b'\n\xff\x00\x1b[31m\n"\n' + b'a ' * 70 + b'\n')
    got = b''
    while got.count(b'\n') < 3: got += s.recv(65536)
    assert got.count(b'"ok":false') == 3 and b'\x1b' not in got, got
    status()
elif what == 'many':    # 2000, each with half a line, none of them goes
    held = []
    for i in range(2000):
        s = connect('/run/crier/ro' if i % 2 else '/run/crier/ctl')
        try: s.sendall(b'stat')
        except OSError: pass
        held.append(s)
        if i % 100 == 0: status()
    status()
elif what == 'deaf':    # asks for megabytes and never reads: 60 of them
    held = []
    for i in range(60):
        s = connect('/run/crier/ro'); s.setblocking(False)
        try:
            for k in range(1000): s.send(b'services\n' * 100)
        except OSError: pass
        held.append(s)
    for i in range(20): status()
    s = connect(); s.sendall(b'services\n')
    assert answer(s).count(b'"event":"service"') == 400
elif what == 'pipeline':
    s = connect(); s.sendall(b'services\nstatus\n' * 40)
    s.shutdown(socket.SHUT_WR)
    got = b''
    while True:
        piece = s.recv(65536)
        if not piece: break
        got += piece
    assert got.count(b'"end":true') == 80, got.count(b'"end":true')
    assert got.count(b'"event":"service"') == 40 * 400
elif what == 'tables':  # one publication a connection, as many services as may be
    s = connect(); s.sendall(b'publish type=p port=1 name=P0\n')
    assert b'"code":"E066"' not in answer(s, b'"code"'), 'a bad type'
    s.sendall(b'publish type=_p._tcp port=1 name=P1\n')
    s.sendall(b'publish type=_p._tcp port=1 name=P2\n')
    assert b'"code":"E066"' in answer(s, b'"code"'), 'a second publication'
    ask = connect(); ask.sendall(b'services\n')
    assert b'"name":"P1"' in answer(ask), 'the first, after one refused'
    ask.close()
    s.close()
    s = connect()
    def ask(line):
        s.sendall(line.encode() + b'\n')
        return answer(s)
    assert b'"ok":true' in ask('add id=one type=_o._tcp port=1 name=One')
    assert b'"code":"E068"' in ask('add id=one host=one.local address=10.9.0.50')
    for i in range(1024):
        got = ask('add id=t%d type=_t._tcp port=1 name=T%d' % (i, i))
        if b'"ok":true' not in got: break
    assert b'"code":"E030"' in got and 600 < i < 625, (got, i)
    assert b'"ok":true' in ask('rm id=t0') # and there is room for one again
    assert b'"ok":true' in ask('add id=u type=_t._tcp port=1 name=U')
    for k in range(1, i): assert b'"ok":true' in ask('rm id=t%d' % k)
    assert b'"ok":true' in ask('rm id=u') and b'"ok":true' in ask('rm id=one')
elif what == 'slow':    # listens and does not read, until it is hung up on
    monitors = [connect() for i in range(2)]
    for s in monitors: s.sendall(b'monitor\n')
    s = connect()
    for i in range(40):
        for line in 'add type=_s._tcp port=1 id=s%d name=S%d\n', 'rm id=s%d\n':
            s.sendall(''.join(line.replace('%d', str(k))
                              for k in range(50)).encode())
            got = b''
            while got.count(b'"end":true') < 50: got += s.recv(65536)
    for s in monitors:
        last = answer(s).splitlines()[-1]
        assert b'"event":"limit","ts":"2' in last and b'E074' in last, last
        assert s.recv(100) == b''
END
fds() {
    # shellcheck disable=SC2016
    at a sh -c 'ls "/proc/$1/fd" | wc -l' - "$(pid c)"
}
before=$(fds)
for what in half long pipeline tables many deaf slow; do
    spawn a "$what" python3 "$W/clients.py" "$what"
    while alive "$what"; do
        start=$(now_ms)
        ask b s0 wait 1000 -- 'qd alpha.local A' || fail "no answer: $what"
        grep -q 'alpha.local A ' "$W/answer.out" || fail "no answer: $what"
        [ $(($(now_ms) - start)) -lt 3000 ] || fail "late answer: $what"
    done
    ended "$what"
    [ "$status" -eq 0 ] || fail "$what ended with $status"
done
back() {
    [ "$(fds)" -eq "$before" ]
}
wait_for 8 'the descriptors back' back
not has "$W/c.err" half || fail 'a half line was obeyed'
# Nothing spins: idle again.
ticks() {
    awk '{ print $14 + $15 }' "/proc/$(pid c)/stat"
}
start=$(ticks)
much() {
    [ "$(ticks)" -gt $((start + 50)) ]
}
never 2 'much work while idle' much
alive c || fail 'it has ended'
stop c
pass
