"""make bench: how fast the suite is, as ratios to baselines of the same run.

A distributor, a BPO and a dealer on real Odoo servers over loopback. The table goes to
the screen and to `docs/scale.md`; exit status 1 when a target of the design is missed.
"""

import argparse
import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tools.console import Problem, say, step
from tools.paths import ROOT, work_dir
from tools.runtime import Runtime
from tools.story.rpc import Database, StepFailed, errors

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import road  # noqa: E402  (the path comes first)
import table  # noqa: E402
from peer import multiply  # noqa: E402

SEED = {"products": 1000, "images": 100, "dealers": 60, "leads": 1000}
SERVICE = ("bpo_sync", "bench-sync-secret")
ODOORPC = "OdooRPC==0.10.1"
PARTS = ("sync", "road", "lists")


def main(arguments):
    options = read_arguments(arguments)
    with Runtime("bench", [options.series] if options.series else ()) as runtime:
        series = options.series or runtime.series[0]
        figures = measure(runtime, series, options)
    rows, missed = table.compare(figures)
    text = table.report(series, figures, rows)
    print(f"\n{text}")
    if options.write:
        table.write(text)
    if missed:
        say(f"{len(missed)} of {len(rows)} rows missed: {'; '.join(missed)}")
    return 1 if missed else 0


def read_arguments(arguments):
    parser = argparse.ArgumentParser("make bench", description=__doc__)
    parser.add_argument("--series", help="of Odoo, as 18.0; default: the oldest found")
    parser.add_argument("--rounds", type=int, default=3, help="of each figure")
    parser.add_argument("--no-large", action="store_true", help="leave out 50,000 rows")
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=PARTS, help="of the table"
    )
    parser.add_argument("--endorsed", type=int, default=200, help="leads for a dealer")
    parser.add_argument("--list-rows", type=int, default=100_000, help="leads in lists")
    parser.add_argument(
        "--no-write",
        dest="write",
        action="store_false",
        help="leave docs/scale.md as it is",
    )
    return parser.parse_args(arguments)


def measure(runtime, series, options):
    """Return `{figure: values}`; a part that breaks off leaves its rows out."""
    figures = {}
    for part in (measure_sync, measure_road, measure_lists):
        if part.__name__.removeprefix("measure_") in options.parts:
            try:
                part(runtime, series, options, figures)
            except (Problem, StepFailed, errors.RemoteError) as problem:
                say(f"{part.__name__}: {problem}")
    return figures


def measure_sync(runtime, series, options, figures):
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
    run(databases, bpo, "measure.py", settings, figures)
    if not options.no_large:
        with step("Seeding 40,000 more products"):
            multiply(execute, 10, 49)
        large = runtime.database(series, "large", ["bpo_crm_distributor_sync"])
        run(databases, large, "measure.py", {**settings, "large": True}, figures)
    peer.stop()


def measure_road(runtime, series, options, figures):
    def of_wire(database, script, settings):
        run(runtime.databases[series], database, script, settings, figures)

    figures["polls"] = road.measure(runtime, series, of_wire, options.endorsed)


def measure_lists(runtime, series, options, figures):
    database = runtime.database(series, "lists", ["bpo_crm"])
    settings = {"rows": options.list_rows}
    run(runtime.databases[series], database, "lists.py", settings, figures)


def seed(peer):
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


def run(databases, database, script, settings, figures):
    """Run a script of this folder on a database and add its figures as they come."""
    config = databases.config("bench", db_maxconn=16)
    log = databases.logs / f"bench-{Path(script).stem}.log"
    environment = databases.environment()
    if settings.get("odoorpc"):
        path = [environment["PYTHONPATH"], settings["odoorpc"]]
        environment["PYTHONPATH"] = os.pathsep.join(path)
    command = [sys.executable, str(HERE / script), str(config), database]
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


def shown(values):
    return ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in values.items()
        if name != "all"
    )
