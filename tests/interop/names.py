"""Look up names again and again; say which can be found.

usage: names.py resolved FILE RESOLVECTL
       names.py libc FILE

For those that resolve and do not browse: resolved before version 257 ends a
PTR look-up with the first answer. FILE has the names, one a line; more may be
added. Each has a thread: one that nobody has takes seconds.

resolved: instances. One that has been found is looked up in the cache alone,
to see it go. libc: host names, by getaddrinfo().
"""
import re
import socket
import subprocess
import sys
import threading
import time

from events import found, gone, say


def resolved(name, known):
    """(host, port, address, TXT) or None."""
    options = ["-4", "--no-pager", "--zone=no"]
    if known:
        options.append("--network=no")
    run = subprocess.run([sys.argv[3], *options, "service", name,
                          "_interop._tcp", "local"], text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    lines = run.stdout.split("\n\n")[0].splitlines()
    head = re.search(r"/local: (\S+):(\d+) ", lines[0] if lines else "")
    if run.returncode != 0 or head is None:
        return None
    rest = [re.sub(r"\s*-- link.*", "", line).strip() for line in lines[1:]]
    address = [w for w in rest if re.fullmatch(r"[0-9.]+", w)]
    if not address:
        return None
    return head[1], head[2], address[0], [w for w in rest if "=" in w]


def libc(name, known):
    del known
    try:
        info = socket.getaddrinfo(name, None, socket.AF_INET)
    except OSError:
        return None
    return name, "-", info[0][4][0], ["-"]


def follow(look_up, name):
    known = None
    while True:
        now = look_up(name, known)
        if now and now != known:
            found("-" if look_up is libc else name, *now)
        elif known and not now:
            gone(name)
        known = now
        time.sleep(0.5 if known else 0.2)


way = {"resolved": resolved, "libc": libc}[sys.argv[1]]
following = set()
say("browse")
while True:
    with open(sys.argv[2]) as names:
        for name in set(names.read().splitlines()) - following:
            following.add(name)
            threading.Thread(target=follow, args=(way, name)).start()
    time.sleep(0.2)
