from odoo.tests import TransactionCase, tagged

from odoo.addons.bpo_crm.hooks import uninstall_hook

from .common import BpoMixin


@tagged("post_install", "-at_install")
class TestUninstall(BpoMixin, TransactionCase):
    def test_leads_stay(self):
        leads = self.make_lead() | self.to_negotiation(self.make_lead())
        lost = self.make_lead()
        lost.action_mark_lost(reason_code="price")
        won = self.make_lead()
        won.sudo()._confirmed_won()
        uninstall_hook(self.env)
        every = (leads | lost | won).sudo()
        self.assertEqual(every.exists(), every)
        self.assertFalse(any(every.mapped("pipeline")))
        self.assertFalse(any(every.stage_id.mapped("pipeline")))
