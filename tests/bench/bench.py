"""make bench: how fast the sync is, as ratios to baselines of the same run.

A distributor and a BPO on real Odoo servers over loopback. The table goes to the screen
and to `docs/scale.md`; exit status 1 when a target of the design is missed.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

from tools.console import Problem, say, step
from tools.paths import ROOT, work_dir
from tools.runtime import Runtime

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from peer import multiply  # noqa: E402  (the path comes first)

SEED = {"products": 1000, "images": 100, "dealers": 60, "leads": 1000}
SERVICE = ("bpo_sync", "bench-sync-secret")
ODOORPC = "OdooRPC==0.10.1"
SCALE = ROOT / "docs" / "scale.md"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"

# figure, its value, at most, what it says
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
# At least so many times faster than a script that takes row by row.
FASTER = (
    ("first", "first_xmlrpc", 4, "per-record upsert ÷ ours, first sync"),
    ("again", "unchanged", 100, "per-record upsert ÷ ours, nothing changed"),
)


def main(arguments):
    options = read_arguments(arguments)
    with Runtime("bench", [options.series] if options.series else ()) as runtime:
        series = options.series or runtime.series[0]
        figures = measure(runtime, series, options)
    rows, missed = table(figures)
    text = report(series, figures, rows)
    print(f"\n{text}")
    if options.write:
        write(text)
    if missed:
        say(f"{len(missed)} of {len(rows)} targets missed: {'; '.join(missed)}")
    return 1 if missed else 0


def read_arguments(arguments):
    parser = argparse.ArgumentParser("make bench", description=__doc__)
    parser.add_argument("--series", help="of Odoo, as 18.0; default: the oldest found")
    parser.add_argument("--rounds", type=int, default=3, help="of each figure")
    parser.add_argument("--no-large", action="store_true", help="leave out 50,000 rows")
    parser.add_argument(
        "--no-write",
        dest="write",
        action="store_false",
        help="leave docs/scale.md as it is",
    )
    return parser.parse_args(arguments)


def measure(runtime, series, options):
    """Return `{figure: values}`, measured between two databases made for it."""
    databases = runtime.databases[series]
    peer = runtime.server(series, "distributor", ["distributor_fixture"], crons=0)
    bpo = runtime.database(series, "bpo", ["bpo_crm_distributor_sync"])

    def execute(sql):
        with closing(databases.postgres.connect(peer.database)) as connection:
            connection.cursor().execute(sql)

    with step("Seeding the distributor"):
        seed(peer)
        multiply(execute, 1, 9)
    settings = {
        "peer": [peer.url, peer.database, *SERVICE],
        "admin": ["admin", "admin"],
        "rounds": options.rounds,
        "leads": SEED["leads"],
        "odoorpc": odoorpc(),
        "large": False,
    }
    figures = run(databases, bpo, settings)
    if not options.no_large:
        with step("Seeding 40,000 more products"):
            multiply(execute, 10, 49)
        large = runtime.database(series, "large", ["bpo_crm_distributor_sync"])
        figures |= run(databases, large, {**settings, "large": True})
    return figures


def seed(peer):
    from tools.story.rpc import Database

    admin = Database(peer).admin
    admin.call("distributor.seed", "seed", seed=1, **SEED)
    admin.call("distributor.seed", "service_account", *SERVICE)


def odoorpc():
    """Return the folder with OdooRPC, for the baseline that uses it, or None."""
    folder = work_dir() / "bench-lib"
    if not (folder / "odoorpc").is_dir():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        command += ["--target", str(folder), ODOORPC]
        if subprocess.run(command, check=False).returncode:
            say(f"{ODOORPC} cannot be had, so its baseline is left out")
            return None
    return str(folder)


def run(databases, database, settings):
    """Run measure.py on a database and return its figures."""
    config = databases.config("bench", db_maxconn=16)
    log = databases.logs / "bench.log"
    environment = databases.environment()
    if settings["odoorpc"]:
        path = [environment["PYTHONPATH"], settings["odoorpc"]]
        environment["PYTHONPATH"] = os.pathsep.join(path)
    command = [sys.executable, str(HERE / "measure.py"), str(config), database]
    figures = {}
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
            cwd=ROOT,
            text=True,
        )
        with process:
            process.stdin.write(json.dumps(settings))
            process.stdin.close()
            for line in process.stdout:
                values = json.loads(line)
                name = values.pop("figure")
                figures[name] = values
                say(f"{name}: {shown(values)}")
    if process.returncode:
        raise Problem(f"The measuring broke off. Its log {log} says why.")
    return figures


def shown(values):
    return ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in values.items()
        if name != "all"
    )


def table(figures):
    """Return `(rows, missed)`; a row has what, the target, what was measured."""
    rows, missed = [], []
    for name, value, most, what in TARGETS:
        if name in figures:
            measured = figures[name][value]
            rows.append((what, f"≤ {most:g}", f"{measured:.3g}"))
            if measured > most:
                missed.append(what)
    for value, ours, least, what in FASTER:
        if "upsert" in figures and ours in figures:
            measured = figures["upsert"][value] / figures[ours]["seconds"]
            rows.append((what, f"≥ {least:g}", f"{measured:.3g}"))
            if measured < least:
                missed.append(what)
    return rows, missed


def report(series, figures, rows):
    """Return the table and the seconds behind it, as Markdown."""
    lines = [
        f"Measured on {date.today()} with Odoo {series}, Python "
        f"{platform.python_version()}, {os.cpu_count()} cores shared by both servers, "
        f"the database and the measuring; {figures['rows']['value']} rows. Raw is the "
        "time of fetching the same fields in pages over XML-RPC plus `create()` of the "
        "same rows in batches, in the same run.",
        "",
        "| Figure | Target | Measured |",
        "|---|---|---|",
        *(f"| {what} | {target} | {measured} |" for what, target, measured in rows),
        "",
        "| Seconds | First | Again, nothing changed |",
        "|---|---|---|",
        *seconds(figures),
    ]
    return "\n".join(lines)


def seconds(figures):
    def row(what, first, again):
        cells = [f"{value:.2f}" if value else "" for value in (first, again)]
        return f"| {what} | {cells[0]} | {cells[1]} |"

    again = figures["unchanged"]["seconds"]
    yield row("raw fetch and create", figures["raw"]["seconds"], None)
    yield row("this sync, XML-RPC", figures["first_xmlrpc"]["seconds"], again)
    yield row("this sync, JSON-RPC", figures["first_jsonrpc"]["seconds"], again)
    yield row("raw with pictures", figures["raw_images"]["seconds"], None)
    yield row("this sync with pictures", figures["first_images"]["seconds"], again)
    names = {
        "upsert": "pages of 100, then row by row",
        "odoorpc": "an OdooRPC script",
        "load": "Odoo's own load()",
        "naive": "one call a row (from 200 rows)",
    }
    for name, what in names.items():
        if values := figures.get(name):
            yield row(what, values["first"], values.get("again"))
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
