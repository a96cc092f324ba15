from odoo import api, fields, models


class SaleOrder(models.Model):
    """The company's quotation template, where the app of quotation templates is."""

    _inherit = "sale.order"

    @api.model
    def _create_with_template(self, values):
        """Create an order with the lines of its company's quotation template, as the
        form does; a bare `create` takes the template without them.

        The first order line of `values` is the vehicle: a line of the template with
        the same product becomes it, otherwise it comes first.
        """
        if "sale_order_template_id" not in self._fields:
            return self.create(values)
        values = dict(values)
        (_command, _id, vehicle), *others = values.pop("order_line")
        order = self.create(values)
        order._onchange_sale_order_template_id()
        line = order.order_line.filtered(
            lambda line: line.product_id.id == vehicle["product_id"]
        )[:1]
        if line:
            line.write(vehicle)
        else:
            first = min(order.order_line.mapped("sequence"), default=1)
            vehicle = fields.Command.create({**vehicle, "sequence": first - 1})
            others = [vehicle, *others]
        order.write({"order_line": others})
        return order
