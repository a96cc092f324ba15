"""What a hand-off on its way allows, and what its end undoes."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import HandoffCase


@tagged("post_install", "-at_install")
class TestHandoffLocks(HandoffCase):
    def test_locked_while_pending(self):
        self.lead.action_mark_won()
        for values in (
            {"quantity": 3},
            {"vehicle_model_id": False},
            {"dealership_id": False},
            {"brand_id": self.other_brand.id},
            {"contact_name": "Ben"},
            {"mobile": "0918 555 0102"},
            {"email_from": "x@example.com"},
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, "locked"):
                self.lead.write(values)
        self.lead.write({"quantity": 2, "customer_notes": "Call after six."})
        with self.assertRaises(UserError):
            self.lead.action_mark_lost(reason_code="other")
        self.assertEqual(self.lead.step, "negotiation")

    def test_only_the_code_writes_the_handoff(self):
        for values in (
            {"handoff_state": "done"},
            {"dealer_so_id": 7},
            {"dealer_so_name": "S00007"},
            {"handoff_key": "x"},
        ):
            for user in (self.agent, self.manager):
                with self.subTest(values), self.assertRaises(UserError):
                    self.lead.with_user(user).write(values)
            with self.subTest(values), self.assertRaises(UserError):
                self.make_lead(**values)

    def test_cancel_before_it_is_sent(self):
        self.lead.action_mark_won()
        key = self.lead.sudo().handoff_key
        with self.assertRaises(AccessError):
            self.lead.with_user(self.other_agent).action_cancel_handoff()
        self.lead.action_cancel_handoff()
        self.assertEqual(self.lead.handoff_state, "none")
        self.run_outbox()
        self.assertEqual(self.dealer.calls, [])
        self.lead.quantity = 3
        self.lead.action_mark_won()
        self.assertNotEqual(self.lead.sudo().handoff_key, key)
        self.run_outbox()
        self.assertEqual(self.orders()[0]["order_line"][0][2]["product_uom_qty"], 3)

    def test_agent_without_an_email_address(self):
        """Odoo 18 posts nothing in the name of somebody without one."""
        self.lead.user_id.partner_id.email = False
        self.lead.action_mark_won()
        self.lead.action_cancel_handoff()
        self.dealer.forbidden = {("sale.order", "create")}
        self.lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(self.lead.handoff_state, "failed")
        self.dealer.forbidden = set()
        self.lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(self.lead.step, "won")

    def test_no_cancel_once_it_may_have_arrived(self):
        self.lead.action_mark_won()
        self.dealer.drop_next_reply()
        self.run_outbox()
        with self.assertRaisesRegex(UserError, "may exist at the dealer"):
            self.lead.action_cancel_handoff()

    def test_failed_keeps_the_dealership(self):
        self.dealer.forbidden = {("sale.order", "create")}
        self.lead.action_mark_won()
        self.run_outbox()
        with self.assertRaisesRegex(UserError, "locked"):
            self.lead.dealership_id = False
        self.lead.quantity = 5
        self.dealer.forbidden = set()
        self.lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(self.orders()[0]["order_line"][0][2]["product_uom_qty"], 5)
        self.assertEqual(len(self.message()), 1)

    def test_lost_after_a_failure_is_not_sent_again(self):
        self.dealer.forbidden = {("sale.order", "create")}
        self.lead.action_mark_won()
        self.run_outbox()
        self.lead.action_mark_lost(reason_code="price")
        self.assertEqual(self.lead.step, "lost")
        self.assertEqual(self.message().state, "cancelled")
        self.dealer.forbidden = set()
        self.message()._retry()
        self.run_outbox()
        self.assertEqual(self.orders(), [])

    def test_mode_is_kept_while_a_lead_is_on_its_way(self):
        self.lead.action_mark_won()
        with self.assertRaisesRegex(UserError, self.lead.code):
            self.dealership.with_user(self.manager).handoff_mode = "endorse"
        self.run_outbox()
        self.dealership.with_user(self.manager).handoff_mode = "endorse"

    def test_not_deleted_once_handed_off(self):
        self.lead.action_mark_won()
        with self.assertRaisesRegex(UserError, "Archive them instead"):
            self.lead.with_user(self.manager).unlink()

    def test_answer_after_a_manager_closed_it(self):  # R25
        """The order exists there: Won beats Lost, whatever happened here meanwhile."""
        self.lead.action_mark_won()
        self.lead.sudo()._set_step("lost")
        self.run_outbox()
        self.assertEqual(self.lead.step, "won")
        self.assertTrue(self.lead.dealer_so_name)

    def cancel_in_outbox(self):
        self.message().filtered(
            lambda message: message.state in ("pending", "failed")
        ).with_user(self.manager).action_cancel()

    def test_cancelled_in_the_outbox(self):
        """The lead is released with its message: unlocked, and Won sends anew."""
        self.lead.action_mark_won()
        self.cancel_in_outbox()
        self.assertEqual(
            (self.lead.step, self.lead.handoff_state), ("negotiation", "none")
        )
        self.assertFalse(self.lead.sudo().handoff_key)
        self.assertIn("before it was sent", self.chatter())
        self.assertFalse(self.message().payload)
        self.lead.quantity = 5
        self.lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(self.lead.step, "won")
        self.assertEqual(self.orders()[0]["order_line"][0][2]["product_uom_qty"], 5)

    def test_cancelled_in_the_outbox_after_it_was_sent(self):
        self.lead.action_mark_won()
        self.dealer.drop_next_reply()
        self.run_outbox()
        self.cancel_in_outbox()
        self.assertEqual(self.lead.handoff_state, "none")
        self.assertRegex(self.chatter(), f"If an order {self.lead.code} · .* exists")

    def test_failed_and_cancelled_in_the_outbox(self):
        self.dealer.forbidden = {("sale.order", "create")}
        self.lead.action_mark_won()
        self.run_outbox()
        self.cancel_in_outbox()
        self.assertEqual(self.lead.handoff_state, "none")
        self.assertFalse(self.lead.handoff_error)
        self.lead.dealership_id = False

    def test_retry_really_sends(self):
        """Also where the message was cancelled without a word to the lead."""
        self.lead.action_mark_won()
        first = self.message()
        first.sudo()._cancel("As an earlier version did.")
        self.assertEqual(self.lead.handoff_state, "pending")
        self.lead.action_retry_handoff()
        self.assertFalse(first.payload, "no customer comes back into a closed row")
        self.run_outbox()
        self.assertEqual(self.lead.step, "won")
        self.assertEqual(first.state, "cancelled")

    def test_dropped_messages_are_erased(self):
        self.lead.action_mark_won()
        self.lead.action_cancel_handoff()
        message = self.message()
        self.assertFalse(message.payload)
        self.assertTrue(message.done_at)
