"""Measures the sync inside one Odoo process; prints one JSON line per figure.

    python measure.py odoo.conf DATABASE < settings.json   (started by bench.py)

Every figure is taken in the same run as its baselines, so that ratios hold on a machine
whose speed wanders. The rows of one figure are deleted before the next.
"""

import json
import statistics
import sys
from contextlib import contextmanager
from datetime import datetime, timedelta

from baselines import Baselines, Peer
from meter import Measure, report, timed
from web_leads import WebLeads

from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import config

BARE = {"tracking_disable": True}


class Bench(Baselines, WebLeads):
    def __init__(self, env, settings):
        self.env, self.settings = env, settings
        self.peer = Peer(*settings["peer"])
        self.admin = Peer(*settings["peer"][:2], *settings["admin"])
        self.domain = [("brand_code", "!=", False)]
        self.models = env["crm.vehicle.model"].with_context(active_test=False)
        self.brand = self.make_brand()

    def make_brand(self):
        url, database, login, password = self.settings["peer"]
        self.env["crm.brand"].search([("code", "=", "BENCH")]).unlink()
        brand = self.env["crm.brand"].create(
            {
                "name": "Bench",
                "code": "BENCH",
                "distributor_url": url,
                "distributor_db": database,
                "distributor_username": login,
                "distributor_password": password,
                "filter_is_unit": False,
                "filter_serial": False,
                "distributor_mapping_ids": [
                    (0, 0, {"kind": kind, "key": "domain", "remote": str(domain)})
                    for kind, domain in (("product", self.domain),)
                ],
            }
        )
        self.env.cr.commit()
        answer = brand.action_test_connection()["params"]
        assert answer["type"] == "success", answer["message"]
        self.env.cr.commit()
        return brand

    def reset(self):
        """Delete what was synced, as if it had never been."""
        cr = self.env.cr
        self.env["distributor.web.lead"].search([]).lead_id.unlink()
        self.models.search([("brand_id", "=", self.brand.id)]).unlink()
        self.env["distributor.sync.run"].search([]).unlink()
        self.env["distributor.sync.issue"].search([]).unlink()
        self.brand.distributor_marks = False
        cr.commit()
        cr.execute("DELETE FROM ir_attachment WHERE res_model = 'crm.vehicle.model'")
        cr.commit()
        self.env.invalidate_all()
        with self.autocommit():
            cr.execute("VACUUM ANALYZE crm_vehicle_model")

    @contextmanager
    def autocommit(self):
        connection = self.env.cr._cnx
        connection.autocommit = True
        yield
        connection.autocommit = False

    def use(self, protocol=None, images=True):
        """Choose the wire, and whether pictures are read."""
        lines = self.brand.distributor_mapping_ids
        lines.filtered(lambda line: line.key == "image").unlink()
        if not images:
            values = {"kind": "product", "key": "image", "remote": ""}
            lines.create({**values, "brand_id": self.brand.id})
        if protocol:
            self.brand._distributor_learn(json=protocol == "jsonrpc")
        self.env.cr.commit()

    # -- ours ------------------------------------------------------------------

    def background(self, **options):
        """Run one sync as the cron does it and return what was measured."""
        runs = self.env["distributor.sync.run"]
        run = runs._queue(self.brand, "product", **options)
        self.env.cr.commit()
        self.env.invalidate_all()
        with Measure(self.env.cr) as measure:
            run._process()
        assert run.state == "done", run.message
        measure.run = run
        measure.requests = run.requests
        return measure

    def button(self):
        """Press the button and return what was measured."""
        self.env.cr.commit()
        self.env.invalidate_all()
        with Measure(self.env.cr) as measure:
            answer = self.brand.action_sync_vehicle_models()
            self.env.cr.commit()
        assert answer["params"]["type"] == "success", answer
        measure.run = self.env["distributor.sync.run"].search([], limit=1)
        measure.requests = measure.run.requests
        return measure

    # -- figures ---------------------------------------------------------------

    def everything(self):
        rounds = self.settings["rounds"]
        rows = self.peer.call("product.template", "search_count", self.domain)
        report(figure="rows", value=rows)
        if self.settings["large"]:
            self.large(rows)
            return
        self.first_syncs(rounds, rows)
        self.images(rounds, rows)
        self.later_syncs(rounds)
        self.bad_rows(rows)
        self.web_leads(rounds)
        self.scripts(rows)

    def large(self, rows):
        """What must not grow with the catalog."""
        self.use("jsonrpc", images=False)
        first = self.background()
        assert first.run.created == rows
        self.settle()
        again = [self.button() for _round in range(3)]
        report(
            figure="large",
            rows=rows,
            first=first.seconds,
            memory=first.growth,
            sql_per_1000=first.queries / rows * 1000,
            unchanged=statistics.median(measure.seconds for measure in again),
            sql=max(measure.queries for measure in again),
            requests=max(measure.requests for measure in again),
        )

    def first_syncs(self, rounds, rows):
        """First sync without pictures, on both wires, against raw in the same round."""
        taken = {"raw": [], "xmlrpc": [], "jsonrpc": []}
        measures = {}
        for _round in range(rounds):
            self.reset()
            taken["raw"].append(sum(self.raw()))
            for protocol in ("xmlrpc", "jsonrpc"):
                self.use(protocol, images=False)
                self.reset()
                measure = measures[protocol] = self.background()
                taken[protocol].append(measure.seconds)
                assert measure.run.created == rows
        self.raw_seconds = statistics.median(taken["raw"])
        report(figure="raw", seconds=self.raw_seconds, all=taken["raw"])
        for protocol, measure in measures.items():
            pairs = zip(taken[protocol], taken["raw"], strict=True)
            report(
                figure=f"first_{protocol}",
                seconds=statistics.median(taken[protocol]),
                ratio=statistics.median(ours / raw for ours, raw in pairs),
                all=taken[protocol],
                sql=measure.queries,
                sql_per_1000=measure.queries / rows * 1000,
                requests=measure.requests,
                memory=measure.growth,
            )

    def images(self, rounds, rows):
        """The same with pictures."""
        self.use("jsonrpc")  # what Test Connection found out, here and below
        raw, ours = [], []
        for _round in range(rounds):
            self.reset()
            raw.append(sum(self.raw(images=True)))
            self.reset()
            ours.append(measure := self.background())
        count = measure.run.images
        plain = 13 * rows / 1000
        report(figure="raw_images", seconds=statistics.median(raw))
        report(
            figure="first_images",
            seconds=statistics.median(m.seconds for m in ours),
            ratio=statistics.median(
                m.seconds / seconds for m, seconds in zip(ours, raw, strict=True)
            ),
            sql=measure.queries,
            sql_per_image=(measure.queries - plain) / max(count, 1),
            images=count,
            requests=measure.requests,
            memory=max(m.growth for m in ours),
        )

    def later_syncs(self, rounds):
        """Nothing changed, a full check, and one row in a hundred changed."""
        self.settle()
        unchanged = [self.button() for _round in range(rounds)]
        seconds = statistics.median(m.seconds for m in unchanged)
        report(
            figure="unchanged",
            seconds=seconds,
            ratio=seconds / self.raw_seconds,
            sql=max(m.queries for m in unchanged),
            requests=max(m.requests for m in unchanged),
            memory=max(m.growth for m in unchanged),
        )
        before = self.written()
        checks = [self.background(full=True) for _round in range(rounds)]
        assert self.written() == before, "a full check wrote rows that had not changed"
        seconds = statistics.median(m.seconds for m in checks)
        report(
            figure="full_check",
            seconds=seconds,
            ratio=seconds / self.raw_seconds,
            sql=max(m.queries for m in checks),
            requests=max(m.requests for m in checks),
        )
        changed = []
        for number in range(rounds):
            ids = self.admin.call("product.template", "search", self.domain, order="id")
            part = ids[:9900][50 + number :: 99]
            price = {"list_price": 1000 + number}
            self.admin.call("product.template", "write", part, price)
            # From the second round on, what the one before changed comes again: the
            # overlap.
            changed.append(self.button())
        assert [m.run.updated for m in changed] == [len(part)] * rounds
        seconds = statistics.median(m.seconds for m in changed)
        report(
            figure="one_percent",
            seconds=seconds,
            ratio=seconds / self.raw_seconds,
            sql=max(m.queries for m in changed),
            requests=max(m.requests for m in changed),
        )

    def settle(self):
        """Be ten minutes later: out of the overlap of the last sync."""
        marks = self.brand.distributor_marks
        mark = datetime.strptime(marks["product"]["mark"], "%Y-%m-%d %H:%M:%S")
        marks["product"]["mark"] = str(mark + timedelta(minutes=10))
        self.brand.distributor_marks = marks
        self.env.cr.commit()

    def written(self):
        self.env.cr.execute(
            "SELECT max(write_date) FROM crm_vehicle_model WHERE brand_id = %s",
            [self.brand.id],
        )
        return self.env.cr.fetchone()

    def bad_rows(self, rows):
        """Ten rows that the database refuses, spread over the catalog."""
        cr = self.env.cr
        self.use(images=False)
        self.reset()
        clean = self.background().seconds
        self.reset()
        cr.execute(
            "ALTER TABLE crm_vehicle_model ADD CONSTRAINT bench_refuses"
            " CHECK (distributor_product_id %% 1000 <> 77 OR brand_id <> %s)",
            [self.brand.id],
        )
        cr.commit()
        try:
            measure = self.background()
        finally:
            cr.rollback()
            cr.execute("ALTER TABLE crm_vehicle_model DROP CONSTRAINT bench_refuses")
            cr.commit()
        issues = self.env["distributor.sync.issue"].search_count(
            [("state", "=", "open")]
        )
        assert measure.run.created == rows - issues
        report(
            figure="bad_rows",
            seconds=measure.seconds,
            ratio=measure.seconds / clean,
            bad=issues,
            sql=measure.queries,
        )

    def scripts(self, rows):
        """The same rows by the ways people usually take."""
        self.use("jsonrpc", images=False)
        self.reset()
        ours = self.background().seconds
        self.settle()
        unchanged = self.button().seconds
        self.reset()
        first, again = timed(self.upsert), timed(self.upsert)
        report(
            figure="upsert",
            first=first,
            again=again,
            first_times=first / ours,
            again_times=again / unchanged,
        )
        self.reset()
        report(figure="load", first=timed(self.load), again=timed(self.load))
        self.env.cr.execute("DELETE FROM ir_model_data WHERE module = 'bench'")
        if self.settings.get("odoorpc"):
            self.reset()
            first = timed(self.odoorpc)
            report(figure="odoorpc", first=first, again=timed(self.odoorpc))
        self.reset()
        report(figure="naive", first=self.naive(min(rows, 200)) * rows)
        self.reset()


def main():
    settings = json.load(sys.stdin)
    config.parse_config(["-c", sys.argv[1], "-d", sys.argv[2], "--log-level=error"])
    registry = Registry(sys.argv[2])
    with registry.cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, BARE)
        Bench(env, settings).everything()


if __name__ == "__main__":
    sys.setswitchinterval(0.005)
    main()
