"""A service and a browser of python-zeroconf.

usage: zeroconf_peer.py HOST INSTANCE PORT ADDRESS

README.md has the lines that it prints and the signals that it obeys.
"""
import queue
import signal
import socket
import sys

import zeroconf

from events import found, gone, say

TYPE = "_interop._tcp.local."
host, instance, port, address = sys.argv[1:]
todo = queue.Queue()


class Listener(zeroconf.ServiceListener):
    """Hands what it hears to the main thread, which may wait for answers."""

    def add_service(self, zc, type_, name):
        todo.put(("resolve", name))

    def update_service(self, zc, type_, name):
        todo.put(("resolve", name))

    def remove_service(self, zc, type_, name):
        todo.put(("gone", name))


def resolve(zc, name):
    """Print what is known of an instance."""
    info = zc.get_service_info(TYPE, name, timeout=3000)
    if info is None:
        return
    txt = [k.decode() + "=" + (v or b"").decode()
           for k, v in info.properties.items()]
    for addr in info.parsed_addresses():
        found(name[:-len(TYPE) - 1], info.server, info.port, addr, txt)


signal.signal(signal.SIGUSR2, lambda *_: todo.put(("browse", "")))
signal.signal(signal.SIGTERM, lambda *_: todo.put(("leave", "")))
me = zeroconf.ServiceInfo(
    TYPE, instance + "." + TYPE, port=int(port), server=host + ".local.",
    addresses=[socket.inet_aton(address)],
    properties={"from": host, "path": "/"})
zc = zeroconf.Zeroconf(interfaces=[address])
zc.register_service(me, allow_name_change=True)
say("up", me.name[:-len(TYPE) - 1])
while True:
    # Without a time limit the signals would wait, too.
    try:
        verb, name = todo.get(timeout=0.05)
    except queue.Empty:
        continue
    if verb == "browse":
        say("browse")
        browser = zeroconf.ServiceBrowser(zc, TYPE, Listener())
    elif verb == "resolve":
        resolve(zc, name)
    elif verb == "gone":
        gone(name[:-len(TYPE) - 1])
    else:
        zc.unregister_all_services()
        zc.close()
        break
