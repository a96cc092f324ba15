from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

from .common import AGENT, MANAGER, SUPERVISOR, BpoMixin


@tagged("post_install", "-at_install")
class TestCompanies(BpoMixin, TransactionCase):
    """Two companies in one database: Data is shared, leads and what is said of them
    are not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.make_lead(mobile="0917 555 8801", email_from="a@two.example.com")
        cls.lead._log_call({"result": "answered", "summary": "Wants it in red."})
        company = cls.env["res.company"].create({"name": "Second BPO"})
        cls.users = {
            role: new_test_user(
                cls.env,
                f"second_{role}",
                groups=group,
                company_id=company.id,
                company_ids=company.ids,
            )
            for role, group in (
                ("agent", AGENT),
                ("supervisor", SUPERVISOR),
                ("manager", MANAGER),
            )
        }
        cls.company = company
        cls.env.flush_all()

    def test_data_is_shared(self):
        for role, user in self.users.items():
            for record in (self.brand, self.model, self.dealership):
                with self.subTest(role, record=record):
                    self.assertTrue(record.with_user(user).display_name)
        self.dealership.with_user(self.users["manager"]).city = "Pasay"

    def test_leads_are_not(self):
        for role, user in self.users.items():
            with self.subTest(role):
                for record in (self.lead, self.lead.sudo().bpo_call_log_ids):
                    with self.assertRaises(AccessError):
                        record.with_user(user).read(["create_date"])
                self.assertEqual(self.dealership.with_user(user).lead_count, 0)
                self.assertEqual(self.model.with_user(user).lead_count, 0)
                self.assertEqual(self.brand.with_user(user).bpo_in_count, 0)
        report = self.env["bpo.crm.report"].with_user(self.users["manager"])
        self.assertFalse(report.search([("lead_id", "=", self.lead.id)]))

    def test_unclaimed_of_another_company(self):
        self.lead.sudo().write({"user_id": False, "team_id": False})
        self.lead.sudo().company_id = self.env.company
        self.env.flush_all()
        for record in (self.lead, self.lead.sudo().bpo_call_log_ids):
            with self.assertRaises(AccessError):
                record.with_user(self.users["agent"]).read(["create_date"])

    def test_same_customer_stays_in_the_company(self):
        agent = self.users["agent"]
        other = self.make_lead(
            user=agent, mobile="0917 555 8801", email_from="a@two.example.com"
        )
        self.assertEqual(other.company_id, self.company)
        self.assertEqual(other.same_customer_count, 0)
        self.assertEqual(self.lead.same_customer_count, 0)

    def test_sequence_and_stages_serve_both(self):
        lead = self.make_lead(user=self.users["agent"])
        self.assertRegex(lead.code, r"^LEAD/\d{5}$")
        self.assertEqual(self.to_negotiation(lead).step, "negotiation")
