"""One customer's lead on its way from an agent of the BPO to a dealer and back."""

import itertools

from tools.story import work
from tools.story.rpc import expect, expect_equal, wait_for

LEAD = work.LEAD
GIVEN = (
    "Alon",
    "Banaag",
    "Dalisay",
    "Hiraya",
    "Kidlat",
    "Luwalhati",
    "Mayumi",
    "Sinag",
)
FAMILY = ("Agbayani", "Catapang", "Dimaculangan", "Gatdula", "Macaraeg", "Sumulong")
_numbers = itertools.count(1)


class Deal:
    """A lead, and what is true of it on both sides.

    `road` has the companies; the lead goes to `dealer` by its `dealership`.
    """

    def __init__(self, road, dealer=None, dealership=None, agent=None):
        number = next(_numbers)
        self.bpo, self.model = road.bpo, road.model
        self.dealer = dealer or road.dealer
        self.dealership = dealership or road.dealership
        self.agent = agent or road.bpo.agent
        given, family = GIVEN[number % len(GIVEN)], FAMILY[number % len(FAMILY)]
        self.customer = f"{given} {family} {number}"
        self.mobile = f"0918 {number // 10000:03} {number % 10000:04}"
        self.lead = self.key = self.dealer_lead = None

    def qualify(self):
        """The agent has a lead in Negotiation."""
        self.lead = work.new_bpo_lead(self.bpo, self.agent, self.customer, self.mobile)
        work.negotiate(self.bpo, self.agent, self.lead, self.dealership, self.model)
        return self

    def endorse(self, with_quotation=False):
        if not self.lead:
            self.qualify()
        self.key = work.endorse(self.agent, self.lead, with_quotation)
        return self

    def arrive(self, **options):
        """It is at the dealer, and the BPO knows."""
        options.setdefault("hurry", self.hurry)
        self.dealer_lead = work.wait_dealer_lead(self.dealer, self.key, **options)
        self.wait_endorsement("received", "accepted", **options)
        return self

    def hurry(self):
        """Nobody waits for the minute of a cron."""
        work.pull(self.dealer)
        work.send(self.bpo, self.dealer)

    def take(self, person=None):
        """A salesperson claims it."""
        work.claim(person or self.dealer.user, self.dealer_lead)
        return self

    def sell(self, person=None):
        self.order = work.sell(
            self.dealer, person or self.dealer.user, self.dealer_lead
        )
        return self

    def win(self, person=None):
        work.mark_won(person or self.dealer.user, self.dealer_lead)
        return self

    def lose(self, reason="price", notes=None, person=None):
        work.mark_lost(person or self.dealer.user, self.dealer_lead, reason, notes)
        return self

    # --- what is true ---

    def at_bpo(self, *fields):
        return work.bpo_state(self.bpo, self.lead, fields)

    def at_dealer(self, *fields):
        names = [
            "code",
            "step",
            "lost_reason_id",
            "bpo_callback_state",
            "bpo_confirmed_outcome",
            *fields,
        ]
        return self.dealer.manager.read(LEAD, self.dealer_lead, names)

    def wait_endorsement(self, *states, **options):
        options.setdefault("hurry", self.hurry)
        return wait_for(
            f"the endorsement of {self.customer} being {' or '.join(states)}",
            lambda: (found := self.at_bpo())["endorsement_state"] in states and found,
            **options,
        )

    def wait_outcome(self, step, **options):
        """Both sides have this outcome and the dealer knows that the BPO has it."""
        options.setdefault("hurry", self.hurry)
        work.wait_bpo_step(self.bpo, self.lead, step, **options)
        wait_for(
            f"the dealer of {self.customer} hearing that the BPO knows",
            lambda: self.at_dealer()["bpo_confirmed_outcome"] == step,
            **options,
        )
        expect_equal(self.at_dealer()["step"], step, "The step at the dealer")

    def check_once(self, orders=None):
        """One lead at the dealer, one customer on each side, at most one order."""
        found = work.dealer_leads(self.dealer, self.key)
        expect_equal(found, [self.dealer_lead], "The dealer's leads")
        source = [("bpo_source_lead_id", "=", self.lead), ("pipeline", "=", "dealer")]
        everything = {"context": {"active_test": False}}
        manager = self.dealer.manager
        expect_equal(
            manager.count(LEAD, source, **everything), 1, "Leads of the source"
        )
        customers = manager.count("res.partner", [("name", "=", self.customer)])
        expect(customers < 2, f"{customers} customers {self.customer} at the dealer")
        linked = manager.count(
            "sale.order", [("dealer_crm_lead_id", "=", self.dealer_lead)]
        )
        expect(linked < 2, f"{linked} orders of {self.customer}")
        if orders is not None:
            expect_equal(linked, orders, "The number of orders")

    def check_told_once(self, outcome):
        """Each side's chatter says once what came of it."""
        code = self.at_bpo()["code"]
        said = f"BPO CRM source lead {code} updated to {outcome}"
        lines = self.dealer.manager.chatter(LEAD, self.dealer_lead)
        expect_equal(sum(said in t for t in lines), 1, f"{said!r} in {lines}")
