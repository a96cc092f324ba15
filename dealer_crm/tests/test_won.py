from contextlib import suppress

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import DealerCase

NO_QUOTATION = "Create a quotation first with the Convert to Quotation button."


@tagged("post_install", "-at_install")
class TestWon(DealerCase):
    def setUp(self):
        super().setUp()
        self.lead = self.new_lead(self.user, step="negotiation", quantity=3)

    def order(self):
        self.lead.action_convert_to_quotation()
        return self.lead.sale_order_id

    def refused(self, text, lead=None):
        lead = lead or self.lead
        with self.assertRaises(UserError) as error:
            lead.action_mark_won()
        self.assertEqual(str(error.exception), text)
        self.assertNotEqual(lead.step, "won")
        self.assertFalse(lead.date_won)
        self.assertFalse(lead.won_ready)  # R8

    def pending(self, *pickings):
        names = ", ".join(f"{p.name} ({p.sale_id.name})" for p in pickings)
        return f"{len(pickings)} delivery order(s) still pending: {names}"

    def won(self):
        self.lead.invalidate_recordset(["won_ready"])
        self.assertTrue(self.lead.won_ready)
        self.lead.action_mark_won()
        self.assertEqual(self.lead.step, "won")

    def test_no_order(self):  # D36, D99
        self.refused(NO_QUOTATION)

    def test_quotation_not_confirmed(self):  # D37, D100
        order = self.order()
        text = (
            f"Quotation {order.name} must be confirmed first. Open it with the Open "
            "Quotation button, confirm it, then mark the lead as won."
        )
        self.refused(text)
        order.state = "sent"
        self.refused(text)
        order.with_context(disable_cancel_warning=True).action_cancel()
        self.refused(text)

    def test_delivery_pending(self):  # D38, D101, R10
        picking = self.confirm(self.order())
        self.refused(self.pending(picking))

    def test_won(self):  # D40, D41, D47, R9
        order = self.order()
        picking = self.confirm(order)
        self.deliver(picking)
        order.action_lock()
        self.won()
        self.assertTrue(self.lead.stage_id.is_won)
        self.assertTrue(self.lead.date_won)
        self.assertIn(
            f"<p>Won with {order.name}. Delivered: {picking.name}.</p>",
            self.bodies(self.lead),
        )

    def test_date_won_is_not_for_hands(self):  # D41
        self.deliver(self.confirm(self.order()))
        self.won()
        with self.assertRaises(UserError):
            self.lead.date_won = "2020-01-01"

    def test_no_way_around(self):  # D39
        self.order()
        won = self.stage("won")
        before = self.lead.stage_id
        for attempt in (
            lambda lead: lead.write({"stage_id": won.id}),
            lambda lead: lead.action_set_won(),
            lambda lead: lead.action_set_won_rainbowman(),
            lambda lead: lead.load(
                [".id", "stage_id/.id"], [[str(lead.id), str(won.id)]]
            ),
        ):
            for user in (self.user, self.manager, self.admin):
                lead = self.lead.with_user(user)
                # `load` alone tells its refusal instead of raising it.
                result = {"messages": True}
                with suppress(UserError), self.env.cr.savepoint():
                    result = attempt(lead)
                self.assertTrue(result.get("messages"), result)
                self.env.invalidate_all()
                self.assertEqual(lead.stage_id, before)

    def test_back_order(self):
        order = self.order()
        picking = self.confirm(order)
        self.deliver(picking, quantity=1, backorder=True)
        back_order = order.picking_ids - picking
        self.assertEqual(len(back_order), 1)
        self.refused(self.pending(back_order))
        self.deliver(back_order)
        self.won()

    def test_cancelled_delivery_is_ignored_but_delivers_nothing(self):
        order = self.order()
        self.confirm(order).action_cancel()
        self.refused(
            f"Nothing of Kestrel K5 of {order.name} has been delivered yet. Deliver "
            "the vehicle, then mark the lead as won."
        )

    def test_pending_return_is_no_obstacle(self):
        order = self.order()
        picking = self.confirm(order)
        self.deliver(picking)
        back = self.give_back(picking, validate=False)
        self.assertNotIn(back.state, ("done", "cancel"))
        self.won()

    def test_every_order_of_the_lead(self):  # D38: the pickings of all, by order
        order = self.order()
        extra = self.env["sale.order"].create(
            {
                "partner_id": self.lead.partner_id.id,
                "dealer_crm_lead_id": self.lead.id,
                "user_id": self.other.id,  # an order the lead's owner may not open
                "order_line": [Command.create({"product_id": self.vehicle.id})],
            }
        )
        pickings = [*self.confirm(extra), *self.confirm(order)]
        self.assertEqual(self.lead.sale_order_id, extra)
        first, second = sorted(pickings, key=lambda p: -p.sale_id.id)
        self.assertEqual(
            {*self.pending(first, second).split(": ")[1].split(", ")},
            {*self.lead._won_obstacle().split(": ")[1].split(", ")},
        )
        self.deliver(pickings[0])
        self.refused(self.pending(pickings[1]))
        self.deliver(pickings[1])
        self.won()

    def test_cancelled_order_beside_a_delivered_one(self):
        first = self.order()
        first.with_context(disable_cancel_warning=True).action_cancel()
        self.lead.action_convert_to_quotation()
        self.deliver(self.confirm(self.lead.sale_order_id))
        self.won()

    def test_pick_pack_ship(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        order = self.order()
        self.confirm(order)
        for _step in range(3):
            todo = order._dealer_pending_pickings()
            self.assertTrue(todo)
            self.refused(self.pending(*todo))
            ready = next(p for p in todo if p.state in ("assigned", "confirmed"))
            self.deliver(ready)
            order.invalidate_recordset()
        self.won()

    def test_drop_ship_is_a_delivery(self):
        order = self.order()
        picking = self.confirm(order)
        picking.location_id = self.env.ref("stock.stock_location_suppliers")
        picking.move_ids.location_id = picking.location_id
        self.refused(self.pending(picking))
        self.deliver(picking)
        self.assertEqual(order._dealer_deliveries(), picking)
        self.won()

    def test_stays_won_when_the_order_changes(self):
        order = self.order()
        self.deliver(self.confirm(order))
        self.won()
        order.action_lock()
        self.assertEqual(self.lead.sale_order_id, order)
        self.assertEqual(self.lead.step, "won")

    def test_from_every_open_step(self):  # R7
        for step in ("new", "qualified", "negotiation"):
            self.lead = self.new_lead(self.user, step=step)
            self.deliver(self.confirm(self.order()))
            self.won()
