from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.remote_odoo.tests.fake_odoo import Fault

from .common import HandoffCase


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

    def test_calls_for_a_known_customer(self):  # B49, B43
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
                ("ir.filters", "create"),
                ("ir.filters", "search_read"),
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

    def test_address_with_country_and_state(self):
        philippines = self.dealer.add("res.country", code="PH")
        cebu = self.dealer.add(
            "res.country.state", code="QQ-1", **{"country_id.code": "PH"}
        )
        self.dealer.add("res.country.state", code="QQ-1", **{"country_id.code": "XX"})
        state = self.env["res.country.state"].create(
            {
                "name": "Cebu of a test",
                "code": "QQ-1",
                "country_id": self.env.ref("base.ph").id,
            }
        )
        self.lead.write(
            {"country_id": self.env.ref("base.ph").id, "state_id": state.id}
        )
        self.lead.action_mark_won()
        self.run_outbox()
        (partner,) = self.dealer.rows["res.partner"].values()
        self.assertEqual(
            (partner["country_id"], partner["state_id"]), (philippines, cebu)
        )

    def test_unknown_or_unreadable_country_stops_nothing(self):
        self.dealer.add("res.country", code="PH")
        for model in (None, "res.country", "res.country.state"):
            self.dealer.forbidden = {(model, "read")}
            lead = self.to_negotiation(
                self.make_lead(
                    mobile=False,
                    email_from=f"{model}@example.com",
                    country_id=self.env.ref("base.us").id,
                    state_id=self.env.ref("base.state_us_5").id,
                )
            )
            lead.action_mark_won()
            self.run_outbox()
            with self.subTest(model):
                self.assertEqual(lead.step, "won")
        for partner in self.dealer.rows["res.partner"].values():
            self.assertFalse({"country_id", "state_id"} & partner.keys())

    def test_what_is_no_address_finds_nobody(self):
        """ "N/A" in the e-mail of two customers does not make one of them."""
        stranger = self.dealer.add("res.partner", name="Stranger", email="n/a")
        lead = self.to_negotiation(self.make_lead(email_from="N/A"))
        lead.action_mark_won()
        self.run_outbox()
        self.assertNotEqual(self.orders()[0]["partner_id"], stranger)
        lead = self.to_negotiation(self.make_lead(email_from="N/A", mobile="none"))
        with self.assertRaisesRegex(UserError, "mobile number or e-mail"):
            lead.action_mark_won()

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

    def test_right_to_a_part_of_the_order_is_named(self):  # B57
        """The name of the order's model is a part of the name of its lines."""
        self.dealer.on("sale.order", "web_save", self._refuse_lines)
        self.lead.action_mark_won()
        self.run_outbox()
        self.assertIn("model sale.order.line in", self.lead.handoff_error)
        self.assertNotIn("right to create sale.order.", self.lead.handoff_error)

    def _refuse_lines(self, *args, **kwargs):
        raise Fault(
            "odoo.exceptions.AccessError",
            "You are not allowed to create 'Sales Order Line' (sale.order.line) "
            "records.",
        )

    def test_what_the_dealer_says_is_text(self):
        """A sentence of its Odoo is read by people here, never as HTML."""
        link = '<a href="https://evil.example.com">Press</a>'

        def refuse(*args, **kwargs):
            raise Fault("odoo.exceptions.UserError", link)

        self.dealer.on("sale.order", "web_save", refuse)
        self.lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(self.lead.handoff_error, link)
        self.assertEqual(self.lead._fields["handoff_error"].type, "char")
        self.assertIn("&lt;a href", self.chatter())
        self.assertNotIn("<a href", self.chatter())

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
        self.lose_reply()
        # Not asked again at once: the call may still be running there.
        self.run_outbox(now=False)
        self.assertEqual(self.dealer.verbs("sale.order").count("search_read"), 1)
        self.run_outbox()
        self.assertEqual(len(self.orders()), 1)
        self.assertEqual(self.lead.dealer_so_name, self.orders()[0]["name"])
        self.assertEqual(self.lead.step, "won")
        self.assertIn("an earlier attempt had created it", self.chatter())

    def lose_reply(self):
        """Mark Won; the dealer makes the order and its answer is lost."""
        save = self.dealer._handlers["sale.order", "web_save"]

        def save_and_drop(*args, **kwargs):
            self.dealer.drop_next_reply()
            return save(*args, **kwargs)

        self.dealer.on("sale.order", "web_save", save_and_drop)
        self.lead.action_mark_won()
        self.run_outbox()
        self.dealer.on("sale.order", "web_save", save)
        self.assertEqual(self.lead.step, "negotiation")
        return self.orders()[0]

    def test_order_that_was_cancelled_there(self):
        """An order that is found by its reference, but cancelled, is no sale."""
        made = self.lose_reply()
        made["state"] = "cancel"
        self.run_outbox()
        self.assertEqual(
            (self.lead.step, self.lead.handoff_state), ("negotiation", "failed")
        )
        self.assertFalse(self.lead.date_won)
        self.assertFalse(self.lead.dealer_so_id)
        for said in (self.lead.handoff_error, self.chatter()):
            self.assertIn(f"{made['name']} ({made['client_order_ref']})", said)
            self.assertIn("cancelled there", said)
        self.assertEqual(len(self.orders()), 1)
        # Still cancelled: pressed again, it is said again.
        self.lead.action_retry_handoff()
        self.run_outbox()
        self.assertEqual(self.lead.handoff_state, "failed")
        # The dealer sets it back to a quotation.
        made["state"] = "draft"
        self.lead.action_retry_handoff()
        self.run_outbox()
        self.assertEqual(self.lead.step, "won")
        self.assertEqual(self.lead.dealer_so_name, made["name"])
        self.assertEqual(len(self.orders()), 1)

    def test_new_order_after_a_cancelled_one(self):
        made = self.lose_reply()
        made["state"] = "cancel"
        self.run_outbox()
        self.lead.with_user(self.manager)._override_release("they sell another one")
        self.lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(self.lead.step, "won")
        self.assertNotEqual(self.lead.dealer_so_name, made["name"])

    def test_order_beside_a_cancelled_one(self):
        """The dealer cancelled ours and made a copy with the same reference."""
        made = self.lose_reply()
        made["state"] = "cancel"
        values = {**made, "name": "S00077", "state": "sale"}
        values.pop("id")
        self.dealer.add("sale.order", **values)
        self.run_outbox()
        self.assertEqual(self.lead.step, "won")
        self.assertEqual(self.lead.dealer_so_name, "S00077")

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
