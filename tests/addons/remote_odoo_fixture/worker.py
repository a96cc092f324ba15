"""A process with an Odoo environment, for tests that need real processes.

Run as ``python worker.py CONFIG DATABASE``. Each line of its input is a JSON string of
Python code; it runs it with ``env`` on a cursor of its own, commits, and prints
``result`` as a line of JSON. Unlike a cron it never runs by itself, so that a test
decides who delivers when, and whom it kills.
"""

import json
import logging
import sys
import traceback


def tell(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def main(config, database):
    from odoo import api
    from odoo.tools import config as odoo_config

    odoo_config.parse_config(["-c", config])
    logging.getLogger().setLevel(logging.ERROR)
    from odoo.modules.registry import Registry

    registry = Registry(database)
    tell("ready")
    for line in sys.stdin:
        scope = {"registry": registry, "api": api, "result": None}
        try:
            with registry.cursor() as cr:
                scope["env"] = api.Environment(cr, api.SUPERUSER_ID, {})
                exec(json.loads(line), scope)
        except Exception:  # noqa: BLE001
            scope["result"] = {"error": traceback.format_exc()}
        tell(scope["result"])


if __name__ == "__main__":
    main(*sys.argv[1:])
