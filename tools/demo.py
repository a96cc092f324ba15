"""make demo: a distributor, a BPO, two dealers, an Odoo server each, and one lead."""

import argparse
import threading
from types import SimpleNamespace

from tools import demo_story
from tools.console import say, step
from tools.odoo import SERIES
from tools.paths import needs
from tools.process import in_pairs
from tools.runtime import Runtime

# role: (what is installed there, the port it gets if it is free)
ROLES = {
    "distributor": (["distributor_fixture"], 8169),
    "bpo": (["bpo_crm_distributor_sync"], 8269),
    "dealer": (["dealer_crm_bpo_bridge"], 8369),
    # A dealer without any addon of ours: Odoo's own that the other one has.
    "plain": (needs("dealer_crm_bpo_bridge")[1], 8469),
}
# With it a change of a scheduled action wakes the worker that runs it at once.
ENVIRONMENT = {"ODOO_NOTIFY_CRON_CHANGES": "1"}


def main(arguments):
    """Bring the servers up, tell the story, serve; return 0 if every step was true."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the story")
    parser.add_argument("--series", choices=["18", "19", *SERIES], help="default: 18")
    options = parser.parse_args(arguments)
    wanted = [f"{options.series.removesuffix('.0')}.0"] if options.series else []
    with Runtime("demo", wanted) as runtime:
        with step("Four Odoo servers"):
            servers = start(runtime, runtime.series[0])
        failed = demo_story.run(servers, say)
        if failed:
            say(f"The story broke off at: {failed}")
            for server in vars(servers).values():
                say(f"Log of {server.database}: {server.log}")
        if options.once or failed:
            return 1 if failed else 0
        say("Serving until Ctrl-C.")
        threading.Event().wait()


def start(runtime, series):
    """Return the started servers, one attribute for each role."""
    ports = {role: runtime.port(preferred) for role, (_, preferred) in ROLES.items()}

    def prepare(role):
        return runtime.server(
            series,
            role,
            ROLES[role][0],
            start=False,
            port=ports[role],
            crons=2,
            env=ENVIRONMENT,
        )

    servers = dict(zip(ROLES, in_pairs(prepare, ROLES), strict=True))
    runtime.start_together(*servers.values())
    return SimpleNamespace(**servers)
