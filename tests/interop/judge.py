"""What the peers said, held against what they should have said.

usage: judge.py DIRECTORY CHECK [SINCE]     is it so by now? (exit status)
       judge.py DIRECTORY -f CHECK [SINCE]  this is the end: keep the verdict
       judge.py DIRECTORY report MATRIX     ok and not ok; MATRIX.txt, .md

DIRECTORY has peers.tsv (name, number, does it publish, what it can tell), the
events PEER.out of each, and the verdicts: PEER.bad, what was wrong, and
results.json. CHECK is

    met-crier    every peer that can has found crier's page, and crier theirs
    met          every peer that can has found the page of every other; kept
                 in the table, but not held against anybody
    crier-late   both sides of each conflict, under different names; the crier
    peer-late    that wants the same names came second, or the peer did
    renamed      every peer that can has found the renamed criers
    bye-crier    they saw crier's page go since SINCE
    bye-peers    crier saw their pages go since SINCE
"""
import json
import os
import re
import sys

# Who cannot do what, whoever the other side is. All else has to work.
GIVES_UP = {"bonjour"}  # a taken instance name: it stays silent
NO_DEFENCE = {"mdnsd"}  # its name: it answers no QU question, as probes are
SHOWS_NO_BYE = {"mdnsd"}  # mquery prints what comes, never what goes

folder = sys.argv[1]
final = sys.argv[2] == "-f"
check, *rest = sys.argv[3 if final else 2:]
peers = {}
with open(os.path.join(folder, "peers.tsv")) as table:
    for line in table:
        name, number, says, tells, version = line.rstrip("\n").split("\t")
        peers[name] = {"nr": int(number), "says": says == "yes",
                       "tells": tells, "version": version}
publishers = [p for p in peers if peers[p]["says"]]
rivals = [p for p in publishers if p != "crier"]
viewers = [p for p in peers if peers[p]["tells"] != "nothing"]
problems = []


def page(peer):
    return peer if peer == "mdnsd" else peer + " page"


def events(peer):
    """(milliseconds, kind, text) of what it said."""
    with open(os.path.join(folder, peer + ".out"), errors="replace") as out:
        for line in out:
            word = line.rstrip("\n").split(" ", 2) + [""]
            if word[0].isdigit():
                yield int(word[0]), word[1], word[2]


def tells(viewer, instance, host, port, address, origin):
    """A test for the row that says all of it that the viewer can tell."""
    row = {"all": (instance, host, port, address, "from=%s path=/" % origin),
           "names": (instance, "-", "-", address, "-"),
           "host": ("-", host, "-", address, "-")}[peers[viewer]["tells"]]

    def same(text):
        part = text.split("|")
        part[1] = part[1].rstrip(".").lower()
        return tuple(part) == row
    return same


def took(viewer, kind, same, since=None):
    """Milliseconds to the first such event, None if there is none."""
    for when, what, text in events(viewer):
        if what == "browse" and since is None:
            since = when
        elif since is not None and when >= since and what == kind \
                and same(text):
            return when - since
    return None


def pairs_met():
    seen = {}
    for viewer in viewers:
        for peer in publishers:
            nr = peers[peer]["nr"]
            if peer != viewer:
                seen[peer + " " + viewer] = took(viewer, "+", tells(
                    viewer, page(peer), peer + ".local", str(8000 + nr),
                    "10.77.0.%d" % nr, peer))
    return seen


def met():
    seen = pairs_met()
    return None not in seen.values(), seen


def met_crier():
    for pair, ms in pairs_met().items():
        peer, viewer = pair.split()
        if ms is None and peer == "crier":
            problems.append((viewer, "it does not see crier"))
        elif ms is None and viewer == "crier":
            problems.append((peer, "crier does not see it"))
    return not problems, None


def claims(origin, viewer="crier"):
    """(instance, host) that the viewer last found with that TXT."""
    last = None
    for _, kind, text in events(viewer):
        part = text.split("|")
        if kind == "+" and len(part) == 5 \
                and part[4].startswith("from=%s " % origin):
            last = part[0], part[1].rstrip(".").lower()
    return last


def settled(phase):
    result = {}
    for peer in rivals:
        theirs, ours = claims(peer), claims("c-" + peer)
        name = page(peer), peer + ".local"
        if theirs is None and ours == name and phase == "peer-late" \
                and peer in GIVES_UP:
            result[peer] = "the peer gives up"
        elif theirs == ours == name and peer in NO_DEFENCE:
            result[peer] = "both keep it"
        elif theirs is None or ours is None or theirs[0] == ours[0] \
                or theirs[1] == ours[1]:
            result[peer] = "not settled"
            problems.append((peer, "conflict, %s: not settled: it has %s, "
                             "crier %s" % (phase, theirs, ours)))
        else:
            moved = []
            for i, what in enumerate(("instance", "host")):
                who = ("crier" if theirs[i] == name[i] else
                       "peer" if ours[i] == name[i] else "both")
                moved.append((what, who))
            result[peer] = ("%s moves" % moved[0][1]
                            if moved[0][1] == moved[1][1] else
                            ", ".join("%s: %s" % m for m in moved))
    # Who keeps it by now may yet move.
    return not {"not settled", "both keep it"} & set(result.values()), result


