"""Lines of events, as README.md has them, for the peers in Python."""
import sys
import threading
import time

_lock = threading.Lock()


def say(*words):
    """One line with the time in front."""
    line = " ".join(str(w) for w in (int(time.time() * 1000),) + words)
    with _lock:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def found(instance, host, port, address, txt):
    """A service, or what is known of it; TXT strings in a list."""
    say("+", "|".join((instance, host, str(port), address,
                       " ".join(sorted(txt)))))


def gone(instance):
    say("-", instance)
