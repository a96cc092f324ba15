from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DealerCase


@tagged("post_install", "-at_install")
class TestDelete(DealerCase):
    def test_lead_with_an_order_stays(self):  # D96
        lead = self.new_lead(self.user)
        lead.action_convert_to_quotation()
        for user in (self.admin, self.env.ref("base.user_admin"), self.env.user):
            with self.assertRaisesRegex(UserError, "cannot be deleted"):
                lead.with_user(user).unlink()
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            lead.sudo().unlink()
        lead.sale_order_id.with_context(disable_cancel_warning=True).action_cancel()
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            lead.sudo().unlink()
        self.assertTrue(lead.exists())

    def test_lead_without_an_order(self):
        lead = self.new_lead(self.user)
        for user in (self.user, self.manager):
            with self.assertRaises(AccessError):
                lead.with_user(user).unlink()
        lead.with_user(self.admin).unlink()
        self.assertFalse(lead.exists())

    def test_archive(self):  # D95: archived is not lost
        lead = self.new_lead(self.user, step="qualified")
        lead.action_convert_to_quotation()
        lead.action_archive()
        self.assertFalse(lead.active)
        self.assertEqual(lead.step, "qualified")
        self.assertFalse(lead.date_lost)
        lead.action_unarchive()
        self.assertEqual(lead.step, "qualified")

    def test_order_keeps_its_lead_when_orders_are_deleted(self):
        lead = self.new_lead(self.user)
        lead.action_convert_to_quotation()
        order = lead.sale_order_id.with_user(self.admin)
        order.with_context(disable_cancel_warning=True).action_cancel()
        order.unlink()
        self.assertFalse(lead.sale_order_id)
