from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DealerCase


@tagged("post_install", "-at_install")
class TestCompanies(DealerCase):
    """Two companies with two currencies: that of the lead decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls.env.company
        cls.currency = cls.env["res.currency"].create({"name": "DLR", "symbol": "D"})
        cls.branch = cls.env["res.company"].create(
            {
                "name": "Branch",
                "currency_id": cls.currency.id,
                "country_id": cls.env.ref("base.sg").id,
            }
        )
        cls.both = cls.home | cls.branch
        for user in (cls.user, cls.manager):
            user.company_ids = [Command.link(cls.branch.id)]

    def branch_lead(self, owner=None, **values):
        lead = self.new_lead(owner or self.user, company_id=self.branch.id, **values)
        # as somebody works who has switched on both, the other one first
        return lead.with_context(allowed_company_ids=self.both.ids)

    def rate(self, rate):
        """What one unit of the branch's currency is worth at home, and so on."""
        self.env["res.currency.rate"].create(
            {
                "name": "2020-01-01",
                "rate": rate,
                "currency_id": self.currency.id,
                "company_id": self.home.id,
            }
        )

    def test_customer_of_the_lead_s_company(self):
        values = {"name": "Ana", "mobile": "0917 555 0101"}
        partners = self.env["res.partner"]
        foreign = partners.create({**values, "company_id": self.home.id})
        own = partners.create(
            {**values, "mobile": "+63917 555 0101", "company_id": self.branch.id}
        )
        lead = self.branch_lead()
        lead.action_convert_to_quotation()
        self.assertEqual(lead.partner_id, own)
        self.assertEqual(lead.sale_order_id.company_id, self.branch)
        self.assertNotEqual(lead.partner_id, foreign)

    def test_customer_of_another_company_alone(self):
        foreign = self.env["res.partner"].create(
            {"name": "Secret", "mobile": "0917 555 0101", "company_id": self.home.id}
        )
        lead = self.branch_lead()
        lead.action_convert_to_quotation()
        self.assertNotEqual(lead.partner_id, foreign)

    def test_price_in_the_currency_of_the_lead(self):
        """850,000 of the branch's money stays that, whatever the reader's company."""
        self.rate(0.5)
        lead = self.branch_lead(expected_price=850000)
        lead.action_convert_to_quotation()
        self.assertEqual(lead.sale_order_id.currency_id, self.currency)
        self.assertEqual(lead.sale_order_id.order_line.price_unit, 850000)

    def test_price_without_a_rate_is_refused(self):
        dear = self.env["res.currency"].create({"name": "DRR", "symbol": "R"})
        pricelist = self.env["product.pricelist"].create(
            {"name": "Abroad", "currency_id": dear.id}
        )
        customer = self.env["res.partner"].create({"name": "Abroad"})
        customer.property_product_pricelist = pricelist
        lead = self.new_lead(self.user, partner_id=customer.id, expected_price=850000)
        with (
            self.assertRaisesRegex(UserError, "no exchange rate from .* to DRR"),
            self.env.cr.savepoint(),
        ):
            lead.action_convert_to_quotation()
        self.env.invalidate_all()
        self.assertFalse(lead.sale_order_id)

    def test_owner_of_another_company(self):
        lead = self.new_lead(self.user)
        lead.action_convert_to_quotation()
        self.other.write(
            {
                "company_id": self.branch.id,
                "company_ids": [Command.set(self.branch.ids)],
            }
        )
        mine = lead.with_user(self.manager)
        mine = mine.with_context(allowed_company_ids=self.both.ids)
        with self.assertRaisesRegex(UserError, "does not work in the company") as error:
            mine.user_id = self.other
        self.assertNotIn("Branch", str(error.exception))
        self.assertEqual((lead.user_id, lead.company_id), (self.user, self.home))
        with self.assertRaisesRegex(UserError, "has an order in another company"):
            mine.write({"user_id": self.other.id, "company_id": self.branch.id})

    def test_owner_whose_team_is_in_another_company(self):
        """The lead stays where it is; only its team is another one."""
        self.manager.company_id = self.branch
        team = self.env["crm.team"].create(
            {
                "name": "Branch team",
                "company_id": self.branch.id,
                "member_ids": [Command.link(self.manager.id)],
            }
        )
        lead = self.new_lead(self.user)
        lead.action_convert_to_quotation()
        mine = lead.with_user(self.manager)
        mine = mine.with_context(allowed_company_ids=self.both.ids)
        mine.action_claim()
        self.assertEqual((lead.user_id, lead.company_id), (self.manager, self.home))
        self.assertNotEqual(lead.team_id, team)
        self.assertEqual(lead.sale_order_id.user_id, self.manager)

    def test_company_of_a_lead_with_amounts(self):
        lead = self.new_lead(self.user, expected_price=850000, budget_max=900000)
        mine = lead.with_user(self.manager)
        mine = mine.with_context(allowed_company_ids=self.both.ids)
        with self.assertRaisesRegex(UserError, "no exchange rate"):
            mine.company_id = self.branch
        self.env["res.currency.rate"].create(
            {
                "name": "2020-01-01",
                "rate": 2,
                "currency_id": self.home.currency_id.id,
                "company_id": self.branch.id,
            }
        )
        mine.write({"company_id": self.branch.id, "budget_max": 500000})
        self.assertEqual((lead.expected_price, lead.budget_max), (425000, 500000))

    def test_order_on_the_lead_of_another_company(self):
        """Refused without a word about that lead."""
        lead = self.branch_lead(self.manager, contact_name="Secret Client")
        self.user.company_ids = [Command.set(self.home.ids)]
        orders = self.env["sale.order"].with_user(self.user)
        values = {"partner_id": self.user.partner_id.id}
        for work in (
            lambda: orders.create({**values, "dealer_crm_lead_id": lead.id}),
            lambda: orders.create(values).write({"dealer_crm_lead_id": lead.id}),
        ):
            with self.assertRaises(AccessError) as error, self.env.cr.savepoint():
                work()
            for secret in ("Secret", "Walk-in", "Branch", self.manager.name):
                self.assertNotIn(secret, str(error.exception))
