"""Run a browser and say what it finds.

usage: rows.py crier|avahi|mquery COMMAND...

crier: JSON Lines. avahi: rows of avahi-browse -pr; those found over IPv4
count. mquery: PTR records as "+ NAME (ADDRESS OF SENDER)".
"""
import json
import re
import subprocess
import sys

from events import found, gone, say

STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def plain(text):
    r"""\DDD and \. undone."""
    text = re.sub(rb"\\(\d{3}|.)", lambda m: bytes([int(m[1])])
                  if len(m[1]) == 3 else m[1], text.encode())
    return text.decode(errors="replace")


def crier_row(line):
    event = json.loads(line)
    if event["event"] in ("add", "update"):
        txt = ["%s=%s" % pair for pair in (event["txt"] or {}).items()]
        for address in event["addresses"]:
            if ":" not in address:
                found(event["name"], event["host"], event["port"], address,
                      txt)
    elif event["event"] == "remove":
        gone(event["name"])


def avahi_row(line):
    part = line.split(";", 9)
    if len(part) < 6 or part[2] != "IPv4":
        return
    if part[0] == "=":
        found(plain(part[3]), part[6], part[8], part[7],
              STRING.findall(part[9]))
    elif part[0] == "-":
        gone(plain(part[3]))


def mquery_row(line):
    match = re.match(r"([+-]) (.*)\._interop\._tcp.* \((.*)\)$", line)
    if match and match[1] == "+":
        found(match[2], "-", "-", match[3], ["-"])
    elif match:
        gone(match[2])


row = {"crier": crier_row, "avahi": avahi_row,
       "mquery": mquery_row}[sys.argv[1]]
say("browse")
with subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE, text=True,
                      errors="surrogateescape") as browser:
    for text in browser.stdout:
        row(text.rstrip("\n"))
