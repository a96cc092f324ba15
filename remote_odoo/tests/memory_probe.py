"""Calls peers in a process of its own and says what each call cost.

    python memory_probe.py FOLDER_OF_THE_ADDON

Reads lines ``protocol url`` and answers each with a line of JSON: ``growth`` (at the
peak) and ``end`` of the resident memory in MB since the start, ``seconds``, ``error``
(the classes) and ``text``. Loads the client alone, without an Odoo, so that the memory
is the client's.
"""

import json
import sys
import time
import types
from contextlib import suppress
from pathlib import Path

SECONDS = 1.5  # that a call may take


def load(folder):
    """Return the client module of the addon in ``folder``."""
    package = types.ModuleType("remote_odoo")
    package.__path__ = [folder]
    sys.modules["remote_odoo"] = package
    from remote_odoo import client  # noqa: PLC0415 - the package has just been made

    client.LONGEST_CALL = SECONDS
    return client


def memory(field):
    """Return a figure of this process in MB, as the kernel counts it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) // 1024
    raise LookupError(field)


def forget_peak():
    with suppress(OSError):  # then the peak is that of all calls so far: never too low
        Path("/proc/self/clear_refs").write_text("5")


def ask(client, protocol, url):
    """Make the call whose reply may be the largest; return the error, if any."""
    options = {"protocol": protocol, "uid": 7, "timeout": (5, 60)}
    try:
        with client.OdooClient(url, "db", "login", "password", **options) as peer:
            peer.call("res.partner", "search_read", [], fields=["name"], limit=1000)
    except Exception as error:  # noqa: BLE001 - what comes out is what is tested
        return error
    return None


def say(value):
    sys.stdout.write(f"{json.dumps(value)}\n")
    sys.stdout.flush()


def main():
    client = load(sys.argv[1])
    ask(client, "jsonrpc", "http://127.0.0.1:9")  # loads what is loaded late
    before = memory("VmRSS")
    say(before)
    for line in sys.stdin:
        protocol, url = line.split()
        forget_peak()
        started = time.monotonic()
        error = ask(client, protocol, url)
        answer = {
            "growth": memory("VmHWM") - before,
            "end": memory("VmRSS") - before,
            "seconds": round(time.monotonic() - started, 2),
            "error": error and [kind.__name__ for kind in type(error).__mro__],
            "text": str(error or ""),
        }
        say(answer)


if __name__ == "__main__":
    main()
