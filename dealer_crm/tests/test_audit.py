from odoo.tests import tagged

from .common import DealerCase


@tagged("post_install", "-at_install")
class TestAudit(DealerCase):
    """Every entry of the page's audit trail, by its text."""

    def test_stages(self):  # D74
        lead = self.new_lead(self.user)
        self.bodies(lead)
        for step in ("qualified", "negotiation"):
            lead.stage_id = self.stage(step)
            self.bodies(lead)
        lead.action_convert_to_quotation()
        self.deliver(self.confirm(lead.sale_order_id))
        lead.action_mark_won()
        self.assertEqual(
            self.tracked(lead, "stage_id"),
            [
                ("New", "Qualified"),
                ("Qualified", "Negotiation"),
                ("Negotiation", "Won"),
            ],
        )
        entries = lead.sudo().message_ids.filtered(
            lambda message: (
                "stage_id" in message.tracking_value_ids.field_id.mapped("name")
            )
        )
        self.assertEqual(entries.author_id, self.user.partner_id)
        self.assertTrue(all(entries.mapped("date")))

    def test_reassignment(self):  # D75
        lead = self.new_lead(self.user)
        self.bodies(lead)
        lead.with_user(self.manager).user_id = self.other
        self.assertEqual(
            self.tracked(lead, "user_id"), [(self.user.name, self.other.name)]
        )

    def test_fields(self):  # D76
        tracked = self.env["crm.lead"]._track_get_fields()
        for group in (
            {"partner_id", "contact_name", "email_from", "phone", "mobile"},
            {"brand_id", "product_id", "vehicle_model_text", "quantity"},
            {"expected_price", "preferred_color", "budget_min", "budget_max"},
            {"has_trade_in", "trade_in_details"},
            {"financing_type", "down_payment", "customer_notes"},
            {"stage_id", "user_id", "sale_order_id"},
        ):
            self.assertFalse(group - set(tracked))
        self.assertNotIn("sale_order_state", tracked)

    def test_order(self):  # D77, D78
        lead = self.new_lead(self.user)
        self.bodies(lead)
        lead.action_convert_to_quotation()
        first = lead.sale_order_id
        self.assertIn(
            f"<p>Quotation {first.name} created from this lead.</p>", self.bodies(lead)
        )
        first.with_context(disable_cancel_warning=True).action_cancel()
        lead.action_convert_to_quotation()
        second = lead.sale_order_id
        self.assertEqual(
            self.tracked(lead, "sale_order_id"),
            [("", first.name), (first.name, second.name)],
        )

    def test_lost(self):  # D55-D57, D80
        lead = self.new_lead(self.user)
        self.bodies(lead)
        lead.action_mark_lost(reason_code="financing", notes="Bank said no & closed")
        self.assertEqual(lead.step, "lost")
        self.assertTrue(lead.active)  # R17
        self.assertTrue(lead.date_lost)
        self.assertEqual(lead.lost_reason_id.code, "financing")
        trail = " ".join(self.bodies(lead))
        self.assertIn("Financing Issues", trail)
        self.assertIn("Bank said no &amp; closed", trail)

    def test_lost_leaves_the_draft_order(self):  # D56
        lead = self.new_lead(self.user)
        lead.action_convert_to_quotation()
        lead.action_mark_lost(reason_code="cancelled")
        self.assertEqual(lead.sale_order_id.state, "draft")

    def test_order_has_the_trail_of_sales(self):  # D82
        lead = self.new_lead(self.user)
        lead.action_convert_to_quotation()
        order = lead.sale_order_id
        self.bodies(order)
        self.confirm(order)
        self.assertIn(("Quotation", "Sales Order"), self.tracked(order, "state"))

    def test_user_without_an_email_address(self):  # D78, D80
        """18.0 refuses messages of such a user; what is done is logged all the same."""
        self.user.partner_id.email = False
        self.other.partner_id.email = False
        lead = self.new_lead(self.user)
        lead.action_convert_to_quotation()
        order = lead.sale_order_id
        self.deliver(self.confirm(order))
        lead.action_mark_won()
        lost = self.new_lead().with_user(self.other)
        lost.action_claim()
        lost.action_mark_lost(reason_code="price")
        for record, text, author in (
            (lead, f"Quotation {order.name} created from this lead.", self.user),
            (lead, f"Won with {order.name}.", self.user),
            (lost, "Marked lost: Price Too High", self.other),
        ):
            self.bodies(record)
            said = record.sudo().message_ids.filtered(
                lambda message, text=text: text in message.body
            )
            self.assertEqual(said.author_id, author.partner_id, text)

    def test_nothing_removes_the_trail(self):  # D94, D98
        lead = self.new_lead(self.user)
        lead.message_post(body="Asked for a test drive")
        lead.action_mark_lost(reason_code="other")
        before = self.bodies(lead)
        lead.action_archive()
        self.assertTrue(lead.exists())
        self.assertFalse(set(before) - set(self.bodies(lead)))
