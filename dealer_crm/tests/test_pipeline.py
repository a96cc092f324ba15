from odoo.exceptions import UserError
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

    def test_one_step_forward(self):  # D04-D07, D105
        sentence = "forward one step at a time"
        lead = self.new_lead(self.user)
        with self.assertRaisesRegex(UserError, sentence):
            lead.stage_id = self.stage("negotiation")
        lead.stage_id = self.stage("qualified")
        with self.assertRaisesRegex(UserError, sentence):
            lead.stage_id = self.stage("new")
        lead.stage_id = self.stage("negotiation")
        self.assertEqual(lead.step, "negotiation")

    def test_lost_from_every_open_step(self):  # D51, D54
        for step in ("new", "qualified", "negotiation"):
            lead = self.new_lead(self.user, step=step)
            lead.action_mark_lost(reason_code="price")
            self.assertEqual(lead.stage_id, self.stage("lost"))

    def test_lost_needs_a_reason(self):  # D52, D104
        lead = self.new_lead(self.user)
        action = lead.action_mark_lost()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.user)
            .with_context(**action["context"])
        )
        with self.assertRaises(UserError):
            wizard.create({}).action_apply()
        with self.assertRaises(UserError):
            lead.action_mark_lost(reason_code="no such reason")
        self.assertEqual(lead.step, "new")

    def test_lost_reasons(self):  # D53
        reasons = self.env["crm.lost.reason"].search([("code", "!=", False)])
        self.assertEqual(
            dict(reasons.mapped(lambda reason: (reason.code, reason.name))),
            {
                "price": "Price Too High",
                "competitor": "Chose Competitor",
                "not_ready": "Not Ready to Buy",
                "financing": "Financing Issues",
                "no_stock": "No Stock Available",
                "cancelled": "Buyer Cancelled",
                "other": "Other",
            },
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
