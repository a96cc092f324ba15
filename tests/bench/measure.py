"""Measures the sync inside one Odoo process; prints one JSON line per figure.

    python measure.py odoo.conf DATABASE < settings.json   (started by bench.py)

Every figure is taken in the same run as its baselines, so that ratios hold on a machine
whose speed wanders. The rows of one figure are deleted before the next.
"""

import gc
import json
import statistics
import sys
import threading
import time
import xmlrpc.client
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import config

FIELDS = ["name", "default_code", "categ_id", "list_price", "description_sale"]
FIELDS += ["description", "write_date"]
BARE = {"tracking_disable": True}


def report(**values):
    print(json.dumps(values), flush=True)


def memory():
    """Return the resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


class Measure:
    """One thing measured: seconds, SQL statements, peak memory over the start."""

    def __init__(self, cr):
        self.cr = cr

    def __enter__(self):
        gc.collect()
        self.base = self.peak = memory()
        self.queries = self.cr.sql_log_count
        self.running = True
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        self.since = time.perf_counter()
        return self

    def __exit__(self, *_error):
        self.seconds = time.perf_counter() - self.since
        self.running = False
        self.thread.join()
        self.queries = self.cr.sql_log_count - self.queries
        self.growth = max(self.peak - self.base, 0)

    def _watch(self):
        while self.running:
            self.peak = max(self.peak, memory())
            time.sleep(0.02)


class Peer:
    """The distributor as a plain script talks to it."""

    def __init__(self, url, database, login, password):
        self.args = (url, database, login, password)
        common = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common")
        self.uid = common.authenticate(database, login, password, {})
        self.proxy = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/object")
        self.calls = 0

    def call(self, model, method, *args, **kwargs):
        _url, database, _login, password = self.args
        self.calls += 1
        return self.proxy.execute_kw(
            database, self.uid, password, model, method, args, kwargs
        )

    def pages(self, domain, fields, size=1000):
        last = 0
        while True:
            rows = self.call(
                "product.template",
                "search_read",
                [*domain, ("id", ">", last)],
                fields=fields,
                limit=size,
                order="id",
            )
            if rows:
                yield rows
                last = rows[-1]["id"]
            if len(rows) < size:
                return


class Bench:
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

    # -- baselines -------------------------------------------------------------

    def values(self, row):
        return {
            "brand_id": self.brand.id,
            "external_ref": str(row["id"]),
            "distributor_product_id": row["id"],
            "name": row["name"],
            "default_code": row["default_code"],
            "category": row["categ_id"] and row["categ_id"][1],
            "list_price": row["list_price"],
            "description": row["description_sale"],
            "distributor_write_date": row["write_date"],
        }

    def raw(self, images=False):
        """Fetch the same fields in pages, create the same rows in batches: no more."""
        fetched = []
        with Measure(self.env.cr) as fetch:
            for rows in self.peer.pages(self.domain, FIELDS):
                fetched += rows
        pictures = {}
        fetch_images = 0
        if images:
            since = time.perf_counter()
            domain = [*self.domain, ("image_1920", "!=", False)]
            for rows in self.peer.pages(domain, ["image_1920"], 100):
                pictures |= {row["id"]: row["image_1920"] for row in rows}
            fetch_images = time.perf_counter() - since
        with Measure(self.env.cr) as write:
            for start in range(0, len(fetched), 1000):
                batch = fetched[start : start + 1000]
                self.models.create(
                    [
                        {**self.values(row), "image_1920": pictures[row["id"]]}
                        if row["id"] in pictures
                        else self.values(row)
                        for row in batch
                    ]
                )
                self.env.flush_all()
                self.env.invalidate_all()
                self.env.cr.commit()
        return fetch.seconds + fetch_images, write.seconds

    def upsert(self, size=100):
        """The usual script: pages, then search and write or create, row by row."""
        for rows in self.peer.pages(self.domain, FIELDS, size):
            for row in rows:
                values = self.values(row)
                model = self.models.search(
                    [
                        ("brand_id", "=", self.brand.id),
                        ("external_ref", "=", values["external_ref"]),
                    ],
                    limit=1,
                )
                if model:
                    values.pop("brand_id")
                    model.write(values)
                else:
                    self.models.create(values)
            self.env.cr.commit()
            self.env.invalidate_all()

    def odoorpc(self, size=100):
        """An OdooRPC script: ids first, then `read` in batches, then as above."""
        import odoorpc

        url, database, login, password = self.settings["peer"]
        host, port = url.removeprefix("http://").split(":")
        client = odoorpc.ODOO(host, port=int(port))
        client.login(database, login, password)
        products = client.env["product.template"]
        ids = products.search(self.domain)
        for start in range(0, len(ids), size):
            for row in products.read(ids[start : start + size], FIELDS):
                values = self.values(row)
                model = self.models.search(
                    [
                        ("brand_id", "=", self.brand.id),
                        ("external_ref", "=", values["external_ref"]),
                    ],
                    limit=1,
                )
                if model:
                    values.pop("brand_id")
                    model.write(values)
                else:
                    self.models.create(values)
            self.env.cr.commit()
            self.env.invalidate_all()

    def load(self):
        """Odoo's own import, with external ids."""
        names = list(self.values({"id": 0, "categ_id": 0, **dict.fromkeys(FIELDS)}))
        header = ["id", "brand_id/.id", *names[1:]]
        for rows in self.peer.pages(self.domain, FIELDS):
            data = []
            for row in rows:
                values = [value or "" for value in self.values(row).values()]
                data.append([f"bench.product_{row['id']}", *map(str, values)])
            result = self.models.load(header, data)
            assert result["ids"], result["messages"][:1]
            self.env.cr.commit()
            self.env.invalidate_all()

    def naive(self, limit):
        """One call a row: how it is without any thought. Returns seconds a row."""
        ids = self.peer.call("product.template", "search", self.domain, limit=limit)
        since = time.perf_counter()
        for row_id in ids:
            (row,) = self.peer.call("product.template", "read", [row_id], FIELDS)
            values = self.values(row)
            if not self.models.search(
                [("external_ref", "=", values["external_ref"])], limit=1
            ):
                self.models.create(values)
        self.env.cr.commit()
        return (time.perf_counter() - since) / len(ids)

    def timed(self, function, *args):
        since = time.perf_counter()
        function(*args)
        return time.perf_counter() - since

    # -- figures ---------------------------------------------------------------

    def everything(self):
        rounds = self.settings["rounds"]
        rows = self.peer.call("product.template", "search_count", self.domain)
        report(figure="rows", value=rows)
        if self.settings["large"]:
            self.large(rows)
            return
        self.first_syncs(rounds, rows)
        self.images(rows)
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

    def images(self, rows):
        self.reset()
        fetch, write = self.raw(images=True)
        self.raw_images = fetch + write
        report(figure="raw_images", seconds=self.raw_images)
        self.use("jsonrpc")  # what Test Connection found out, here and below
        self.reset()
        measure = self.background()
        count = measure.run.images
        plain = 13 * rows / 1000
        report(
            figure="first_images",
            seconds=measure.seconds,
            ratio=measure.seconds / self.raw_images,
            sql=measure.queries,
            sql_per_image=(measure.queries - plain) / max(count, 1),
            images=count,
            requests=measure.requests,
            memory=measure.growth,
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
        for name, function in (("upsert", self.upsert), ("load", self.load)):
            self.reset()
            first = self.timed(function)
            again = self.timed(function)
            report(figure=name, first=first, again=again)
        self.env.cr.execute("DELETE FROM ir_model_data WHERE module = 'bench'")
        if self.settings.get("odoorpc"):
            self.reset()
            first = self.timed(self.odoorpc)
            report(figure="odoorpc", first=first, again=self.timed(self.odoorpc))
        self.reset()
        report(figure="naive", first=self.naive(min(rows, 200)) * rows)
        self.reset()

    def web_leads(self, rounds):
        """Import of the waiting leads against Odoo's own batched create."""
        self.env["ir.config_parameter"].set_param(
            "bpo_crm_distributor_sync.web_lead_limit", str(self.settings["leads"])
        )
        figures = [self.web_lead_round(number) for number in range(rounds)]
        report(
            figure="leads",
            ms=statistics.median(figure["ms"] for figure in figures),
            core_ms=statistics.median(figure["core_ms"] for figure in figures),
            ratio=statistics.median(figure["ratio"] for figure in figures),
            sql=max(figure["sql"] for figure in figures),
            requests=max(figure["requests"] for figure in figures),
            leads=figures[0]["leads"],
        )

    def web_lead_round(self, number):
        count = self.settings["leads"]
        models = ("cheryweb.quotation", "cherywebsite.test.drive")
        for model in models:
            ids = self.admin.call(model, "search", [])
            self.admin.call(model, "write", ids, {"status": "new"})
        imported = self.env["distributor.web.lead"].search([])
        imported.lead_id.unlink()
        imported.unlink()
        self.env.cr.commit()
        # The context of a user who presses New or imports a file: Odoo's default.
        leads = self.env(context={})["crm.lead"]
        values = [
            {
                "name": f"Person {number}-{lead} · Vehicle",
                "contact_name": f"Person {lead}",
                "email_from": f"person{lead}@example.com",
                "phone": f"+63917555{lead:04d}",
                "city": "Manila",
                "type": "opportunity",
                "description": "Please send a quotation, thank you po.",
            }
            for lead in range(count)
        ]
        with Measure(self.env.cr) as core:
            for start in range(0, count, 100):
                leads.create(values[start : start + 100])
                self.env.cr.commit()
        run = self.env["distributor.sync.run"]._queue(self.brand, "lead")
        self.env.cr.commit()
        self.env.invalidate_all()
        with Measure(self.env.cr) as measure:
            run._process()
        assert run.state == "done" and run.created, run.message
        ours, core_each = measure.seconds / run.created, core.seconds / count
        return {
            "ms": ours * 1000,
            "core_ms": core_each * 1000,
            "ratio": ours / core_each,
            "sql": measure.queries / run.created,
            "requests": run.requests,
            "leads": run.created,
        }


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
