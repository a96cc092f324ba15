from odoo import Command
from odoo.tests import tagged

from .common import BridgeCase
from .fake_bpo import make_endorsement


@tagged("post_install", "-at_install")
class TestCompanies(BridgeCase):
    """The company of the sales team takes the lead and decides about it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.env["res.currency"].create(
            {"name": "DLR", "symbol": "D", "active": True}
        )
        cls.branch = cls.env["res.company"].create(
            {
                "name": "Singapore branch",
                "country_id": cls.env.ref("base.sg").id,
                "currency_id": cls.currency.id,
            }
        )
        cls.team = cls.env["crm.team"].create(
            {"name": "Branch team", "company_id": cls.branch.id}
        )
        cls.seller = cls.user.copy(
            {
                "login": "branch_seller",
                "email": "seller@example.com",
                "company_id": cls.branch.id,
                "company_ids": [Command.set(cls.branch.ids)],
            }
        )

    def setUp(self):
        super().setUp()
        self.connection.sudo().write(
            {"team_id": self.team.id, "user_id": self.seller.id}
        )

    def partner(self, **values):
        values = {"name": "Juan", "mobile": "0917 555 0101", **values}
        return self.env["res.partner"].create(values)

    def rate(self, rate, company=None):
        self.env["res.currency.rate"].create(
            {
                "name": "2020-01-01",
                "rate": rate,
                "currency_id": self.env.company.currency_id.id,
                "company_id": (company or self.branch).id,
            }
        )

    def test_customer_of_the_lead_s_company(self):
        foreign = self.partner(company_id=self.env.company.id)
        own = self.partner(company_id=self.branch.id, mobile="+63 917 555 0101")
        _reply, lead = self.receive()
        self.assertEqual(lead.company_id, self.branch)
        self.assertEqual(lead.partner_id, own)
        self.assertNotEqual(lead.partner_id, foreign)

    def test_customer_of_another_company_refuses_nothing(self):
        foreign = self.partner(name="Secret Client", company_id=self.env.company.id)
        reply, lead = self.receive()
        self.assertEqual((reply["status"], reply["error"]), ("ok", False))
        self.assertNotEqual(lead.partner_id, foreign)
        self.assertNotIn("Secret", " ".join(self.bodies(lead)))

    def test_numbers_of_the_lead_s_country(self):
        """A number without a country is one of the company's country."""
        own = self.partner(mobile="+65 8123 4567", company_id=self.branch.id)
        customer = {**make_endorsement()["customer"], "mobile": "8123 4567"}
        _reply, lead = self.receive(customer=customer, source_lead_id=77)
        self.assertEqual(lead.partner_id, own)
        self.assertEqual(lead.mobile_key, "+6581234567")
        _reply, again = self.receive(customer=customer, source_lead_id=77)
        self.assertEqual(again, lead)

    def test_vehicle_of_another_company(self):
        self.vehicle.company_id = self.env.company
        _reply, lead = self.receive()
        self.assertFalse(lead.product_id)
        self.assertTrue(lead.vehicle_model_text)

    def test_salesperson_of_another_company(self):
        """Nobody's lead instead of a lead of somebody who cannot open it."""
        self.connection.sudo().user_id = self.user
        reply, lead = self.receive(with_quotation=True)
        self.assertFalse(lead.user_id)
        self.assertEqual(lead.bpo_state, "received")
        self.assertIn("in another company", reply["error"])
        self.assertNotEqual(lead.activity_ids.user_id, self.user)

    def test_quotation_in_the_company_of_the_lead(self):
        self.seller.write({"company_ids": [Command.link(self.env.company.id)]})
        self.seller.company_id = self.env.company
        reply, lead = self.receive(with_quotation=True)
        self.assertFalse(reply["error"])
        self.assertEqual(lead.sale_order_id.company_id, self.branch)
        self.assertEqual(lead.sale_order_id.currency_id, self.currency)
        self.assertEqual(lead.sale_order_id.order_line.price_unit, 850000)

    def test_amounts_are_converted(self):
        self.rate(2)
        code = self.env.company.currency_id.name
        reply, lead = self.receive(with_quotation=True, currency=code)
        self.assertFalse(reply["error"])
        self.assertEqual(lead.expected_price, 425000)
        self.assertEqual(lead.sale_order_id.order_line.price_unit, 425000)
        said = " ".join(self.bodies(lead))
        self.assertIn(f"converted from {code} to DLR", said)
        self.assertIn("850,000.00", said)

    def test_amounts_without_a_rate_are_left_out(self):
        for code in (self.env.company.currency_id.name, "XXZ"):
            reply, lead = self.receive(currency=code)
            self.assertEqual(reply["status"], "ok")
            self.assertFalse(lead.expected_price)
            said = " ".join(self.bodies(lead))
            self.assertIn(f"are in {code}, for which there is no exchange rate", said)
            self.assertIn("850,000.00", said)

    def test_amounts_in_the_own_currency(self):
        _reply, lead = self.receive(currency="DLR")
        self.assertEqual(lead.expected_price, 850000)
        _reply, lead = self.receive(source_lead_id=5)  # an older BPO does not say
        self.assertEqual(lead.expected_price, 850000)
