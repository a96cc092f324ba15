from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HandoffCase


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

    def test_broken_template_does_not_stop_the_lead(self):  # R3
        template = self.env.ref("bpo_crm.mail_template_lead_won")
        # 19.0 tries a template when it is saved: these break on leads with an order.
        for name, value in (
            ("body_html", '<t t-if="object.dealer_so_id" t-out="object.unknown"/>'),
            ("subject", "{{ object.dealer_so_id and object.unknown }}"),
        ):
            with self.subTest(name):
                self.lead = self.to_negotiation(self.make_lead())
                template[name] = value
                self.lead.action_mark_won()
                with mute_logger("odoo.addons.mail.models.mail_render_mixin"):
                    self.run_outbox()
                self.assertEqual(
                    (self.lead.step, self.message().state), ("won", "done")
                )
                self.assertFalse(self.mails())
                self.assertIn("cannot be rendered", self.chatter())
