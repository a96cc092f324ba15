"""The table of a bench: what was to be reached, what was measured; docs/scale.md."""

import os
import platform
import re
from datetime import date
from pathlib import Path

from tools.console import say
from tools.paths import ROOT

SCALE = ROOT / "docs" / "scale.md"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"

# figure, its value, at most (None: for information), what it says
TARGETS = (
    ("first_xmlrpc", "ratio", 0.85, "first sync over XML-RPC, × raw"),
    ("first_jsonrpc", "ratio", 0.65, "first sync over JSON-RPC, × raw"),
    ("first_images", "ratio", 1.1, "first sync with pictures, × raw with pictures"),
    ("unchanged", "ratio", 0.01, "nothing changed, × raw"),
    ("unchanged", "requests", 2, "nothing changed, calls"),
    ("unchanged", "sql", 8, "nothing changed, SQL statements"),
    ("large", "requests", 2, "nothing changed in 50,000 rows, calls"),
    ("large", "sql", 8, "nothing changed in 50,000 rows, SQL statements"),
    ("full_check", "ratio", 0.15, "full check, × raw"),
    ("one_percent", "ratio", 0.03, "1 % changed, × raw"),
    ("one_percent", "requests", 3, "1 % changed, calls"),
    ("large", "sql_per_1000", 13, "SQL statements per 1,000 rows of a first sync"),
    ("first_images", "sql_per_image", 4, "… and per picture"),
    ("first_xmlrpc", "memory", 10, "memory growth, MB"),
    ("large", "memory", 10, "memory growth with 50,000 rows, MB"),
    ("first_images", "memory", 25, "memory growth with pictures, MB"),
    ("bad_rows", "ratio", 1.6, "10 bad rows, × a clean run"),
    ("leads", "ratio", 0.3, "web leads, × Odoo's own batched create"),
    ("leads", "sql", 1.2, "SQL statements per web lead"),
)
TARGETS += (
    ("endorsed", "calls_per_100", 1, "calls to the BPO per 100 endorsed leads"),
    ("polls", "core", 0.05, "200 dealers polling every minute, of a core of the BPO"),
    ("orders", "calls", 4, "calls per order at plain Odoo"),
    ("orders", "logins", 0, "logins while orders are sent"),
    ("orders", "own_ms", None, "milliseconds per order besides the calls"),
    ("orders", "core_ms", None, "… for Won, chatter and mail of a lead of the core"),
    ("orders", "over_core_ms", 25, "… over that"),
    ("orders", "sql", None, "SQL statements per order"),
    ("page_list", "ratio", 2, "first page of a list of 100,000 leads, × the core's"),
    ("page_kanban", "ratio", 2, "first page of cards of 100,000 leads, × the core's"),
)
# At least so many times faster than a script that takes row by row.
FASTER = (
    ("first_times", 4, "per-record upsert ÷ ours over JSON-RPC, first sync"),
    ("again_times", 100, "per-record upsert ÷ ours, nothing changed"),
)


def compare(figures):
    """Return `(rows, missed)`; a row has what, the target, what was measured."""
    rows, missed = [], []
    for name, value, most, what in TARGETS:
        measured = figures.get(name, {}).get(value)
        target = "" if most is None else f"≤ {most:g}"
        rows.append((what, target, shown(measured)))
        if measured is None or (most is not None and measured > most):
            missed.append(what)
    for value, least, what in FASTER:
        measured = figures.get("upsert", {}).get(value)
        rows.append((what, f"≥ {least:g}", shown(measured)))
        if measured is None or measured < least:
            missed.append(what)
    for name in ("page_list", "page_kanban"):
        what = f"SQL statements of that page, with 80 rows and with 10 ({name[5:]})"
        counts = [figures.get(name, {}).get(key) for key in ("sql", "sql_of_ten")]
        rows.append((what, "equal", " and ".join(map(shown, counts))))
        if None in counts or counts[0] != counts[1]:
            missed.append(what)
    return rows, missed


def shown(value):
    if value is None:
        return "not measured"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def machine():
    """Return what kind of machine this is, without naming it."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{os.cpu_count()} cores ({cpu[1] if cpu else platform.machine()}), "
        f"{memory:.0f} GB of memory"
    )


def report(series, figures, rows):
    """Return the table and the seconds behind it, as Markdown."""
    count = figures.get("rows", {}).get("value", 0)
    return "\n".join(
        [
            f"Measured on {date.today()} with Odoo {series}, Python "
            f"{platform.python_version()}, {machine()}, shared by all servers, the "
            f"database and the measuring; {count:,} products. Raw is the time of "
            "fetching the same fields in pages over XML-RPC plus `create()` of the "
            "same rows in batches, in the same run. Where a figure was taken several "
            "times, this is the median.",
            "",
            "| Figure | Target | Measured |",
            "|---|---|---|",
            *(f"| {what} | {target} | {measured} |" for what, target, measured in rows),
            "",
            "| Seconds | First | Again, nothing changed |",
            "|---|---|---|",
            *seconds(figures),
        ]
    )


def seconds(figures):
    def row(what, first, again):
        cells = [f"{value:.2f}" if value else "" for value in (first, again)]
        return f"| {what} | {cells[0]} | {cells[1]} |"

    names = {
        "raw": "raw fetch and create",
        "first_xmlrpc": "this sync, XML-RPC",
        "first_jsonrpc": "this sync, JSON-RPC",
        "raw_images": "raw with pictures",
        "first_images": "this sync with pictures, JSON-RPC",
        "upsert": "pages of 100, then row by row",
        "odoorpc": "an OdooRPC script",
        "load": "Odoo's own load()",
        "naive": "one call a row (from 200 rows)",
    }
    unchanged = figures.get("unchanged", {}).get("seconds")
    for name, what in names.items():
        if values := figures.get(name):
            ours = unchanged if name.startswith("first") else None
            first = values.get("seconds") or values.get("first")
            yield row(what, first, values.get("again") or ours)
    if large := figures.get("large"):
        what = f"this sync, {large['rows']} rows, JSON-RPC"
        yield row(what, large["first"], large["unchanged"])


def write(text):
    """Put the table into docs/scale.md, between its marks."""
    old = SCALE.read_text("utf-8") if SCALE.exists() else f"# Scale\n\n{BEGIN}\n{END}\n"
    if BEGIN not in old:
        old += f"\n## The sync\n\n{BEGIN}\n{END}\n"
    head, _mark, rest = old.partition(BEGIN)
    tail = rest.partition(END)[2]
    SCALE.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}", "utf-8")
    say(f"Written to {SCALE.relative_to(ROOT)}")
