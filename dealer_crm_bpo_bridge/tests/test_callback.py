from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_crm_bpo_bridge.hooks import uninstall_hook
from odoo.addons.remote_odoo.tests.common import Fault

from .common import BridgeCase

CALLBACK = "odoo.addons.dealer_crm_bpo_bridge.models.crm_lead_callback"


@tagged("post_install", "-at_install")
class TestCallback(BridgeCase):
    def test_claim_accepts(self):
        lead = self.make_endorsed()
        lead.with_user(self.user).action_claim()
        self.assertEqual(lead.bpo_state, "accepted")
        self.assertFalse(self.bpo.calls)  # not in the user's transaction
        self.run_outbox()
        payload = self.bpo.callbacks[0]
        self.assertEqual(payload["outcome"], "accepted")
        self.assertEqual(payload["dealer_lead_name"], lead.code)

    def test_assigning_accepts_too(self):
        lead = self.make_endorsed()
        lead.with_user(self.manager).user_id = self.user
        self.assertEqual(lead.bpo_state, "accepted")

    def test_won(self):  # D42, D47, D79
        lead = self.make_endorsed(self.user)
        self.deliver_order(lead)
        lead.action_mark_won()
        self.assertEqual(lead.step, "won")  # before the BPO knows
        self.assertFalse(self.bpo.callbacks)
        self.run_outbox()
        model, method, args, kwargs = self.bpo.calls[-1]
        self.assertEqual((model, method), ("crm.lead", "update_from_dealer_callback"))
        self.assertEqual((len(args), kwargs), (1, {}))
        payload = args[0]
        self.assertEqual(payload["outcome"], "won")
        self.assertEqual(payload["source_lead_id"], lead.bpo_source_lead_id)
        self.assertEqual(payload["dealer_so_name"], lead.sale_order_id.name)
        self.assertTrue(payload["date"])
        self.assertEqual(self.bpo.posts[-1], "/jsonrpc")  # D42: JSON-RPC
        sentence = "BPO CRM source lead LEAD/01234 updated to won"
        self.assertIn(f"<p>{sentence}</p>", self.bodies(lead))
        self.assertEqual(lead.bpo_callback_state, "sent")
        self.assertEqual(lead.bpo_state, "closed")

    def test_lost_with_reason_and_notes(self):  # D58
        lead = self.make_endorsed(self.user)
        lead.action_mark_lost("competitor", "went <b>away</b>")
        self.run_outbox()
        payload = self.bpo.callbacks[0]
        self.assertEqual(
            (payload["outcome"], payload["reason"], payload["notes"]),
            ("lost", "competitor", "went <b>away</b>"),
        )
        self.assertIn("updated to lost", self.bodies(lead)[0])

    def test_long_notes_are_cut_before_they_are_sent(self):
        lost, declined = self.make_endorsed(self.user), self.make_endorsed()
        lost.action_mark_lost("price", "x" * 20_000)
        declined.with_user(self.user).action_decline("y" * 20_000)
        self.run_outbox(times=2)
        notes = {call["outcome"]: call["notes"] for call in self.bpo.callbacks}
        for text in (notes["lost"], notes["declined"]):
            self.assertEqual(len(text), 10_000)
            self.assertTrue(text.endswith("[…cut, 20,000 characters in all]"))
        self.assertEqual(len(lost.lost_notes), 20_000)  # here nothing is cut

    def test_only_a_person_corrects(self):  # D109
        lead = self.make_endorsed(self.user)
        lead.action_mark_lost("price")
        self.run_outbox()
        lead.action_resend_to_bpo()
        self.run_outbox()
        said = [call["correction"] for call in self.bpo.callbacks]
        self.assertEqual(said, [False, True])

    def test_manual_leads_never_call_back(self):  # D60
        lead = self.new_lead(self.user, step="negotiation")
        lead.action_mark_lost("price")
        self.run_outbox()
        self.assertFalse(self.bpo.calls)
        with self.assertRaisesRegex(UserError, "nothing to send"):
            lead.action_resend_to_bpo()

    def test_bpo_down_changes_nothing_here(self):  # D48, D49, D81
        lead = self.make_endorsed(self.user)
        self.bpo.stop()
        lead.action_mark_lost("price")
        self.run_outbox()
        self.assertEqual(lead.step, "lost")
        self.assertEqual(lead.bpo_callback_state, "pending")
        self.assertIn("Not sent to", self.bodies(lead)[0])

    def test_reply_lost_is_asked_again_and_said_once(self):  # D109, R24
        lead = self.make_endorsed(self.user)
        lead.action_mark_lost("price")
        self.bpo.drop_next_reply()
        self.run_outbox()
        self.assertEqual(lead.bpo_callback_state, "pending")
        self.bpo.answer = {"status": "already", "lead": "LEAD/01234", "step": "lost"}
        self.run_outbox()
        self.assertEqual(len(self.bpo.callbacks), 2)
        self.assertEqual(self.bpo.callbacks[0], self.bpo.callbacks[1])
        said = [body for body in self.bodies(lead) if "updated to lost" in body]
        self.assertEqual(len(said), 1)
        lead.action_resend_to_bpo()
        self.run_outbox()
        self.assertEqual(len(self.bpo.callbacks), 3)
        said = [body for body in self.bodies(lead) if "updated to lost" in body]
        self.assertEqual(len(said), 1)

    def test_refused_is_said_and_sent_again_by_hand(self):  # D49, D81, D92, R21
        def refuse(payload):
            raise Fault("odoo.exceptions.ValidationError", "date: <b>is wrong</b>")

        self.bpo.on("crm.lead", "update_from_dealer_callback", refuse)
        lead = self.make_endorsed()
        lead.with_user(self.user).action_claim()
        lead = lead.with_user(self.user)
        self.deliver_order(lead)
        lead.action_mark_won()
        with mute_logger(CALLBACK):
            self.run_outbox(times=2)
        self.assertEqual((lead.step, lead.bpo_callback_state), ("won", "failed"))
        self.assertIn("date: &lt;b&gt;is wrong", self.bodies(lead)[0])
        found = self.env["crm.lead"].search(
            [("bpo_callback_state", "in", ("failed", "conflict"))]
        )
        self.assertIn(lead, found)  # D91
        self.bpo.on("crm.lead", "update_from_dealer_callback", self.bpo._callback)
        action = lead.action_resend_to_bpo()
        self.assertEqual(action["tag"], "display_notification")
        self.run_outbox()
        self.assertEqual(lead.bpo_callback_state, "sent")
        self.assertIn("updated to won", self.bodies(lead)[0])
        won = lead.sudo().remote_message_ids.filtered(lambda m: ":won" in m.key)
        self.assertEqual(len(won), 1)  # the same row, never a second one

    def test_resend_in_bulk(self):
        leads = self.env["crm.lead"]
        for number in range(3):
            lead = self.make_endorsed(
                self.user,
                source_lead_id=number + 1,
                customer={"name": f"C{number}", "mobile": f"0917 555 000{number}"},
            )
            lead.action_mark_lost("price")
            leads |= lead
        self.run_outbox(times=3)
        self.bpo.callbacks.clear()
        manual = self.new_lead(self.user)
        (leads | manual).action_resend_to_bpo()
        self.run_outbox(times=3)
        self.assertEqual(len(self.bpo.callbacks), 3)
        with self.assertRaises(AccessError):
            leads.with_user(self.other).action_resend_to_bpo()

    def test_no_connection_is_a_line_in_the_chatter(self):  # D102
        lead = self.make_endorsed(self.user)
        self.connection.unlink()
        lead.action_mark_lost("price")
        self.assertEqual((lead.step, lead.bpo_callback_state), ("lost", "failed"))
        self.assertIn("no BPO CRM Connection is set up", "".join(self.bodies(lead)))
        # set up anew: the same button sends it
        self.env["bpo.crm.connection"].with_user(self.admin).create(
            {
                "url": self.bpo.url,
                "database": self.bpo.db,
                "username": self.bpo.login,
                "password": self.bpo.password,
            }
        )
        lead.action_resend_to_bpo()
        self.run_outbox()
        self.assertEqual(lead.bpo_callback_state, "sent")

    def test_conflict_is_shown(self):
        lead = self.make_endorsed(self.user)
        self.bpo.answer = {"status": "conflict", "lead": False, "step": False}
        lead.action_mark_lost("price")
        with mute_logger(CALLBACK):
            self.run_outbox()
        self.assertEqual(lead.bpo_callback_state, "conflict")
        self.assertIn("LEAD/01234", lead.bpo_callback_error)

    def test_on_its_way_until_the_last_one_arrived(self):
        """Accepted is confirmed while Won or Lost waits: the BPO knows not all."""
        lead = self.make_endorsed()
        lead.with_user(self.user).action_claim()
        lead.with_user(self.user).action_mark_lost("price")
        first = lead.sudo().remote_message_ids.sorted("id")[0]
        first.state = "sending"
        lead._remote_done_bpo_callback(
            {
                "endorsement_key": lead.bpo_endorsement_key,
                "outcome": "accepted",
                "status": "ok",
                "lead": "LEAD/01234",
                "step": "negotiation",
            }
        )
        self.assertEqual(lead.bpo_callback_state, "pending")

    def test_busy_is_asked_again(self):
        lead = self.make_endorsed(self.user)
        self.bpo.answer = {"status": "busy", "lead": False, "step": False}
        lead.action_mark_lost("price")
        self.run_outbox()
        self.assertEqual(lead.bpo_callback_state, "pending")
        self.bpo.answer = {"status": "ok", "lead": "LEAD/01234", "step": "lost"}
        self.run_outbox()
        self.assertEqual(lead.bpo_callback_state, "sent")

    def test_decline(self):
        lead = self.make_endorsed(self.user)
        self.assertEqual(lead.action_decline()["res_model"], "crm.lead.decline")
        self.env["crm.lead.decline"].with_user(self.user).create(
            {"lead_id": lead.id, "reason": "no <i>stock</i>"}
        ).action_decline()
        self.assertEqual((lead.step, lead.bpo_state), ("lost", "declined"))
        self.run_outbox()
        self.assertEqual(
            [(c["outcome"], c["notes"]) for c in self.bpo.callbacks],
            [("declined", "no <i>stock</i>")],
        )
        with self.assertRaises(UserError):
            lead.action_decline("again")

    def test_decline_without_claiming(self):
        lead = self.make_endorsed()
        lead.with_user(self.user).action_decline("not ours")
        self.run_outbox()
        self.assertEqual([c["outcome"] for c in self.bpo.callbacks], ["declined"])

    def test_who_declines(self):
        lead = self.make_endorsed(self.user)
        for user in (self.other, self.outsider, self.service):
            with self.subTest(user.login), self.assertRaises(AccessError):
                lead.with_user(user).action_decline("no")
        with self.assertRaises(UserError):
            self.new_lead(self.user).action_decline("no")
        self.deliver_order(lead)
        with self.assertRaisesRegex(UserError, "confirmed order"):
            lead.action_decline("no")

    def test_neither_merged_nor_deleted(self):
        lead = self.make_endorsed(self.user)
        with self.assertRaisesRegex(UserError, "cannot be merged"):
            (lead | self.new_lead(self.user)).merge_opportunity()
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            lead.with_user(self.admin).unlink()

    def test_answers_go_in_order(self):
        lead = self.make_endorsed()
        lead.with_user(self.user).action_claim()
        lead.with_user(self.user).action_mark_lost("price")
        self.run_outbox(times=2)
        self.assertEqual(
            [c["outcome"] for c in self.bpo.callbacks], ["accepted", "lost"]
        )
        self.assertEqual(lead.bpo_confirmed_outcome, "lost")

    def test_origin_tab_and_filters(self):  # D88, D90, D91
        view = self.env["crm.lead"].get_view(
            self.env.ref("dealer_crm.crm_lead_view_form").id, "form"
        )["arch"]
        self.assertIn('name="bpo_source_url" widget="url"', view.replace("'", '"'))
        search = self.env["crm.lead"].get_view(
            self.env.ref("dealer_crm.crm_lead_view_search").id, "search"
        )["arch"]
        for name in ("endorsed", "won", "bpo_callback_failed", "bpo_out_of_sync"):
            self.assertIn(f'name="{name}"', search)

    def test_what_the_bpo_says_is_text(self):
        """A refusal and the name of a lead are shown as they are written."""
        link = '<a href="https://evil.example.com">Press</a>'

        def refuse(payload):
            raise Fault("odoo.exceptions.UserError", link)

        lead = self.make_endorsed(self.user)
        self.bpo.on("crm.lead", "update_from_dealer_callback", refuse)
        lead.action_mark_lost("price")
        with mute_logger(CALLBACK):
            self.run_outbox()
        self.assertIn(link, lead.bpo_callback_error)
        self.bpo.on("crm.lead", "update_from_dealer_callback", self.bpo._callback)
        self.bpo.answer = {"status": "ok", "lead": link[:60], "step": "lost"}
        lead.action_resend_to_bpo()
        self.run_outbox()
        shown = "".join(self.bodies(lead))
        self.assertIn("&lt;a href", shown)
        self.assertNotIn('<a href="https://evil', shown)

    def test_cancelled_in_the_outbox(self):
        """The lead says that the BPO was not told, and Resend really sends."""
        lead = self.make_endorsed(self.user)
        lead.action_mark_lost("price")
        message = lead.sudo()._remote_messages("bpo_callback", "pending")
        message.with_user(self.admin).action_cancel()
        self.assertEqual(lead.bpo_callback_state, "failed")
        self.assertIn("cancelled by", lead.bpo_callback_error)
        lead.action_resend_to_bpo()
        self.run_outbox()
        self.assertEqual(self.bpo.callbacks[-1]["outcome"], "lost")
        self.assertEqual(message.state, "cancelled")
        self.assertFalse(message.payload)

    def test_uninstalled_while_a_callback_is_sent(self):
        lead = self.make_endorsed(self.user)
        lead.action_mark_lost("price")
        message = lead.sudo()._remote_messages("bpo_callback", "pending")
        message.state = "sending"
        self.env.flush_all()
        uninstall_hook(self.env)
        self.env.flush_all()
        self.assertFalse(message.exists() or self.connection.exists())
        self.assertTrue(lead.exists())
