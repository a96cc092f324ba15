"""The figures of what crosses between a BPO and a dealer: endorsed leads and orders."""

import os
import time
from pathlib import Path

from tools.story import work
from tools.story.companies import BRAND, Bpo, Dealer, PlainDealer

VEHICLE = {"name": "TunLand G7", "default_code": "TL-G7", "list_price": 1250000.0}
POLLS = 60  # a poll a second and more, for its price
DEALERS = 200  # that poll once a minute


def measure(runtime, series, run, count):
    """Return what polls cost; `run(database, script, settings)` measures the rest.

    :param count: leads that are endorsed; twice a tenth as many orders
    """
    servers = [
        runtime.server(series, name, modules, start=False, crons=0)
        for name, modules in (
            ("bpo_road", ["bpo_crm"]),
            ("dealer_road", ["dealer_crm_bpo_bridge"]),
        )
    ]
    runtime.start_together(*servers)
    road = Road(*servers)

    def wire(server, work, figure):
        run(server.database, "wire.py", {"work": work, "figure": figure})

    road.endorse(count)
    wire(servers[1], "pull", "endorsed")
    polls = road.price_of_polls()
    # The first ones log in once, and make the customers.
    for figure in ("first_orders", "orders"):
        road.win(count // 10, road.plain)
        wire(servers[0], "deliver", figure)
    return polls


class Road:
    """A BPO with two dealerships in one dealer's Odoo: one pulls, one gets orders."""

    def __init__(self, bpo, dealer):
        self.server = bpo
        self.bpo, self.dealer = Bpo(bpo), Dealer(dealer)
        self.bpo.open()
        manager = self.bpo.manager
        brand = manager.create("crm.brand", {"name": BRAND[0], "code": BRAND[1]})
        self.bpo.brand = brand
        vehicle = {**VEHICLE, "brand_id": brand}
        self.model = manager.create("crm.vehicle.model", vehicle)
        self.dealer.open(VEHICLE, stock=1)
        self.account = self.bpo.service_account("dealer_road")
        common = {"brand_ids": [(4, brand)], "manager_email": "gm@example.com"}
        self.pulls = manager.create(
            "crm.dealership",
            {
                "name": "Manila",
                "code": "MNL",
                "handoff_mode": "endorse",
                "service_user_id": self.account.uid,
                **common,
            },
        )
        self.dealer.connect(self.bpo, self.account, bpo.url)
        orders = PlainDealer(dealer)
        orders.open({**VEHICLE, "default_code": "TL-G7-P"}, 1.0)
        login, password = orders.service
        self.plain = manager.create(
            "crm.dealership",
            {
                "name": "Cebu",
                "code": "CEB",
                "handoff_mode": "order",
                "odoo_url": dealer.url,
                "odoo_db": dealer.database,
                "odoo_username": login,
                "odoo_password": password,
                **common,
            },
        )
        manager.call("crm.dealership", "action_test_connection", [self.plain])

    def negotiate(self, number, dealership):
        agent = self.bpo.agent
        name, mobile = f"Person {number}", f"0918 555 {number:04}"
        lead = work.new_bpo_lead(self.bpo, agent, name, mobile)
        work.negotiate(self.bpo, agent, lead, dealership, self.model)
        return lead

    def endorse(self, count):
        for number in range(count):
            lead = self.negotiate(number, self.pulls)
            self.bpo.agent.call(work.LEAD, "action_endorse", [lead])

    def win(self, count, dealership):
        """The same customers each time: after the first, the dealer knows them."""
        for number in range(count):
            lead = self.negotiate(number, dealership)
            self.bpo.agent.call(work.LEAD, "action_mark_won", [lead])

    def price_of_polls(self):
        """Return what the polls of many dealers cost the BPO's server."""

        def poll():
            self.account.call(work.LEAD, "endorsed_leads_for_dealer", limit=100)

        poll()
        before, since = self._cpu(), time.perf_counter()
        for _poll in range(POLLS):
            poll()
        each = (self._cpu() - before) / POLLS
        return {
            "ms": (time.perf_counter() - since) / POLLS * 1000,
            "cpu_ms": each * 1000,
            "core": each * DEALERS / 60,
        }

    def _cpu(self):
        """Return the seconds of processor that the BPO's server has used."""
        stat = Path(f"/proc/{self.server.process.pid}/stat").read_text().split()
        return (int(stat[13]) + int(stat[14])) / os.sysconf("SC_CLK_TCK")
