"""A large sync with the BPO's server killed in the middle, compared field by field.

Products, pictures, dealers and web leads of a real distributor, whose pictures take
longer than a worker lives and which has rows dated eight hours ahead; the BPO's Odoo is
killed (SIGKILL) while it syncs, started again, and goes on. Then rows change there and
are synced again. At the end every record there and here is compared.
"""

import sys
import time
from contextlib import closing
from pathlib import Path

from tools.runtime import Runtime
from tools.story.rpc import Database, expect

# Behind our own folder: both have a road.py.
sys.path.append(str(Path(__file__).resolve().parents[1] / "bench"))
from peer import multiply  # noqa: E402  (the path comes first)

# `copies` of a thousand products and their hundred pictures, besides themselves.
# `slowness`: seconds for a hundred pictures. All of them take more than two minutes,
# and in the small one a hundred take longer than a call may.
FULL = {"copies": 9, "dealers": 500, "leads": 5000, "slowness": 15}
SMALL = {"copies": 2, "dealers": 50, "leads": 500, "slowness": 50}
AHEAD = """
UPDATE {table} SET write_date = now() AT TIME ZONE 'UTC' + interval '8 hours'
 WHERE id IN {ids}
"""
SEED = {"products": 1000, "images": 100, "seed": 3}
SERVICE = ("bpo_sync", "soak-sync-secret")
DOMAIN = "[('brand_code', '!=', False)]"
FORMS = ("cheryweb.quotation", "cherywebsite.test.drive")
WAITING = [("status", "in", ["new", "pending", "sent"])]
PATIENCE = 900  # seconds


def soak(series, say, **sizes):
    """Raise unless every record is the same on both sides."""
    with Runtime("soaksync", [series]) as runtime:
        Soak(runtime, series, say).run(**sizes)


