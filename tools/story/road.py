"""The road of a lead, step by step; each step looks at the servers.

A step is a method that acts as the right person and returns the sentence of what was
found to be true; when it is not true, it raises. `Road.STEPS` is their order.
"""

import time
from concurrent.futures import ThreadPoolExecutor

from tools.story import work
from tools.story.companies import Bpo, Dealer, Distributor, PlainDealer
from tools.story.deal import Deal
from tools.story.rpc import StepFailed, errors, expect, expect_equal, wait_for

LEAD = work.LEAD
SEED = {"products": 600, "images": 60, "dealers": 60, "leads": 60}
CUSTOMER = {"name": "Tala Magbanua", "mobile": "0917 555 0101"}
IMPORT_CRON = "bpo_crm_distributor_sync.ir_cron_import_web_leads"


class Road:
    """Four companies on `servers` and the leads that travel between them.

    `servers` has `distributor`, `bpo`, `dealer` and `plain`. `route(caller, server)`
    gives the address at which a company calls another one's server, by default the
    server's own; the system tests put a proxy there.
    """

    def __init__(self, servers, route=None, seed=None, stock=5):
        self.distributor = Distributor(servers.distributor)
        self.bpo = Bpo(servers.bpo)
        self.dealer = Dealer(servers.dealer)
        self.plain = PlainDealer(servers.plain)
        self.dealers = []  # (dealer, dealership) of each that is connected
        self.route = route or (lambda caller, server: server.url)
        self.seed, self.stock = seed or SEED, stock

    def walk(self, say=lambda line: None, steps=None):
        """Do the steps; raise StepFailed naming the one that is not true."""
        for number, (name, step) in enumerate(steps or self.STEPS, 1):
            say(f"{number:2}. {name}")
            since = time.monotonic()
            try:
                seen = step(self)
            except StepFailed as failure:
                raise StepFailed(name, failure.why) from failure
            except errors.RemoteError as error:
                raise StepFailed(name, f"the server said: {error}") from error
            say(f"    {seen} ({time.monotonic() - since:.1f} s)")

    # --- setting up ---

    def open_distributor(self):
        made = self.distributor.open(**self.seed)
        units = [u for u in self.distributor.units() if u["default_code"]]
        self.vehicle = units[0]
        dealers = [row for row in self.distributor.dealers() if row["dealer_name"]]
        self.branch, self.plain_branch = dealers[0], dealers[1]
        return (
            f"{made['products']} products, {made['dealers']} dealers and "
            f"{made['leads']} web leads in {self.distributor.database.name}"
        )

    def open_offices(self):
        price = self.vehicle["list_price"] + 12345
        jobs = (
            self.bpo.open,
            lambda: self.dealer.open(self.vehicle, self.stock),
            lambda: self.plain.open(self.vehicle, price),
        )
        with ThreadPoolExecutor() as pool:  # three servers can work at the same time
            for job in [pool.submit(job) for job in jobs]:
                job.result()
        return f"users at the BPO and at two dealers; {self.vehicle['name']} in stock"

    def connect_brand(self):
        bpo = self.bpo
        brand = bpo.add_brand(
            self.distributor, self.route("bpo", self.distributor.database.server)
        )
        fields = ["code", "distributor_connected", "distributor_url"]
        toast = bpo.manager.call("crm.brand", "action_test_connection", [brand])
        expect_equal(toast["params"]["type"], "success", "The toast")
        values = bpo.manager.read("crm.brand", brand, fields)
        expect(values["distributor_connected"], "The brand is not connected")
        secret = bpo.manager.read("crm.brand", brand, ["distributor_password"])
        shown = secret["distributor_password"]
        expect(
            self.distributor.service[1] not in str(shown),
            "The password of the brand can be read",
        )
        bpo.agent.refused("crm.brand", "read", [brand], ["distributor_url"])
        bpo.agent.refused("crm.brand", "action_sync_dealers", [brand])
        return (
            f"brand {values['code']} is connected to {values['distributor_url']}; its "
            "password cannot be read back, and an agent sees and syncs nothing of it"
        )

    def sync_models(self):
        bpo = self.bpo
        toast = bpo.manager.call("crm.brand", "action_sync_vehicle_models", [bpo.brand])
        there = [
            (str(row["id"]), row["default_code"] or False)
            for row in self.distributor.units()
        ]

        def arrived():
            rows = bpo.agent.rows(
                "crm.vehicle.model",
                [("brand_id", "=", bpo.brand)],
                ["external_ref", "default_code"],
            )
            return len(rows) >= len(there) and rows

        rows = wait_for(f"the sync of {len(there)} vehicle models", arrived)
        here = [(row["external_ref"], row["default_code"] or False) for row in rows]
        expect_equal(sorted(here), sorted(there), "The vehicle models")
        domain = [("external_ref", "=", str(self.vehicle["id"]))]
        self.model = bpo.agent.one("crm.vehicle.model", domain)["id"]
        return f"{len(rows)} vehicle models, as many as units there: {_text(toast)}"

    def sync_dealers(self):
        bpo = self.bpo
        toast = bpo.manager.call("crm.brand", "action_sync_dealers", [bpo.brand])
        domain = [("brand_ids", "in", [bpo.brand])]
        there = len(self.distributor.dealers())
        here = wait_for(
            "the sync of dealers",
            lambda: (
                (found := bpo.agent.count("crm.dealership", domain)) >= there and found
            ),
        )
        expect_equal(here, there, "The number of dealerships")
        self.dealership = self._dealership(self.branch)
        self.plain_dealership = self._dealership(self.plain_branch)
        return f"{here} dealerships: {_text(toast)}"

    def _dealership(self, branch):
        domain = [
            ("name", "=", branch["name"].strip()),
            ("brand_ids", "in", [self.bpo.brand]),
        ]
        return self.bpo.manager.rows("crm.dealership", domain, order="id")[0]["id"]

    def connect_dealer(self):
        self.service = self.connect(self.dealer, self.dealership)
        toast = self.dealer.test_connection()
        return (
            f"it polls the BPO as the portal user {self.service.login}: {_text(toast)}"
        )

    def connect(self, dealer, dealership):
        """A dealership in mode endorse, and its dealer's connection to the BPO."""
        bpo = self.bpo
        account = bpo.service_account(f"dealer_{dealer.name}")
        bpo.manager.write(
            "crm.dealership",
            dealership,
            {"handoff_mode": "endorse", "service_user_id": account.uid},
        )
        dealer.connect(bpo, account, self.route(dealer.name, bpo.database.server))
        self.dealers.append((dealer, dealership))
        return account

    def another_dealership(self):
        """Return a dealership that nobody uses yet."""
        used = [dealership for _dealer, dealership in self.dealers]
        used.append(self.plain_dealership)
        domain = [("brand_ids", "in", [self.bpo.brand]), ("id", "not in", used)]
        return self.bpo.manager.rows("crm.dealership", domain, order="id")[0]["id"]

    def connect_plain(self):
        manager = self.bpo.manager
        login, password = self.plain.service
        manager.write(
            "crm.dealership",
            self.plain_dealership,
            {
                "handoff_mode": "order",
                "create_products": False,
                "manager_email": "gm.plain@example.com",
                "odoo_url": self.route("bpo", self.plain.database.server),
                "odoo_db": self.plain.database.name,
                "odoo_username": login,
                "odoo_password": password,
            },
        )
        toast = manager.call(
            "crm.dealership", "action_test_connection", [self.plain_dealership]
        )
        expect_equal(toast["params"]["type"], "success", f"The toast {_text(toast)}")
        values = manager.read(
            "crm.dealership", self.plain_dealership, ["odoo_connected", "complete_name"]
        )
        expect(values["odoo_connected"], "The dealership is not connected")
        return f"{values['complete_name']} runs plain Odoo Sales and is connected"

    # --- the lead ---

    def import_lead(self):
        remote = self.distributor.web_lead(
            product_id=self.vehicle["id"],
            dealer_id=self.branch["id"],
            email="tala.magbanua@example.com",
            message="Please send a quotation, thank you po.",
            **CUSTOMER,
        )
        self.bpo.database.run_cron(IMPORT_CRON)
        domain = [("contact_name", "=", CUSTOMER["name"]), ("pipeline", "=", "bpo")]
        wait_for(
            "the web lead arriving at the BPO",
            lambda: self.bpo.agent.count(LEAD, domain),
            # More web leads than one run takes: it comes again.
            hurry=lambda: self.bpo.database.run_cron(IMPORT_CRON),
        )
        fields = ["code", "user_id", "step", "brand_id", "vehicle_model_id", "mobile"]
        lead = self.bpo.agent.one(LEAD, domain, fields)
        expect_equal(lead["step"], "new", "The step of the web lead")
        expect_equal(lead["user_id"], False, "The owner of the web lead")
        expect_equal(lead["brand_id"], self.bpo.brand, "The brand of the web lead")
        expect_equal(lead["vehicle_model_id"], self.model, "Its vehicle model")
        self.lead, self.code = lead["id"], lead["code"]
        wait_for(
            "the write-back of 'synced' at the distributor",
            lambda: (
                self.distributor.admin.read("cheryweb.quotation", remote, ["status"])[
                    "status"
                ]
                == "synced"
            ),
        )
        return (
            f"{self.code}, unclaimed, in New; its status at the distributor is synced"
        )

    def qualify(self):
        agent, lead = self.bpo.agent, self.lead
        refusal = agent.refused(LEAD, "action_log_call", [lead])
        work.claim(agent, lead)
        work.log_call(agent, lead, "Wants the unit this month, 20% down.")
        skipped = agent.refused(
            LEAD, "write", [lead], {"stage_id": self.bpo.stage("negotiation")}
        )
        work.negotiate(self.bpo, agent, lead, self.dealership, self.model)
        values = work.bpo_state(self.bpo, lead, ["call_count"])
        expect_equal(values["step"], "negotiation", "The step")
        expect_equal(values["call_count"], 1, "The number of calls")
        return (
            f"{agent.login} claimed {self.code}, called, moved it to Negotiation. "
            f"Before the claim: {refusal} Skipping a stage: {skipped}"
        )

    def endorse(self):
        self.key = work.endorse(self.bpo.agent, self.lead, with_quotation=True)
        state = work.bpo_state(self.bpo, self.lead)
        expect_equal(state["endorsement_state"], "waiting", "The endorsement")
        expect_equal(state["step"], "negotiation", "The step")
        return f"{self.code} waits for the dealer"

    def pull(self):
        self.dealer.set_salesperson(self.dealer.user)
        work.pull(self.dealer)
        again = {"hurry": lambda: work.pull(self.dealer)}
        self.dealer_lead = work.wait_dealer_lead(self.dealer, self.key, **again)
        fields = ["code", "step", "sale_order_id", "product_id", "user_id",
                  "bpo_source_lead_name"]  # fmt: skip
        lead = self.dealer.manager.read(LEAD, self.dealer_lead, fields)
        expect_equal(lead["step"], "negotiation", "The step of the dealer's lead")
        expect_equal(lead["bpo_source_lead_name"], self.code, "Its source")
        expect_equal(lead["product_id"], self.dealer.product, "Its vehicle")
        expect_equal(lead["user_id"], self.dealer.user.uid, "Its salesperson")
        expect(lead["sale_order_id"], "The dealer's lead has no quotation")
        self.dealer_code = lead["code"]
        state = wait_for(
            "the BPO hearing that the dealer accepted",
            lambda: (
                (found := work.bpo_state(self.bpo, self.lead))["endorsement_state"]
                == "accepted"
                and found["dealer_so_name"]
                and found
            ),
            **again,
        )
        expect_equal(state["dealer_lead_name"], self.dealer_code, "The name at the BPO")
        return (
            f"the dealer's cron made {self.dealer_code} in Negotiation with quotation "
            f"{state['dealer_so_name']}; the BPO knows both names"
        )

    def sell(self):
        user, lead = self.dealer.user, self.dealer_lead
        draft = user.refused(LEAD, "action_mark_won", [lead])
        order = user.call(LEAD, "action_open_quotation", [lead])["res_id"]
        user.call("sale.order", "action_confirm", [order])
        pending = user.refused(LEAD, "action_mark_won", [lead])
        expect("1 delivery order(s) still pending: " in pending, pending)
        work.deliver(self.dealer.manager, order)
        values = user.read("sale.order", order, ["name", "origin"])
        expect_equal(values["origin"], self.dealer_code, "The origin of the order")
        self.order = values["name"]
        return (
            f"{user.login} confirmed {self.order}, {self.dealer.manager.login} "
            f"delivered. Mark Won earlier: {draft} Later: {pending}"
        )

    def won(self):
        work.mark_won(self.dealer.user, self.dealer_lead)
        state = work.wait_bpo_step(self.bpo, self.lead, "won")
        expect_equal(state["dealer_so_name"], self.order, "The dealer's order")
        expect_equal(state["endorsement_state"], "closed", "The endorsement")
        expect(state["date_won"], "The BPO lead has no date of winning")
        said = f"BPO CRM source lead {self.code} updated to won"
        wait_for(
            "the confirmation in the dealer's chatter",
            lambda: any(
                said in line
                for line in self.dealer.manager.chatter(LEAD, self.dealer_lead)
            ),
        )
        lines = self.bpo.manager.chatter(LEAD, self.lead)
        told = [t for t in lines if self.order in t and self.dealer_code in t]
        expect(told, f"The BPO's chatter names no order: {lines}")
        return f"the callback flipped {self.code} to Won: {told[-1]}"

    def lost(self):
        self.dealer.set_salesperson(None)
        user = self.dealer.user
        deal = Deal(self).endorse()
        work.pull(self.dealer)
        deal.arrive()
        refusal = user.refused(LEAD, "action_mark_lost", [deal.dealer_lead])
        deal.take()
        deal.wait_endorsement("accepted")
        wizard = user.call(LEAD, "action_mark_lost", [deal.dealer_lead])
        expect(wizard.get("res_model"), "Mark Lost without a reason opens no wizard")
        deal.lose("competitor", "Bought a pick-up elsewhere.").wait_outcome("lost")
        state = deal.at_bpo()
        reason = self.bpo.lost_reason("competitor")
        expect_equal(state["lost_reason_id"], reason, "The reason at the BPO")
        deal.check_once(orders=0)
        return (
            f"{state['code']}, endorsed without quotation, claimed by {user.login}, is "
            f"Lost on both sides: Chose Competitor. Before the claim: {refusal}"
        )

    def order_mode(self):
        bpo, agent, sales = self.bpo, self.bpo.agent, self.plain.admin
        lead = work.new_bpo_lead(bpo, agent, "Corazon Villareal", "0917-555-0303")
        refusal = agent.refused(LEAD, "action_mark_won", [lead])
        work.negotiate(bpo, agent, lead, self.plain_dealership, self.model)
        work.mark_won(agent, lead)
        state = work.wait_bpo_step(bpo, lead, "won")
        domain = [("client_order_ref", "=like", state["code"] + "%")]
        fields = ["name", "state", "partner_id", "amount_untaxed", "order_line"]
        order = sales.one("sale.order", domain, fields)
        expect_equal(state["dealer_so_name"], order["name"], "The order at the BPO")
        line = sales.read(
            "sale.order.line", order["order_line"][0], ["product_id", "price_unit"]
        )
        expect_equal(line["product_id"], self.plain.product, "The product ordered")
        expect_equal(
            line["price_unit"], self.vehicle["list_price"] + 12345, "The dealer's price"
        )
        partner = sales.read("res.partner", order["partner_id"], ["name"])
        expect_equal(partner["name"], "Corazon Villareal", "The customer")
        return (
            f"{state['code']} is Won with {order['name']} at the plain dealer, at its "
            f"price. Without a dealership: {refusal}"
        )

    STEPS = (
        ("The distributor has a catalog, dealers and web leads", open_distributor),
        ("BPO and dealers have staff, the dealers have stock", open_offices),
        ("The BPO manager connects the brand and tests it", connect_brand),
        ("The BPO manager syncs the vehicle models", sync_models),
        ("The BPO manager syncs the dealers", sync_dealers),
        ("A dealer with Dealer CRM is connected", connect_dealer),
        ("A dealer with plain Odoo Sales is connected", connect_plain),
        ("A web lead is imported by the cron and marked synced", import_lead),
        ("An agent claims, calls and qualifies it", qualify),
        ("The agent endorses it with a quotation", endorse),
        ("The dealer's cron takes it", pull),
        ("Its salesperson confirms the quotation, and it is delivered", sell),
        ("Mark Won at the dealer flips the BPO's lead", won),
        ("Another lead is claimed and lost at the dealer", lost),
        ("Mark Won at the BPO orders at the plain dealer", order_mode),
    )


def _text(action):
    return (action or {}).get("params", {}).get("message") or "no toast"
