import runpy
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import MANAGER, HandoffCase


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

    def test_managers_edit_the_words(self):
        """Plain text: what looks like code or markup is shown as it is."""
        self.brand.with_user(self.manager).write(
            {
                "mail_subject": "Sold\nBcc: x@example.com {{ object.env }}",
                "mail_intro": "<b>Call</b> {{ 1 + 1 }}\n<t t-out='lead.env'/>",
            }
        )
        self.lead.action_mark_won()
        self.run_outbox()
        mail = self.mails()
        self.assertEqual(
            mail.subject,
            f"Sold Bcc: x@example.com {{{{ object.env }}}} {self.lead.code}: "
            "TunLand G7",
        )
        self.assertIn("&lt;b&gt;Call&lt;/b&gt; {{ 1 + 1 }}", mail.body_html)
        self.assertIn("&lt;t t-out=&#39;lead.env&#39;/&gt;", mail.body_html)
        self.assertNotIn("wants to buy", mail.body_html)

    def test_agents_do_not_edit_them(self):
        for user in (self.agent, self.supervisor):
            with self.assertRaises(AccessError):
                self.brand.with_user(user).mail_subject = "Sold"

    def test_absence_is_noted(self):  # B59, R3
        self.dealership.manager_email = False
        self.lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(self.lead.step, "won")
        self.assertFalse(self.mails())
        self.assertIn("No mail was sent", self.chatter())

    def test_broken_view_does_not_stop_the_lead(self):  # R3
        view = self.env.ref("bpo_crm.mail_lead_won")
        for arch in (
            '<t t-name="x"><t t-out="lead.unknown"/></t>',
            '<t t-name="x"><t t-out="1 / 0"/></t>',
            False,
        ):
            with self.subTest(arch=arch):
                self.lead = self.to_negotiation(self.make_lead())
                if arch:
                    view.arch_db = arch
                else:
                    view.unlink()
                self.lead.action_mark_won()
                self.run_outbox()
                self.assertEqual(
                    (self.lead.step, self.message().state), ("won", "done")
                )
                self.assertFalse(self.mails())
                self.assertIn("cannot be rendered", self.chatter())


@tagged("post_install", "-at_install")
class TestTemplateRight(HandoffCase):
    """What an upgrade takes from databases that gave managers the right to code."""

    def migrate(self):
        path = Path(__file__).parents[1] / "migrations/1.1.0/post-mail-template.py"
        namespace = runpy.run_path(str(path))
        namespace["migrate"](self.env.cr, "1.0.0")
        self.env.invalidate_all()

    def test_managers_lose_it(self):
        editor = self.env.ref("mail.group_mail_template_editor")
        system = new_test_user(self.env, "system", groups="base.group_system")
        self.env.ref(MANAGER).implied_ids |= editor
        self.env.flush_all()
        self.assertTrue(self.manager.has_group("mail.group_mail_template_editor"))
        self.migrate()
        self.assertNotIn(editor, self.env.ref(MANAGER).implied_ids)
        self.assertFalse(self.manager.has_group("mail.group_mail_template_editor"))
        self.assertTrue(system.has_group("mail.group_mail_template_editor"))
        self.migrate()  # nothing left to do

    def test_template(self):
        """One that nobody edited goes; an edited one stays, out of use."""
        for edited in (False, True):
            template = self.env["mail.template"].create({"name": "Won"})
            if edited:
                template.with_user(self.env.ref("base.user_admin")).subject = "Ours"
            self.env["ir.model.data"].create(
                {
                    "module": "bpo_crm",
                    "name": "mail_template_lead_won",
                    "model": "mail.template",
                    "res_id": template.id,
                }
            )
            self.env.flush_all()
            self.migrate()
            with self.subTest(edited=edited):
                self.assertEqual(bool(template.exists()), edited)
                self.assertFalse(self.env.ref("bpo_crm.mail_template_lead_won", False))
                if edited:
                    self.assertFalse(template.active)