class Soak:
    def __init__(self, runtime, series, say):
        self.peer = runtime.server(series, "distributor", ["distributor_fixture"])
        self.bpo = runtime.server(series, "bpo", ["bpo_crm_distributor_sync"], crons=2)
        self.databases, self.say = runtime.databases[series], say
        self.kills = self.compared = 0

    def run(self, copies, slowness, **counts):
        self.there = Database(self.peer).admin
        self.there.call(
            "ir.config_parameter",
            "set_param",
            "distributor_fixture.picture_seconds",
            str(slowness),
        )
        self.there.call("distributor.seed", "seed", **SEED, **counts)
        self.there.call("distributor.seed", "service_account", *SERVICE)
        multiply(self.execute, 1, copies)
        self.date_ahead()
        self.here = Database(self.bpo).admin
        self.brand = self.connect()
        work = (
            ("the catalog", lambda: self.sync("sync_vehicle_models", "product", 4)),
            ("the dealers", lambda: self.sync("sync_dealers", "dealer", 0)),
            ("the web leads", lambda: self.import_leads(2)),
            ("what changed", self.change),
        )
        for what, job in work:
            since, killed = time.monotonic(), self.kills
            job()
            self.say(
                f"{what}: {time.monotonic() - since:.0f} s, the BPO's server killed "
                f"{self.kills - killed} times in it"
            )
        different = [*self.products(), *self.dealers(), *self.leads()]
        for line in different[:20]:
            self.say(f"different: {line}")
        self.say(f"{len(different)} differences in {self.compared} records")
        expect(not different, "The two sides are not equal")

    def execute(self, sql):
        with closing(self.databases.postgres.connect(self.peer.database)) as connection:
            connection.cursor().execute(sql)

    def connect(self):
        brand = self.here.create(
            "crm.brand",
            {
                "name": "Soak",
                "code": "SOAK",
                "distributor_url": self.peer.url,
                "distributor_db": self.peer.database,
                "distributor_username": SERVICE[0],
                "distributor_password": SERVICE[1],
                "filter_is_unit": False,
                "filter_serial": False,
                "distributor_mapping_ids": [
                    (0, 0, {"kind": "product", "key": "domain", "remote": DOMAIN})
                ],
            },
        )
        answer = self.here.call("crm.brand", "action_test_connection", [brand])
        expect(answer["params"]["type"] == "success", answer["params"]["message"])
        return brand

    def date_ahead(self):
        """Date the first two products and dealers eight hours ahead."""
        self.ahead = {
            model: self.there.call(model, "search", domain, limit=2, order="id")
            for model, domain in (
                ("product.template", [("brand_code", "!=", False)]),
                ("res.partner", [("chery_dealer", "=", True)]),
            )
        }
        for model, ids in self.ahead.items():
            table = model.replace(".", "_")
            self.execute(AHEAD.format(table=table, ids=tuple(ids)))

    def change(self):
        """Change the rows dated ahead and those after them, and sync again."""
        for model, ids in self.ahead.items():
            for number, row_id in enumerate((*ids, ids[-1] + 1)):
                values = {"name": f"Changed {number}"}
                self.there.call(model, "write", [row_id], values)
        for button, kind in (
            ("sync_vehicle_models", "product"),
            ("sync_dealers", "dealer"),
        ):
            self.sync(button, kind, 0)

    def kill(self):
        self.bpo.kill()
        self.kills += 1
        self.bpo.start()

    # -- the work --------------------------------------------------------------

    def sync(self, job, kind, kills):
        button = f"action_{job}"
        self.here.call("crm.brand", button, [self.brand])
        deadline = time.monotonic() + PATIENCE
        seen = images = 0
        killed = self.kills
        while time.monotonic() < deadline:
            (run,) = self.here.rows(
                "distributor.sync.run",
                [("kind", "=", kind)],
                ["state", "done", "images", "message"],
                limit=1,
            )
            if run["state"] in ("done", "failed"):
                break
            # Half of them while rows come, half while pictures do.
            half = kills / 2 if not run["images"] else kills
            if self.kills - killed < half and (
                run["done"] > seen or run["images"] > images
            ):
                seen, images = run["done"] + 1000, run["images"] + 50
                self.kill()
                self.here.call("crm.brand", button, [self.brand])  # or in 5 minutes
            time.sleep(0.2)
        what = f"The sync of {kind} is {run['state']}: {run['message']}"
        expect(run["state"] == "done", what)

    def import_leads(self, kills):
        killed, waiting = self.kills, None
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.here.call("crm.brand", "action_import_web_leads", [self.brand])
            time.sleep(1)
            if self.kills < killed + kills:
                time.sleep(0.3 * self.kills)
                self.kill()
            waiting = sum(
                self.there.call(model, "search_count", WAITING) for model in FORMS
            )
            pending = self.here.call(
                "distributor.web.lead", "search_count", [("state", "=", "pending")]
            )
            if not waiting and not pending:
                return
        expect(False, f"{waiting} web leads still wait")

    # -- the comparison --------------------------------------------------------

    def all(self, person, model, domain, fields):
        rows, last = [], 0
        while page := person.call(
            model,
            "search_read",
            [*domain, ("id", ">", last)],
            fields,
            limit=2000,
            order="id",
        ):
            rows += page
            last = page[-1]["id"]
        return rows

    def products(self):
        fields = ["name", "default_code", "categ_id", "list_price", "description_sale"]
        there = self.all(
            self.there, "product.template", [("brand_code", "!=", False)], fields
        )
        fields = ["name", "default_code", "category", "list_price", "description"]
        fields += ["external_ref", "image_1920"]
        self.pictures = {
            row["id"]
            for row in self.all(
                self.there,
                "product.template",
                [("brand_code", "!=", False), ("image_1920", "!=", False)],
                ["name"],
            )
        }
        here = self.all(
            self.here, "crm.vehicle.model", [], [*fields[:-1], "distributor_product_id"]
        )
        painted = {
            row["distributor_product_id"]
            for row in self.all(
                self.here,
                "crm.vehicle.model",
                [("image_1920", "!=", False)],
                ["distributor_product_id"],
            )
        }
        if painted != self.pictures:
            yield f"pictures of {len(painted ^ self.pictures)} models"
        yield from self.compare(
            {
                row["id"]: (
                    " ".join(row["name"].split()),
                    row["default_code"],
                    row["categ_id"][1],
                    row["list_price"],
                    row["description_sale"],
                )
                for row in there
            },
            [
                (
                    int(row["external_ref"]),
                    tuple(row[name] for name in fields[:5]),
                )
                for row in here
            ],
        )

    def dealers(self):
        names = ["name", "phone", "mobile", "email", "street", "city"]
        there = self.all(
            self.there,
            "res.partner",
            [("chery_dealer", "=", True)],
            [*names, "dealer_gm", "dealer_gm_email"],
        )
        sources = self.all(
            self.here, "crm.dealership.source", [], ["remote_id", "dealership_id"]
        )
        rows = self.all(
            self.here,
            "crm.dealership",
            [],
            [*names, "manager_name", "manager_email", "code"],
        )
        by_id = {row["id"]: row for row in rows}
        codes = [row["code"] for row in rows]
        if len(set(codes)) < len(codes):
            yield "two dealerships have one code"
        yield from self.compare(
            {
                row["id"]: (
                    *(row[name] for name in names),
                    row["dealer_gm"],
                    row["dealer_gm_email"],
                )
                for row in there
            },
            [
                (
                    source["remote_id"],
                    tuple(
                        by_id[source["dealership_id"][0]][name]
                        for name in (*names, "manager_name", "manager_email")
                    ),
                )
                for source in sources
            ],
        )

    def leads(self):
        """Every lead that waited is here once, with its number and its city."""
        origins = self.all(
            self.here,
            "distributor.web.lead",
            [],
            ["remote_model", "remote_id", "lead_id", "state"],
        )
        leads = {
            row["id"]: row
            for row in self.all(
                self.here, "crm.lead", [("pipeline", "=", "bpo")], ["city", "code"]
            )
        }
        if len(leads) != len(origins):
            yield f"{len(leads)} leads of {len(origins)} requests"
        for model in FORMS:
            there = self.all(
                self.there,
                model,
                [("status", "=", "synced"), ("brand_code", "!=", False)],
                ["city"],
            )
            mine = [row for row in origins if row["remote_model"] == model]
            known = {row["remote_id"] for row in mine}
            # A twentieth of the seed was marked before we came.
            yield from self.compare(
                {row["id"]: (row["city"],) for row in there if row["id"] in known},
                [
                    (row["remote_id"], (leads[row["lead_id"][0]]["city"],))
                    for row in mine
                ],
            )

    def compare(self, there, here):
        seen = {}
        for key, values in here:
            self.compared += 1
            if key in seen:
                yield f"{key} is here twice"
            seen[key] = values
            if there.get(key) != values:
                yield f"{key}: {there.get(key)} there, {values} here"
        for key in there.keys() - seen.keys():
            yield f"{key} is missing here"
