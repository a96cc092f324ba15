"""Many customers, and the ordinary users of BPO and dealers who work their leads."""

import itertools
import random
import threading

from tools.story import work
from tools.story.deal import FAMILY, GIVEN
from tools.story.road import IMPORT_CRON
from tools.story.rpc import errors

LEAD = work.LEAD
REASONS = ("price", "competitor", "financing", "no_stock", "cancelled", "other")
CUSTOMERS = [("contact_name", "=like", "Soak %")]
# What a server that is down, or dies while it answers, looks like.
NOT_THERE = (errors.Unreachable, errors.OutcomeUnknown, errors.BadReply)


class Crowd:
    """`leads` customers, who ends where and how, and the people at work for them.

    `plan` has (name of the dealer, "won" or the code of a reason) for each customer.
    What stops a person, other than a server that is down, is kept in `troubles`.
    """

    def __init__(self, road, leads, seed):
        self.road = road
        self.dealers = {dealer.name: (dealer, where) for dealer, where in road.dealers}
        self.names, self.plan, self.troubles = [], {}, []
        self._over, self._threads = threading.Event(), []
        dice, names = random.Random(seed), itertools.cycle(self.dealers)
        for number in range(leads):
            name = f"Soak {number:03} {dice.choice(GIVEN)} {dice.choice(FAMILY)}"
            end = "won" if dice.random() < 0.5 else dice.choice(REASONS)
            self.names.append(name)
            self.plan[name] = (next(names), end)

    # --- customers ---

    def _fill_in_forms(self, seconds):
        """The customers come in the course of so many seconds, one after the other."""
        vehicle = self.road.vehicle["id"]
        variant = self.road.distributor.admin.one(
            "product.product", [("product_tmpl_id", "=", vehicle)]
        )["id"]
        for number, name in enumerate(self.names):
            if number % 2:
                self._ask_for_test_drive(number, name, variant)
            else:
                self._ask_for_quotation(number, name, vehicle)
            self._over.wait(seconds / len(self.names))

    def _ask_for_quotation(self, number, name, vehicle):
        self.road.distributor.web_lead(
            name=name, product_id=vehicle, **_reach_of(number)
        )

    def _ask_for_test_drive(self, number, name, variant):
        first, last = name.split(" ", 1)
        self.road.distributor.web_lead(
            "cherywebsite.test.drive",
            first_name=first,
            last_name=last,
            product_id=variant,
            **_reach_of(number),
        )

    # --- at work ---

    def start(self, seconds):
        """Customers for so long, two agents, two salespeople at each dealer, crons."""
        agents = [self.road.bpo.people[login] for login in ("agent", "agent2")]
        jobs = [Agent(self, person).work for person in agents]
        for dealer, _dealership in self.dealers.values():
            people = [dealer.people[login] for login in ("user", "user2")]
            jobs += [Salesperson(self, dealer, person).work for person in people]
        companies = (self.road.bpo, *(dealer for dealer, _ in self.dealers.values()))
        jobs += [lambda company=company: self._hurry(company) for company in companies]
        for job in jobs:
            self._start(self._until_over, job)
        self._start(self._fill_in_forms, seconds)

    def _start(self, target, argument):
        thread = threading.Thread(target=target, args=(argument,), daemon=True)
        thread.start()
        self._threads.append(thread)

    def finish(self):
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def _until_over(self, job):
        while not self._over.wait(0.2):
            try:
                job()
            except NOT_THERE:
                continue  # they look again later
            except Exception as error:  # noqa: BLE001 - told at the end
                name = type(error).__name__
                self.troubles.append(f"{job.__qualname__}: {name} {error}")

    def _hurry(self, company):
        """What would come with the next minute of a scheduled action comes sooner."""
        if company is self.road.bpo:
            company.database.run_cron(IMPORT_CRON)
        else:
            work.pull(company)
        work.send(company)
        self._over.wait(2)


def _reach_of(number):
    return {
        "mobile": f"0919 555 {number:04}",
        "email": f"soak{number}@example.com",
    }


class Worker:
    """A person who looks for a lead, does what is next with it, and looks again."""

    def __init__(self, crowd, person):
        self.crowd, self.person = crowd, person.again()
        self.dice = random.Random(person.login)

    def work(self):
        if row := self._mine() or self._claimed():
            self._go_on(row)

    def _mine(self):
        """Return an open lead of this person."""
        return next(iter(self._open_leads(self.person.uid, 1)), None)

    def _claimed(self):
        """Return a lead that nobody had and this person claims now."""
        rows = self._open_leads(False, 9)
        self.dice.shuffle(rows)
        for row in rows:
            try:
                self.person.call(LEAD, "action_claim", [row["id"]])
            except (errors.Rejected, errors.Denied):
                continue  # somebody else was quicker
            return row
        return None

    def _open_leads(self, owner, limit):
        domain = [*self.DOMAIN, *CUSTOMERS, ("step", "not in", work.ENDED)]
        domain.append(("user_id", "=", owner))
        try:
            return self.person.rows(LEAD, domain, self.FIELDS, limit=limit)
        except errors.Denied:  # taken by a colleague between search and read
            return []


class Agent(Worker):
    """Qualifies web leads and endorses them."""

    DOMAIN = (
        ("pipeline", "=", "bpo"),
        ("endorsement_state", "in", ("none", "declined")),
    )
    FIELDS = ("contact_name", "step")
    STEPS = {"new": ("qualified", "negotiation"), "qualified": ("negotiation",)}

    def _go_on(self, row):
        road, crowd, lead = self.crowd.road, self.crowd, row["id"]
        dealer, _end = crowd.plan[row["contact_name"]]
        work.to_step(road.bpo, self.person, lead, *self.STEPS.get(row["step"], ()))
        values = {
            "dealership_id": crowd.dealers[dealer][1],
            "vehicle_model_id": road.model,
        }
        self.person.write(LEAD, lead, values)
        work.endorse(self.person, lead)


class Salesperson(Worker):
    """Sells, with the manager who delivers, or loses the sale, as planned."""

    DOMAIN = (("pipeline", "=", "dealer"),)
    FIELDS = ("contact_name", "sale_order_id", "sale_order_state")

    def __init__(self, crowd, dealer, person):
        super().__init__(crowd, person)
        self.manager = dealer.people["manager"].again()

    def _go_on(self, row):
        lead, (_dealer, end) = row["id"], self.crowd.plan[row["contact_name"]]
        if end != "won":
            work.mark_lost(self.person, lead, end, "As planned.")
            return
        if not row["sale_order_id"]:
            self.person.call(LEAD, "action_convert_to_quotation", [lead])
            row = self.person.read(LEAD, lead, self.FIELDS)
        order = row["sale_order_id"]
        if row["sale_order_state"] in ("draft", "sent"):
            self.person.call("sale.order", "action_confirm", [order])
        pickings = [("sale_id", "=", order), ("state", "!=", "done")]
        if self.manager.count("stock.picking", pickings):
            work.deliver(self.manager, order)
        work.mark_won(self.person, lead)
