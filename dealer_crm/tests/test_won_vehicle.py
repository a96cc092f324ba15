from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import DealerCase


@tagged("post_install", "-at_install")
class TestWonVehicle(DealerCase):
    """A lead is won when the customer has its vehicle, whatever else was delivered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mat = cls.env["product.product"].create(
            {"name": "Floor Mat", "type": "consu", "is_storable": True}
        )
        stock = cls.warehouse.lot_stock_id
        cls.env["stock.quant"]._update_available_quantity(cls.mat, stock, 50)

    def sell(self, quantity=1, accessories=False, **values):
        """A lead of the user with a confirmed order; returns (lead, order)."""
        lead = self.new_lead(self.user, step="negotiation", quantity=quantity, **values)
        lead.action_convert_to_quotation()
        order = lead.sale_order_id
        if accessories:
            self.add_line(order, self.mat)
        self.confirm(order)
        return lead, order

    def make_vehicle(self, **values):
        values = {"type": "consu", "brand_id": self.brand.id, **values}
        return self.env["product.product"].create(values)

    def refused(self, lead, text):
        """Mark Won raises a sentence with `text`, as the button and over RPC."""
        self.env.invalidate_all()
        for user in (self.user, self.manager):
            with (
                self.assertRaisesRegex(UserError, text),
                self.env.cr.savepoint(),
            ):
                lead.with_user(user).action_mark_won()
        self.env.invalidate_all()
        self.assertNotEqual(lead.step, "won")
        self.assertFalse(lead.won_ready)
        self.assertRegex(lead.won_obstacle, text)

    def won(self, lead):
        self.env.invalidate_all()
        self.assertTrue(lead.won_ready)
        lead.action_mark_won()
        self.assertEqual(lead.step, "won")

    def trail(self, lead):
        return " ".join(self.bodies(lead))

    def move_of(self, order, product):
        return order.picking_ids.move_ids.filtered(
            lambda move: move.product_id == product
        )

    def test_delivered_and_returned_in_full(self):
        lead, order = self.sell()
        self.deliver(order.picking_ids)
        self.give_back(order.picking_ids)
        self.refused(lead, f"Kestrel K5 of {order.name} came back")

    def test_returned_without_updating_the_order(self):
        """Odoo leaves such a return out of the delivered quantity."""
        lead, order = self.sell()
        picking = order.picking_ids
        self.deliver(picking)
        back = self.give_back(picking, refund=False)
        self.assertEqual(order.order_line.qty_delivered, 1)
        self.refused(lead, "came back")
        # The customer gets it again: a return of the return.
        self.give_back(back, refund=False)
        self.won(lead)

    def test_returned_in_part(self):
        lead, order = self.sell(quantity=3)
        picking = order.picking_ids
        self.deliver(picking)
        self.give_back(picking, quantity=1)
        self.refused(lead, f"^2 of 3 × Kestrel K5 of {order.name} delivered; what")
        lead.quantity = 2
        self.won(lead)
        said = "The order has 3 × Kestrel K5, the lead asked for 2."
        self.assertIn(said, self.trail(lead))

    def test_only_the_floor_mat(self):
        lead, order = self.sell(accessories=True)
        picking = order.picking_ids.with_user(self.manager)
        car, mat = self.move_of(order, self.vehicle), self.move_of(order, self.mat)
        car.quantity, mat.quantity = 0, 1
        mat.picked = True
        picking.with_context(skip_sms=True, skip_backorder=True).button_validate()
        back_order = order.picking_ids - picking
        self.refused(lead, rf"1 delivery order\(s\) still pending: {back_order.name}")
        back_order.action_cancel()
        self.refused(lead, f"Nothing of Kestrel K5 of {order.name} has been delivered")

    def test_everything_but_the_floor_mat(self):
        lead, order = self.sell(accessories=True)
        self.move_of(order, self.mat)._action_cancel()
        self.deliver(order.picking_ids)
        self.won(lead)

    def test_fewer_than_the_lead_asks_for(self):
        lead, order = self.sell(quantity=3)
        self.deliver(order.picking_ids, quantity=1)
        self.refused(lead, "^1 of 3 × Kestrel K5")
        lead.quantity = 1
        self.won(lead)

    def test_quantity_of_the_order_is_reduced(self):
        for ordered in (1, 0):
            lead, order = self.sell(quantity=2)
            order.order_line.product_uom_qty = ordered
            if ordered:
                self.deliver(order.picking_ids)
            else:
                order.picking_ids.action_cancel()
            self.refused(
                lead,
                f"about 2 × Kestrel K5, but {order.name} has {ordered}. Change the",
            )

    def test_two_lines_of_the_same_vehicle(self):
        lead = self.new_lead(self.user, quantity=2)
        lead.action_convert_to_quotation()
        order = lead.sale_order_id
        order.order_line.product_uom_qty = 1
        self.add_line(order, self.vehicle)
        self.confirm(order)
        self.deliver(order.picking_ids)
        self.won(lead)

    def test_two_orders_of_the_same_vehicle(self):
        lead, order = self.sell(quantity=2)
        order.order_line.product_uom_qty = 1
        second = order.copy({"dealer_crm_lead_id": lead.id})
        self.deliver(order.picking_ids)
        self.refused(lead, "about 2 × Kestrel K5, but .* has 1")
        self.confirm(second)
        self.refused(lead, "still pending")
        self.deliver(second.picking_ids)
        self.won(lead)

    def test_another_vehicle_of_the_brand(self):
        other = self.make_vehicle(name="Kestrel K7")
        lead, order = self.sell()
        order.picking_ids.action_cancel()
        order.order_line.product_uom_qty = 0
        self.add_line(order, other)
        pickings = order.picking_ids.filtered(lambda p: p.state != "cancel")
        self.deliver(pickings)
        self.refused(lead, "but .* has 0")
        lead.product_id = other
        self.won(lead)

    def test_vehicle_replaced_on_the_quotation(self):
        other = self.make_vehicle(name="Kestrel K7")
        lead = self.new_lead(self.user)
        lead.action_convert_to_quotation()
        order = lead.sale_order_id
        order.order_line.product_id = other
        self.confirm(order)
        self.deliver(order.picking_ids)
        self.refused(
            lead,
            f"{order.name} does not have Kestrel K5, the vehicle of this lead, but: "
            "Kestrel K7",
        )
        lead.product_id = other
        self.won(lead)

    def test_another_variant(self):
        attribute = self.env["product.attribute"].create(
            {
                "name": "Color",
                "value_ids": [
                    Command.create({"name": "Red"}),
                    Command.create({"name": "White"}),
                ],
            }
        )
        template = self.env["product.template"].create(
            {
                "name": "Kestrel K9",
                "type": "consu",
                "brand_id": self.brand.id,
                "attribute_line_ids": [
                    Command.create(
                        {
                            "attribute_id": attribute.id,
                            "value_ids": [Command.set(attribute.value_ids.ids)],
                        }
                    )
                ],
            }
        )
        red, white = template.product_variant_ids
        lead, order = self.sell(product_id=red.id)
        lead.product_id = white
        self.deliver(order.picking_ids)
        self.refused(lead, r"does not have Kestrel K9 \(White\).*Kestrel K9 \(Red\)")
        lead.product_id = red
        self.won(lead)

    def test_vehicle_without_stock(self):  # a service, as Odoo counts it
        rental = self.make_vehicle(name="Kestrel Rental", type="service")
        lead, order = self.sell(quantity=2, product_id=rental.id)
        self.assertFalse(order.picking_ids)
        self.refused(lead, "Enter the delivered quantity on the order")
        order.order_line.qty_delivered = 1
        self.refused(lead, "^1 of 2 × Kestrel Rental")
        order.order_line.qty_delivered = 2
        self.won(lead)
        self.assertIn("Delivered: nothing to deliver.", self.trail(lead))

    def test_order_without_the_vehicle(self):
        lead = self.new_lead(self.user, step="negotiation")
        order = self.env["sale.order"].create(
            {
                "partner_id": self.manager.partner_id.id,
                "dealer_crm_lead_id": lead.id,
                "order_line": [
                    Command.create({"product_id": self.service.id}),
                    Command.create({"display_type": "line_section", "name": "Extras"}),
                ],
            }
        )
        self.confirm(order)
        self.refused(lead, "the vehicle of this lead, but: no vehicle")

    def test_lead_without_a_vehicle(self):
        """Taking the vehicle off the lead is no way around."""
        lead, order = self.sell(accessories=True)
        self.deliver(order.picking_ids)
        for values in (
            {"product_id": False},
            {"brand_id": False},
            {"brand_id": False, "product_id": self.mat.id},
        ):
            lead.write(values)
            self.refused(lead, "Select the vehicle that was sold")

    def test_dozens(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        lead = self.new_lead(self.user, quantity=12)
        lead.action_convert_to_quotation()
        order = lead.sale_order_id
        line = order.order_line
        unit = "product_uom_id" if "product_uom_id" in line._fields else "product_uom"
        line.write({unit: dozen.id, "product_uom_qty": 1})
        self.confirm(order)
        self.deliver(order.picking_ids, quantity=7)
        self.refused(lead, "^7 of 12 ×")
        lead.quantity = 7
        self.won(lead)

    def test_delivered_quantity_is_not_for_hands(self):
        """RPC may write the stored figure; the transfers count."""
        lead, order = self.sell(accessories=True)
        order.picking_ids.action_cancel()
        car = order.order_line.filtered(lambda line: line.product_id == self.vehicle)
        mine = car.with_user(self.user)
        for values in (
            {"qty_delivered": 1},
            {"qty_delivered_method": "manual", "qty_delivered": 1},
        ):
            mine.write(values)
            self.env.flush_all()
            with self.assertRaisesRegex(UserError, "Nothing of Kestrel K5"):
                lead.action_mark_won()
        self.assertNotEqual(lead.step, "won")

    def test_mat_that_becomes_a_car(self):
        """A line that gets another product keeps the delivered quantity it had."""
        lead, order = self.sell(accessories=True)
        car, mat = self.move_of(order, self.vehicle), self.move_of(order, self.mat)
        car._action_cancel()
        self.deliver(mat.picking_id)
        line = mat.sale_line_id
        self.env.cr.execute(
            "UPDATE sale_order_line SET product_id = %s WHERE id = %s",
            [self.vehicle.id, line.id],
        )
        self.env.invalidate_all()
        self.assertEqual(line.qty_delivered, 1)
        with self.assertRaisesRegex(UserError, "Nothing of Kestrel K5"):
            lead.action_mark_won()

    def test_differences_are_said(self):
        """Customer and quantity of lead and order at Won, in the chatter."""
        lead, order = self.sell(quantity=2)
        self.deliver(order.picking_ids)
        lead.quantity = 1
        lead.partner_id = self.env["res.partner"].create({"name": "Ben"})
        self.won(lead)
        said = self.trail(lead)
        self.assertIn("customer of the order is Ana Reyes, that of the lead Ben", said)
        self.assertIn("The order has 2 × Kestrel K5, the lead asked for 1.", said)

    def test_no_difference_is_not_said(self):
        lead, order = self.sell()
        self.deliver(order.picking_ids)
        self.won(lead)
        self.assertIn(f"Delivered: {order.picking_ids.name}.</p>", self.trail(lead))
