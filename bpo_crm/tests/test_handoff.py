from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from .common import BpoMixin


class HandoffCase(BpoMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        self.start_dealer()
        self.lead = self.to_negotiation(self.make_lead())

    def orders(self):
        return list(self.dealer.rows["sale.order"].values())

    def chatter(self, lead=None):
        return " ".join((lead or self.lead).message_ids.mapped("body"))

    def message(self):
        return self.lead.sudo().remote_message_ids


@tagged("post_install", "-at_install")
class TestHandoffGates(HandoffCase):
    def assert_not_configured(self):
        for act in (
            self.lead.action_mark_won,
            lambda: self.lead.write({"stage_id": self.env.ref("bpo_crm.stage_won").id}),
        ):
            with self.assertRaises(UserError) as caught:
                act()
        self.assertEqual(self.lead.step, "negotiation")
        return caught

    def test_no_dealership(self):  # B48, B56
        self.lead.dealership_id = False
        with self.assertRaisesRegex(UserError, "Dealership not configured"):
            self.lead.action_mark_won()
        self.assert_not_configured()

    def test_no_url(self):  # B48, B56
        self.dealership.with_user(self.manager).odoo_url = False
        with self.assertRaisesRegex(UserError, "Dealership not configured"):
            self.lead.action_mark_won()
        self.assert_not_configured()

    def test_each_gate_has_its_sentence(self):
        for values, sentence in (
            ({"vehicle_model_id": False}, "Select a vehicle model first"),
            ({"contact_name": False, "partner_name": False}, "customer's name"),
            ({"mobile": False, "phone": False, "email_from": False}, "mobile number"),
        ):
            with self.subTest(sentence):
                lead = self.to_negotiation(self.make_lead(**values))
                with self.assertRaisesRegex(UserError, sentence):
                    lead.action_mark_won()
                self.assertEqual(lead.handoff_state, "none")

    def test_endorse_mode_refuses(self):  # R1
        self.dealership.handoff_mode = "endorse"
        for user in (self.agent, self.manager):
            with self.assertRaisesRegex(UserError, "use Endorse"):
                self.lead.with_user(user).action_mark_won()

    def test_not_another_agents(self):
        with self.assertRaises(AccessError):
            self.lead.with_user(self.other_agent).action_mark_won()
        self.assertEqual(self.lead.handoff_state, "none")


@tagged("post_install", "-at_install")
class TestHandoff(HandoffCase):
    def test_won_when_the_dealer_has_the_order(self):
        action = self.lead.action_mark_won()
        self.assertEqual(action["tag"], "display_notification")
        # Nothing is sent within the agent's own transaction.
        self.assertEqual(self.dealer.calls, [])
        self.assertEqual(
            (self.lead.step, self.lead.handoff_state), ("negotiation", "pending")
        )
        product = self.dealer.add(  # B50
            "product.product", name="Other name", default_code="TL-G7"
        )
        self.run_outbox()
        (order,) = self.orders()
        self.assertEqual(
            order["order_line"],
            [[0, 0, {"product_id": product, "product_uom_qty": 2}]],
        )  # C03, C31, C45: no price
        self.assertTrue(order["client_order_ref"].startswith(f"{self.lead.code} · "))
        self.assertEqual(self.lead.step, "won")
        self.assertEqual(self.lead.handoff_state, "done")
        self.assertTrue(self.lead.date_won)
        self.assertEqual(self.lead.dealer_so_id, order["id"])  # B51
        self.assertEqual(self.lead.dealer_so_name, order["name"])  # B51
        self.assertEqual(self.dealership.so_pushed_count, 1)  # B60
        self.assertIn(order["name"], self.chatter())
        self.assertEqual(self.message().state, "done")

    def test_four_calls_for_a_known_customer(self):  # B49, B43
        partner = self.dealer.add("res.partner", name="A. Cruz", phone="0917-555 0101")
        self.dealer.add("product.product", name="TunLand G7", default_code="TL-G7")
        self.dealership.with_user(self.manager).action_test_connection()
        self.dealer.calls.clear()
        self.dealer.logins.clear()
        self.lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(
            [call[:2] for call in self.dealer.calls],
            [
                ("sale.order", "search_read"),
                ("res.partner", "search_read"),
                ("product.product", "search_read"),
                ("sale.order", "web_save"),
            ],
        )
        self.assertEqual(self.dealer.logins, [])
        self.assertEqual(self.orders()[0]["partner_id"], partner)

    def test_customer_is_created_with_fields_of_the_peer(self):  # B49, B42
        self.dealer.peer_fields["res.partner"].remove("mobile")
        self.lead.action_mark_won()
        self.run_outbox()
        (partner,) = self.dealer.rows["res.partner"].values()
        self.assertEqual(partner["name"], "Ana Cruz")
        self.assertEqual(partner["phone"], "0917 555 0101")
        self.assertEqual(partner["email"], "ana@example.com")

    def test_product_by_name_or_created(self):  # R19
        named = self.dealer.add("product.product", name="TunLand G7")
        self.lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(self.orders()[0]["order_line"][0][2]["product_id"], named)
        self.dealer.rows["product.product"].clear()
        other = self.to_negotiation(self.make_lead())
        other.action_mark_won()
        self.run_outbox()
        (product,) = self.dealer.rows["product.product"].values()
        self.assertEqual(product["default_code"], "TL-G7")
        self.assertNotIn("list_price", product)

    def test_product_not_created_when_switched_off(self):  # R19, B53, B54
        self.dealership.create_products = False
        self.lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(self.orders(), [])
        self.assertEqual(
            (self.lead.step, self.lead.handoff_state), ("negotiation", "failed")
        )
        self.assertIn("No product TunLand G7", self.lead.handoff_error)
        self.assertIn("No product TunLand G7", self.chatter())
        # Cured at the dealer, sent again: the same message.
        self.dealer.add("product.product", name="TunLand G7")
        message = self.message()
        self.lead.action_retry_handoff()
        self.run_outbox()
        self.assertEqual(self.lead.step, "won")
        self.assertEqual(self.message(), message)

    def test_missing_right_is_named(self):  # B53, B54, B57
        for model, right in (
            ("sale.order", "read"),
            ("sale.order", "create"),
            ("res.partner", "read"),
            ("res.partner", "create"),
            ("product.product", "read"),
            ("product.product", "create"),
        ):
            with self.subTest(model=model, right=right):
                lead = self.to_negotiation(
                    self.make_lead(mobile="0918 555 0199", email_from="x@example.com")
                )
                self.dealer.rows["product.product"].clear()
                self.dealer.rows["res.partner"].clear()
                self.dealer.forbidden = {(model, right)}
                lead.action_mark_won()
                self.run_outbox()
                self.assertEqual(lead.step, "negotiation")
                self.assertEqual(lead.handoff_state, "failed")
                self.assertIn("AccessError", lead.handoff_error)
                self.assertIn(f"{right} {model}", lead.handoff_error)
                self.assertIn(f"{right} {model}", self.chatter(lead))

    def test_lost_reply_makes_one_order(self):  # B61
        self.lead.action_mark_won()
        for _call in range(3):
            self.dealer.drop_next_reply()
        self.run_outbox(times=6)
        self.assertEqual(len(self.orders()), 1)
        self.assertEqual(len(self.dealer.rows["res.partner"]), 1)
        self.assertEqual(len(self.dealer.rows["product.product"]), 1)
        self.assertEqual(self.lead.step, "won")
        self.assertEqual(self.dealership.so_pushed_count, 1)  # B60

    def test_lost_reply_of_the_order_itself(self):  # B61
        self.lead.action_mark_won()
        save = self.dealer._handlers["sale.order", "web_save"]

        def save_and_drop(*args, **kwargs):
            self.dealer.drop_next_reply()
            return save(*args, **kwargs)

        self.dealer.on("sale.order", "web_save", save_and_drop)
        self.run_outbox()
        self.assertEqual(self.lead.step, "negotiation")
        # Not asked again at once: the call may still be running there.
        self.run_outbox(now=False)
        self.assertEqual(self.dealer.verbs("sale.order").count("search_read"), 1)
        self.run_outbox()
        self.assertEqual(len(self.orders()), 1)
        self.assertEqual(self.lead.dealer_so_name, self.orders()[0]["name"])
        self.assertEqual(self.lead.step, "won")
        self.assertIn("an earlier attempt had created it", self.chatter())

    def test_down_then_up(self):  # B53, R2
        self.dealer.stop()
        self.lead.action_mark_won()
        with mute_logger("urllib3.connectionpool"):
            self.run_outbox(times=2)
        self.assertEqual(
            (self.lead.step, self.lead.handoff_state), ("negotiation", "pending")
        )
        self.assertIn("Not sent to", self.chatter())  # B54, B55

    def test_mark_won_twice(self):
        self.lead.action_mark_won()
        with self.assertRaisesRegex(UserError, "already on its way"):
            self.lead.action_mark_won()
        self.run_outbox(times=2)
        self.assertEqual(len(self.orders()), 1)

    def test_from_qualified_it_goes_to_negotiation(self):
        lead = self.make_lead()
        lead.stage_id = self.env.ref("bpo_crm.stage_qualified")
        lead.action_mark_won()
        self.assertEqual(lead.step, "negotiation")


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


@tagged("post_install", "-at_install")
class TestOverride(HandoffCase):
    def override(self, decision, reason="Phoned the dealer", user=None):
        return (
            self.env["crm.lead.override"]
            .with_user(user or self.manager)
            .create({"lead_id": self.lead.id, "decision": decision, "reason": reason})
            .action_apply()
        )

    def test_release(self):
        self.dealer.forbidden = {("sale.order", "create")}
        self.lead.action_mark_won()
        self.run_outbox()
        self.override("release")
        self.assertEqual(self.lead.handoff_state, "none")
        self.assertEqual(self.message().state, "cancelled")
        self.assertIn("Phoned the dealer", self.chatter())
        self.assertIn(self.manager.name, self.chatter())
        self.lead.dealership_id = False

    def test_won_without_the_dealer(self):  # R1
        self.dealership.handoff_mode = "endorse"
        self.override("won")
        self.assertEqual(self.lead.step, "won")
        self.assertTrue(self.lead.date_won)
        self.assertIn("Phoned the dealer", self.chatter())
        self.run_outbox()
        self.assertEqual(self.dealer.calls, [])

    def test_for_managers_with_a_reason(self):
        for user in (self.agent, self.supervisor, self.service):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.override("won", user=user)
        with self.assertRaises(UserError):
            self.override("won", reason="  ")
        self.assertEqual(self.lead.step, "negotiation")

    def test_not_on_closed_or_free_leads(self):
        with self.assertRaisesRegex(UserError, "no hand-off"):
            self.override("release")
        self.override("won")
        with self.assertRaisesRegex(UserError, "closed already"):
            self.override("won")


@tagged("post_install", "-at_install")
class TestManagerMail(HandoffCase):
    def mails(self):
        return self.env["mail.mail"].search(
            [("email_to", "ilike", "maria@dealer.example.com")]
        )

    def test_queued(self):  # B04, B52
        self.lead.action_mark_won()
        self.run_outbox()
        mail = self.mails()
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual(mail.email_to, "maria@dealer.example.com")
        self.assertFalse(mail.recipient_ids)  # not the customer
        self.assertIn(self.lead.code, mail.subject)
        self.assertIn(self.lead.dealer_so_name, mail.body_html)

    def test_managers_edit_the_template(self):
        template = self.env.ref("bpo_crm.mail_template_lead_won")
        template.with_user(self.manager).subject = "Sold: {{ object.code }}"
        self.lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(self.mails().subject, f"Sold: {self.lead.code}")

    def test_absence_is_noted(self):  # B59, R3
        self.dealership.manager_email = False
        self.lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(self.lead.step, "won")
        self.assertFalse(self.mails())
        self.assertIn("No mail was sent", self.chatter())

    def test_deleted_template_does_not_stop_the_lead(self):
        self.env.ref("bpo_crm.mail_template_lead_won").unlink()
        self.lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(self.lead.step, "won")
        self.assertIn("No mail was sent", self.chatter())
