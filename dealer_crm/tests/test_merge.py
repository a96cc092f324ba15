from odoo.tests import tagged

from .common import DealerCase


@tagged("post_install", "-at_install")
class TestMerge(DealerCase):
    def test_orders_go_with_the_merge(self):  # D94
        head = self.new_lead(self.user, step="negotiation", product_id=False)
        tail = self.new_lead(self.user)
        tail.action_convert_to_quotation()
        order = tail.sale_order_id
        self.confirm(order)
        merged = (head | tail).with_user(self.user).merge_opportunity()
        other = (head | tail) - merged
        self.assertTrue(other.exists())
        self.assertFalse(other.active)
        self.assertEqual(order.dealer_crm_lead_id, merged)
        self.assertEqual(merged.sale_order_id, order)
        self.assertFalse(other.sale_order_id)
        self.assertEqual(merged.product_id, self.vehicle)

    def test_vehicle_of_the_brand_that_stays(self):
        head = self.new_lead(self.user, step="negotiation", product_id=False)
        tail = self.new_lead(
            self.user, brand_id=self.other_brand.id, product_id=self.other_vehicle.id
        )
        merged = (head | tail).with_user(self.user).merge_opportunity()
        self.assertEqual(merged, head)
        self.assertEqual(merged.brand_id, self.brand)
        self.assertFalse(merged.product_id)
