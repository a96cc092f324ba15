from odoo.tests import tagged

from .common import DealerCase


@tagged("post_install", "-at_install")
class TestPipeline(DealerCase):
    """What dealer_crm ships; the rule itself is proved in vehicle_crm."""

    def test_stages(self):  # D01
        stages = self.env["crm.stage"].search([("pipeline", "=", "dealer")])
        self.assertEqual(
            stages.mapped("name"), ["New", "Qualified", "Negotiation", "Won", "Lost"]
        )
        self.assertEqual(
            stages.mapped("step"), ["new", "qualified", "negotiation", "won", "lost"]
        )
        self.assertEqual(stages.filtered("is_won"), self.stage("won"))

    def test_manual_lead(self):  # D03, D106, D107
        lead = (
            self.env["crm.lead"]
            .with_user(self.user)
            .with_context(default_pipeline="dealer", default_type="opportunity")
            .create({"name": "Walk-in", "contact_name": "Ana", "mobile": "0917"})
        )
        self.assertEqual(lead.stage_id, self.stage("new"))
        self.assertRegex(lead.code, r"^DLEAD/\d{5}$")
        self.assertIn(lead.code, lead.display_name)
        found = self.env["crm.lead"].with_user(self.user).name_search(lead.code)
        self.assertEqual([lead_id for lead_id, _name in found], lead.ids)
        self.assertFalse(
            {
                "brand_id",
                "product_id",
                "vehicle_model_text",
                "quantity",
                "expected_price",
                "budget_min",
                "budget_max",
                "has_trade_in",
                "trade_in_details",
                "financing_type",
                "down_payment",
                "customer_notes",
                "sale_order_id",
                "date_won",
                "date_lost",
                "lost_reason_id",
                "call_log_ids",
                "user_id",
                "active",
            }
            - set(lead._fields)
        )

    def test_lost_by_reason(self):  # D93
        lead = self.new_lead(self.user)
        lead.action_mark_lost(reason_code="price")
        lead = lead.with_user(self.manager)
        leads = self.env["crm.lead"].with_user(self.manager)
        domain = [
            ("pipeline", "=", "dealer"),
            ("step", "=", "lost"),
            ("date_lost", ">=", "2020-01-01"),
            ("id", "=", lead.id),
        ]
        groups = leads._read_group(domain, ["lost_reason_id"], ["__count"])
        self.assertEqual(groups, [(lead.lost_reason_id, 1)])
        rows = lead.export_data(["code", "lost_reason_id/name", "date_lost"])["datas"]
        self.assertEqual(rows[0][:2], [lead.code, "Price Too High"])
        self.assertTrue(rows[0][2])