def renamed():
    """Without the address: bonjour-service never learns one that does not
    come in the packet in which it first hears of a service."""
    done = True
    for viewer in viewers:
        if viewer == "crier" or peers[viewer]["tells"] == "host":
            continue
        for peer in rivals:
            name = claims("c-" + peer) or ("?", "?")
            if name[0] == page(peer) and peer in NO_DEFENCE:
                continue
            if peers[viewer]["tells"] == "names":
                seen = any(text.split("|")[0] == name[0]
                           for _, kind, text in events(viewer) if kind == "+")
            else:
                seen = claims("c-" + peer, viewer) == name
            if not seen:
                done = False
                problems.append((viewer, "it does not see %r of crier, which "
                                 "made way for %s" % (name[0], peer)))
    return done, None


def bye_crier(since):
    gone = {}
    for viewer in viewers:
        if viewer == "crier":
            continue
        what = {"host": "crier.local"}.get(peers[viewer]["tells"],
                                           "crier page")
        gone[viewer] = took(viewer, "-", what.__eq__, since)
        if gone[viewer] is None and viewer in SHOWS_NO_BYE:
            gone[viewer] = "shows none"
        elif gone[viewer] is None:
            problems.append((viewer, "it does not see crier's goodbye"))
    return not problems, gone


def sent_bye(peer):
    """Was there a goodbye on the link? Some peers say none."""
    with open(os.path.join(folder, "byes.out"), errors="replace") as out:
        text = re.compile(r" in 10\.77\.0\.%d:\S+ \S+ R (an|ar) "
                          r"_interop\._tcp\.local PTR 0 "
                          % peers[peer]["nr"])
        return any(text.search(line) for line in out)


def bye_peers(since):
    gone = {}
    for peer in rivals:
        gone[peer] = took("crier", "-", page(peer).__eq__, since)
        if gone[peer] is None and not sent_bye(peer):
            gone[peer] = "sends none"
        elif gone[peer] is None:
            problems.append((peer, "crier does not see its goodbye"))
    return not problems and "sends none" not in gone.values(), gone


def results():
    try:
        with open(os.path.join(folder, "results.json")) as kept:
            return json.load(kept)
    except FileNotFoundError:
        return {}


def keep(name, result):
    """The verdict of a check that has come to its end."""
    for peer, text in problems:
        with open(os.path.join(folder, peer + ".bad"), "a") as bad:
            bad.write(text + "\n")
    if result is not None:
        with open(os.path.join(folder, "results.json"), "w") as kept:
            json.dump({**kept_before, name: result}, kept)


# --- the report ---

def cell(ms):
    return "no" if ms is None else str(ms)


def tables(kept):
    """Two tables, as lists of rows."""
    seen = [["publisher"] + viewers]
    for peer in publishers:
        seen.append([peer] + [
            "" if peer == viewer else cell(kept["met"][peer + " " + viewer])
            for viewer in viewers])
    events_of = [["peer", "crier comes second", "peer comes second",
                  "sees crier go", "crier sees it go"]]
    for peer in peers:
        if peer != "crier":
            events_of.append([peer] + [
                cell(kept[what][peer]) if peer in kept[what] else ""
                for what in ("crier-late", "peer-late", "bye-crier",
                             "bye-peers")])
    return seen, events_of


def as_text(rows):
    width = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(
        c.ljust(w) if i == 0 else c.rjust(w)
        for i, (c, w) in enumerate(zip(r, width))).rstrip() for r in rows)


def as_markdown(rows):
    lines = ["| " + " | ".join(r) + " |" for r in rows]
    return "\n".join(lines[:1] + ["|---" * len(rows[0]) + "|"] + lines[1:])


HEADINGS = ("Milliseconds from the start of browsing (columns) until the "
            "service of each\npublisher (rows) was known with host, port, "
            "address and TXT:",
            "One name wanted by crier and the peer, host and service: who "
            "moves; and how\nmany milliseconds after the end of the one the "
            "other shows it:")


def report(matrix):
    kept = results()
    versions = "\n".join("%s: %s" % (p, peers[p]["version"]) for p in peers)
    for ending, form in ((".txt", as_text), (".md", as_markdown)):
        with open(matrix + ending, "w") as out:
            for heading, rows in zip(HEADINGS, tables(kept)):
                out.write("%s\n\n%s\n\n" % (heading, form(rows)))
            out.write("```\n%s\n```\n" % versions if ending == ".md"
                      else versions + "\n")
    for peer in peers:
        bad = os.path.join(folder, peer + ".bad")
        if not os.path.exists(bad):
            print("ok interop/" + peer)
            continue
        print("not ok interop/" + peer)
        with open(bad) as lines:
            for line in lines:
                print("#   " + line.rstrip("\n"))


CHECKS = {
    "met-crier": met_crier, "met": met, "renamed": renamed,
    "crier-late": lambda: settled("crier-late"),
    "peer-late": lambda: settled("peer-late"),
    "bye-crier": lambda: bye_crier(int(rest[0])),
    "bye-peers": lambda: bye_peers(int(rest[0])),
}
kept_before = results()
if check == "report":
    report(rest[0])
    sys.exit(0)
done, result = CHECKS[check]()
if final:
    keep(check, result)
sys.exit(0 if done else 1)
