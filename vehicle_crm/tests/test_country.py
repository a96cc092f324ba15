from unittest.mock import patch

from odoo.tests import tagged

from .common import PipelineCase


@tagged("post_install", "-at_install")
class TestCountry(PipelineCase):
    """A company's country decides what a number is, also when it is set later."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Garage"})
        cls.env.user.company_ids += cls.company
        cls.jan = cls.env["res.partner"].create(
            {
                "name": "Jan",
                "mobile": "0475 12 34 56",
                "company_id": cls.company.id,
                "active": False,
            }
        )
        cls.lead = cls.new_lead(company_id=cls.company.id, mobile="0475/12.34.56")
        cls.env["res.company"].search([]).customer_key_job = False

    def run_cron(self):
        self.env.flush_all()
        with patch.object(self.env.cr, "commit"):
            self.env["res.company"]._cron_compute_keys()
        self.env.invalidate_all()

    def test_country_set_later(self):
        self.assertFalse(self.jan.mobile_key)
        self.assertFalse(self.lead.mobile_key)
        before = self.jan.write_date, self.lead.write_date
        self.company.country_id = self.env.ref("base.be")
        self.assertTrue(self.company.customer_key_job)
        self.run_cron()
        self.assertEqual(self.jan.mobile_key, "+32475123456")
        self.assertEqual(self.lead.mobile_key, "+32475123456")
        self.assertEqual((self.jan.write_date, self.lead.write_date), before)
        self.assertFalse(self.company.customer_key_job)
        note = self.company.partner_id.message_ids[0].body
        self.assertIn("Belgium", note)
        self.assertIn("1 leads", note)
        self.company.country_id = self.env.ref("base.de")
        self.run_cron()
        self.assertFalse(self.lead.mobile_key)

    def test_by_the_address_of_the_company(self):
        self.company.partner_id.country_id = self.env.ref("base.be")
        self.run_cron()
        self.assertEqual(self.lead.mobile_key, "+32475123456")

    def test_same_country_is_no_work(self):
        self.company.country_id = self.env.ref("base.be")
        self.run_cron()
        self.company.partner_id.write({"country_id": self.env.ref("base.be").id})
        self.jan.write({"country_id": self.env.ref("base.be").id})
        self.assertFalse(self.company.customer_key_job)

    def test_in_batches(self):
        """A run that ends goes on after its last batch."""
        module = "odoo.addons.vehicle_crm.models.res_company_keys"
        partners = self.env["res.partner"].create(
            [
                {
                    "name": str(number),
                    "phone": f"0475 12 34 {number}",
                    "company_id": self.company.id,
                }
                for number in range(10, 17)
            ]
        )
        self.company.country_id = self.env.ref("base.be")
        with patch(f"{module}.BATCH", 3), patch(f"{module}.commit_progress") as commit:
            commit.return_value = 0
            for _run in range(20):
                self.env["res.company"]._cron_compute_keys()
                if not self.company.customer_key_job:
                    break
        self.assertGreater(commit.call_count, 3)
        self.assertEqual(sum(call.args[1] for call in commit.call_args_list), 9)
        self.assertTrue(all(partners.mapped("mobile_key")))
        self.assertIn("8 contacts", self.company.partner_id.message_ids[0].body)
