from odoo.tests import tagged

from odoo.addons.dealer_crm.hooks import uninstall_hook

from .common import DealerCase


@tagged("post_install", "-at_install")
class TestUninstall(DealerCase):
    def test_leads_stay(self):
        leads = self.new_lead(self.user) | self.new_lead(self.user, step="negotiation")
        lost = self.new_lead(self.user)
        lost.action_mark_lost(reason_code="price")
        archived = self.new_lead(self.user)
        archived.action_archive()
        uninstall_hook(self.env)
        every = (leads | lost | archived).with_user(self.env.user)
        self.assertEqual(every.exists(), every)
        for lead in every:
            self.assertFalse(lead.pipeline)
            self.assertFalse(lead.stage_id.pipeline)
        self.assertFalse(
            self.env["crm.lead"]
            .with_context(active_test=False)
            .search_count([("stage_id.pipeline", "=", "dealer")])
        )
