"""What came of a crowd's leads, read on both sides and compared one by one."""

from collections import Counter

from tools.story import work
from tools.story.crowd import CUSTOMERS
from tools.story.rpc import expect, expect_equal, wait_for

LEAD = work.LEAD
EVERYTHING = {"active_test": False}
NAMED = [("name", "=like", "Soak %")]
FIELDS = ["contact_name", "step", "lost_reason_id", "date_won", "date_lost"]
BPO_FIELDS = ["endorsement_key", "endorsement_state", "dealer_so_name",
              "dealer_lead_name", "dealer_date_closed"]  # fmt: skip
DEALER_FIELDS = ["bpo_endorsement_key", "code", "sale_order_id"]


class Audit:
    """Reads as managers do; `compare` raises where the two sides are not equal."""

    def __init__(self, crowd):
        self.crowd, self.road = crowd, crowd.road
        self.bpo = self.road.bpo.people["manager"].again()
        self.managers = {
            name: dealer.people["manager"].again()
            for name, (dealer, _dealership) in crowd.dealers.items()
        }

    # --- how far it is ---

    def closed(self):
        """Return how many leads have ended at the BPO."""
        domain = [("pipeline", "=", "bpo"), ("step", "in", work.ENDED)]
        return self.bpo.count(LEAD, [*domain, *CUSTOMERS])

    def heard(self):
        """Return whether the dealers know that the BPO knows."""
        domain = [("pipeline", "=", "dealer"), ("bpo_callback_state", "!=", "sent")]
        return not any(
            manager.count(LEAD, [*domain, *CUSTOMERS])
            for manager in self.managers.values()
        )

    def state(self):
        """Return where the leads are, for whoever reads about a failure."""
        rows = self._rows(self.bpo, "bpo", BPO_FIELDS)
        here = Counter((row["step"], row["endorsement_state"]) for row in rows)
        return ", ".join(
            f"{step} {state} {count}" for (step, state), count in here.items()
        )

    # --- the end ---

    def compare(self):
        """Return the counts of two sides that are equal, lead by lead."""
        names = self.crowd.names
        here = self._rows(self.bpo, "bpo", BPO_FIELDS)
        expect_equal(sorted(row["contact_name"] for row in here), names, "BPO leads")
        there = {}
        for name in self.managers:
            self._reconcile(name, [row["endorsement_key"] for row in here])
            for twin in self._dealer_leads(name):
                customer = twin["contact_name"]
                expect(customer not in there, f"{customer} is at the dealers twice")
                there[customer] = twin
        expect_equal(sorted(there), names, "Leads at the dealers")
        reasons = self._reasons()
        for row in here:
            self._compare_one(row, there[row["contact_name"]], reasons)
        steps = Counter(row["step"] for row in here)
        orders = sum(len(twin["orders"]) for twin in there.values())
        per_dealer = Counter(twin["dealer"] for twin in there.values())
        shares = ", ".join(f"{name} {count}" for name, count in per_dealer.items())
        return (
            f"BPO leads {len(here)}, dealer leads {len(there)} ({shares}), "
            f"Won {steps['won']}, Lost {steps['lost']}, orders {orders}, "
            f"marked synced {self._synced()}; outcome, date, reason and order are "
            "equal on both sides, and the comparison of each dealer lists nothing"
        )

    def _rows(self, manager, pipeline, fields):
        domain = [("pipeline", "=", pipeline), *CUSTOMERS]
        return manager.rows(LEAD, domain, [*FIELDS, *fields], context=EVERYTHING)

    def _dealer_leads(self, name):
        """Return the leads of a dealer with their orders; each customer is one."""
        manager = self.managers[name]
        rows = self._rows(manager, "dealer", DEALER_FIELDS)
        customers = Counter(
            row["name"]
            for row in manager.rows(
                "res.partner", [("name", "=like", "Soak %")], ["name"]
            )
        )
        twice = [customer for customer, count in customers.items() if count > 1]
        expect(not twice, f"Customers twice at {name}: {twice}")
        orders = manager.rows(
            "sale.order",
            [("dealer_crm_lead_id", "in", [row["id"] for row in rows])],
            ["name", "dealer_crm_lead_id"],
        )
        for row in rows:
            row["dealer"] = name
            row["orders"] = [
                order["name"]
                for order in orders
                if order["dealer_crm_lead_id"] == row["id"]
            ]
        return rows

    def _reconcile(self, name, keys):
        """Press Compare with BPO; nothing about these leads may be listed."""
        dealer, _dealership = self.crowd.dealers[name]
        admin = dealer.people["admin"].again()
        toast = admin.call(
            "bpo.crm.connection", "action_reconcile", [dealer.connection]
        )["params"]
        expect(toast["type"] != "danger", f"The comparison of {name}: {toast}")
        differing = [("endorsement_key", "in", keys), ("state", "=", "open")]
        rows = self.managers[name].rows("bpo.crm.discrepancy", differing, ["detail"])
        expect_equal(rows, [], f"What the comparison of {name} lists")

    def _reasons(self):
        rows = self.bpo.rows("crm.lost.reason", [], ["code"], context=EVERYTHING)
        return {row["id"]: row["code"] for row in rows}

    def _compare_one(self, row, twin, reasons):
        name = row["contact_name"]
        dealer, end = self.crowd.plan[name]
        won = end == "won"
        expect_equal(twin["dealer"], dealer, f"The dealer of {name}")
        expect_equal(twin["step"], "won" if won else "lost", f"The end of {name}")
        expect_equal(row["step"], twin["step"], f"The outcome of {name} at the BPO")
        expect_equal(row["endorsement_state"], "closed", f"The endorsement of {name}")
        key = twin["bpo_endorsement_key"]
        expect_equal(row["endorsement_key"], key, f"The key of {name}")
        expect_equal(row["dealer_lead_name"], twin["code"], f"Dealer lead of {name}")
        moment = twin["date_won"] or twin["date_lost"]
        expect_equal(row["dealer_date_closed"], moment, f"The date of {name}")
        expect_equal(len(twin["orders"]), int(won), f"Orders of {name}")
        if won:
            order = twin["orders"][0]
            expect_equal(row["dealer_so_name"], order, f"The order of {name}")
        else:
            reason = reasons[row["lost_reason_id"]]
            expect_equal(reason, end, f"The reason of {name} at the BPO")

    def _synced(self):
        """Wait until each web lead is marked there: one that met a fault is marked by
        a later run."""
        wait_for(
            "all web leads being marked synced",
            lambda: self._marked() == len(self.crowd.names),
            hurry=lambda: self.bpo.call(
                "crm.brand", "action_import_web_leads", [self.road.bpo.brand]
            ),
        )
        return self._marked()

    def _marked(self):
        admin = self.road.distributor.admin
        done = ("status", "=", "synced")
        return admin.count("cheryweb.quotation", [*NAMED, done]) + admin.count(
            "cherywebsite.test.drive", [("first_name", "=", "Soak"), done]
        )
