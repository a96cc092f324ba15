from odoo.tests import TransactionCase, tagged

from odoo.addons.bpo_crm.hooks import uninstall_hook

from .common import BpoMixin


@tagged("post_install", "-at_install")
class TestUninstall(BpoMixin, TransactionCase):
    def test_leads_stay(self):
        self.start_dealer()
        remote = self.dealership.remote_id
        leads = self.make_lead() | self.to_negotiation(self.make_lead())
        lost = self.make_lead()
        lost.action_mark_lost(reason_code="price")
        leads[0].action_mark_won()
        won = self.make_lead()
        won.sudo()._confirmed_won()
        uninstall_hook(self.env)
        self.env.flush_all()
        every = (leads | lost | won).sudo()
        self.assertEqual(every.exists(), every)
        self.assertFalse(any(every.mapped("pipeline")))
        self.assertFalse(any(every.stage_id.mapped("pipeline")))
        self.assertFalse(remote.exists())

    def test_while_a_message_is_sent(self):
        self.start_dealer()
        lead = self.to_negotiation(self.make_lead())
        lead.action_mark_won()
        message = lead.sudo().remote_message_ids
        message.state = "sending"
        self.env.flush_all()
        uninstall_hook(self.env)
        self.env.flush_all()
        self.assertFalse(message.exists())
        self.assertTrue(lead.exists())
