from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.dealer_crm.tests.common import DealerCase


@tagged("post_install", "-at_install")
class TestKit(DealerCase):
    """A vehicle that is sold as a kit: delivered are the kits that are complete."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        products = cls.env["product.product"]
        cls.kit = products.create(
            {"name": "Kestrel Set", "type": "consu", "brand_id": cls.brand.id}
        )
        cls.chassis, cls.wheel = products.create(
            [
                {"name": name, "type": "consu", "is_storable": True}
                for name in ("Chassis", "Wheel")
            ]
        )
        cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.kit.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    Command.create({"product_id": cls.chassis.id, "product_qty": 1}),
                    Command.create({"product_id": cls.wheel.id, "product_qty": 4}),
                ],
            }
        )
        for product in (cls.chassis, cls.wheel):
            cls.env["stock.quant"]._update_available_quantity(
                product, cls.warehouse.lot_stock_id, 50
            )

    def sell(self, quantity=1):
        lead = self.new_lead(
            self.user, step="negotiation", product_id=self.kit.id, quantity=quantity
        )
        lead.action_convert_to_quotation()
        self.confirm(lead.sale_order_id)
        return lead, lead.sale_order_id

    def refused(self, lead, text):
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, text), self.env.cr.savepoint():
            lead.action_mark_won()
        self.env.invalidate_all()

    def test_whole(self):
        lead, order = self.sell(quantity=2)
        self.refused(lead, "still pending")
        self.deliver(order.picking_ids)
        lead.action_mark_won()
        self.assertEqual(lead.step, "won")

    def test_a_component_stayed(self):
        lead, order = self.sell()
        wheels = order.picking_ids.move_ids.filtered(
            lambda move: move.product_id == self.wheel
        )
        wheels._action_cancel()
        self.deliver(order.picking_ids)
        self.refused(lead, "Nothing of Kestrel Set")

    def test_returned(self):
        for refund in (True, False):
            lead, order = self.sell()
            self.deliver(order.picking_ids)
            self.give_back(order.picking_ids, refund=refund)
            self.refused(lead, "came back")

    def test_a_component_came_back(self):
        for refund in (True, False):
            lead, order = self.sell(quantity=3)
            picking = order.picking_ids
            self.deliver(picking)
            self.give_back(picking, quantity=1, refund=refund)
            self.refused(lead, "of 3 × Kestrel Set")
            lead.quantity = 2
            lead.action_mark_won()

    def test_delivered_quantity_is_not_for_hands(self):
        lead, order = self.sell()
        order.picking_ids.action_cancel()
        order.order_line.with_user(self.user).qty_delivered = 1
        self.refused(lead, "Nothing of Kestrel Set")
