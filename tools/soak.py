"""make soak: outbox, sync, web leads and road under full load, with faults and kills.

What a full soak printed is kept in docs/soak.md.
"""

import argparse
import importlib
import re
import sys

from tools import odoo
from tools.console import elapsed, say
from tools.paths import ROOT

SOAKS = ("outbox", "sync", "leads", "road")
PAGE = ROOT / "docs" / "soak.md"


def main(arguments):
    """Run the chosen soaks; return 0 only if all ended as they must."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--only", action="append", choices=SOAKS)
    parser.add_argument(
        "--series",
        action="append",
        choices=["18", "19", *odoo.SERIES],
        help="default: every series found",
    )
    parser.add_argument(
        "--small", action="store_true", help="some minutes; docs/soak.md stays"
    )
    options = parser.parse_args(arguments)
    sys.path.insert(0, str(ROOT / "tests" / "soak"))
    results = {
        (name, series): run(name, series, options.small)
        for name in options.only or SOAKS
        for series in _series(options)
    }
    for (name, series), good in results.items():
        say(f"soak of {name} on {series}: {'passed' if good else 'FAILED'}")
    return 0 if all(results.values()) else 1


def _series(options):
    if options.series:
        return [f"{name.removesuffix('.0')}.0" for name in options.series]
    return list(odoo.find(every=True))


def run(name, series, small):
    """Run one soak on one series; return whether it ended as it must."""
    module, lines = importlib.import_module(name), []

    def tell(line):
        lines.append(line)
        say(line)

    say(f"--- {name} on Odoo {series}")
    try:
        module.soak(series, tell, **(module.SMALL if small else module.FULL))
    except Exception as error:  # the other soaks are still worth their time
        say(f"{type(error).__name__}: {error}")
        return False
    say(f"{name} on Odoo {series}: passed after {elapsed()}")
    if not small:
        keep(name, series, lines)
    return True


def keep(name, series, lines):
    """Put what a full soak printed into its place in docs/soak.md."""
    block = "\n".join(
        [f"<!-- {name} {series} -->", "```", f"Odoo {series}", *lines, "```"]
    )
    place = rf"<!-- {name} {re.escape(series)} -->\n```\n.*?```"
    text = PAGE.read_text()
    text, found = re.subn(place, lambda _match: block, text, flags=re.DOTALL)
    if found:
        PAGE.write_text(text)
    else:
        say(f"docs/soak.md has no place for {name} on {series}.")
