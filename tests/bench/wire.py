"""Counts and times what crosses the wire, inside one Odoo process.

    python wire.py odoo.conf DATABASE < settings.json   (started by road.py)

`work` is `deliver` (the BPO's outbox) or `pull` (a dealer's import); everything that
waits is sent or fetched. What is left of the time without the calls is our own, but
for what Odoo takes for any lead that is won: tracking, a line in the chatter, a mail.
"""

import json
import statistics
import sys
import time
from unittest.mock import patch

from meter import report

from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import config


class Wire:
    """All calls of this process, by method."""

    def __init__(self):
        # The addons are found once the configuration is read.
        from odoo.addons.remote_odoo.client import OdooClient

        self.calls, self.logins, self.seconds = [], 0, 0.0
        rpc = OdooClient._rpc

        def counted(client, service, method, *args):
            since = time.perf_counter()
            try:
                return rpc(client, service, method, *args)
            finally:
                self.seconds += time.perf_counter() - since
                self.logins += method == "authenticate"
                if service == "object":
                    self.calls.append(args[4])

        self.patch = patch.object(OdooClient, "_rpc", counted)


def deliver(env, figure):
    messages = env["remote.odoo.message"].search([("state", "=", "pending")])
    wire, taken, own, counts = Wire(), [], [], []
    model = type(messages)
    usual = model._deliver

    def measured(message):
        waited, since = wire.seconds, time.perf_counter()
        queries = env.cr.sql_log_count
        usual(message)
        taken.append((time.perf_counter() - since) * 1000)
        own.append(taken[-1] - (wire.seconds - waited) * 1000)
        counts.append(env.cr.sql_log_count - queries)

    with wire.patch, patch.object(model, "_deliver", measured):
        env["remote.odoo.message"]._cron_deliver()
    env.invalidate_all()
    done = messages.filtered(lambda message: message.state == "done")
    assert done == messages, messages.mapped("last_error")
    leads = env["crm.lead"].browse(messages.mapped("res_id"))
    core = statistics.median(core_won(lead) for lead in leads)
    report(
        figure=figure,
        messages=len(messages),
        ms=statistics.median(taken),
        own_ms=statistics.median(own),  # the first one fills Odoo's caches
        core_ms=core,
        over_core_ms=statistics.median(own) - core,
        sql=statistics.median(counts),
        calls=len(wire.calls) / len(messages),
        logins=wire.logins,
    )


def core_won(lead):
    """Return the milliseconds that an ordinary lead of the same agent, customer and
    dealership takes to be won, with a line in its chatter and the same mail."""
    env = lead.env
    fields = ["name", "user_id", "partner_id", "brand_id", "dealership_id", "mobile"]
    (values,) = lead.read(fields, load=None)
    values.pop("id")
    ordinary = env["crm.lead"].create({"type": "opportunity", **values})
    env.cr.commit()
    env.invalidate_all()
    since = time.perf_counter()
    ordinary.with_user(lead.user_id).action_set_won()
    ordinary._queue_manager_mail()
    ordinary._message_log(body="Order S00001 created. Mail queued.")
    env.cr.commit()
    return (time.perf_counter() - since) * 1000


def pull(env, figure):
    leads = env["crm.lead"].search_count([("pipeline", "=", "dealer")])
    wire = Wire()
    with wire.patch:
        since = time.perf_counter()
        env["bpo.crm.connection"]._cron_import_endorsed_leads()
        seconds = time.perf_counter() - since
    count = env["crm.lead"].search_count([("pipeline", "=", "dealer")]) - leads
    asked = [name for name in wire.calls if name != "acknowledge_endorsements"]
    report(
        figure=figure,
        leads=count,
        ms=seconds / max(count, 1) * 1000,
        calls=len(asked),
        calls_per_100=len(asked) / max(count / 100, 1),
        acknowledgements=len(wire.calls) - len(asked),
        logins=wire.logins,
    )


def main():
    settings = json.load(sys.stdin)
    config.parse_config(["-c", sys.argv[1], "-d", sys.argv[2], "--log-level=error"])
    with Registry(sys.argv[2]).cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        {"deliver": deliver, "pull": pull}[settings["work"]](env, settings["figure"])


if __name__ == "__main__":
    main()
