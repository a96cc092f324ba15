from collections import defaultdict

from odoo import models

from odoo.addons.remote_odoo.compat import line_uom


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _recount_delivered(self):
        """Let Odoo count the delivered quantities of goods again.

        The stored quantity is no proof: RPC may write it, and it stays what it was
        when the line gets another product.
        """
        method, quantity = (
            self._fields[name] for name in ("qty_delivered_method", "qty_delivered")
        )
        self.env.add_to_compute(method, self)
        moved = self.filtered(lambda line: line.qty_delivered_method != "manual")
        self.env.add_to_compute(quantity, moved)

    def _delivered_to_keep(self):
        """Return how many of the product the customer has, in the product's unit.

        As Odoo counts kits, services and returns. Odoo leaves out a return without
        "Update quantities on SO/PO"; here it counts, for the goods came back.
        """
        self.ensure_one()
        counted, kept = self._moved_to_customer()
        if self.qty_delivered_method == "stock_move" and not (
            kept.keys() - {self.product_id}
        ):
            # Not through the unit of the line: 7 of a dozen would be 6.96.
            return kept[self.product_id]
        shares = [
            kept[product] / quantity
            for product, quantity in counted.items()
            if quantity > 0
        ]
        # Of a kit the component decides that is the least complete.
        share = max(min([1.0, *shares]), 0.0)
        return self._in_product_unit(self.qty_delivered) * share

    def _in_product_unit(self, quantity):
        return line_uom(self)._compute_quantity(
            quantity, self.product_id.uom_id, round=False
        )

    def _moved_to_customer(self):
        """What went to the customer less what came back: ``{product: quantity}`` in
        the product's unit, first as Odoo counts, then all of it."""
        counted, kept = defaultdict(float), defaultdict(float)
        for move in self.move_ids.filtered(lambda move: move.state == "done"):
            arrives = move.location_dest_id._is_outgoing()
            if arrives == move.location_id._is_outgoing():
                continue
            product = move.product_id
            quantity = move.product_uom._compute_quantity(
                move.quantity, product.uom_id, round=False
            )
            quantity = quantity if arrives else -quantity
            kept[product] += quantity
            first = arrives and not move.origin_returned_move_id
            if first or move.to_refund:
                counted[product] += quantity
        return counted, kept
