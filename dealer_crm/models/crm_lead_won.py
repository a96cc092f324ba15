from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare


class CrmLead(models.Model):
    """Won is a vehicle that the customer has: what Mark Won asks of the orders."""

    _inherit = "crm.lead"

    won_obstacle = fields.Char(
        "To Do Before Won", compute="_compute_won_obstacle", compute_sudo=True
    )
    won_ready = fields.Boolean(compute="_compute_won_obstacle", compute_sudo=True)

    @api.depends(
        "brand_id",
        "product_id",
        "quantity",
        "sale_order_id",
        "dealer_order_ids.state",
        "dealer_order_ids.picking_ids.state",
        "dealer_order_ids.order_line.product_id",
        "dealer_order_ids.order_line.product_uom_qty",
        "dealer_order_ids.order_line.qty_delivered",
    )
    def _compute_won_obstacle(self):
        """What Mark Won would say; without it the button is the next thing to do."""
        for lead in self:
            piped = lead.pipeline == "dealer"
            lead.won_obstacle = piped and lead._won_obstacle()
            lead.won_ready = piped and not lead.won_obstacle

    def _check_won(self):
        super()._check_won()
        for lead in self.filtered(lambda lead: lead.pipeline == "dealer"):
            lead.sudo()._confirmed_orders().order_line._recount_delivered()
            if obstacle := lead._won_obstacle():
                raise UserError(obstacle)

    def _confirmed_orders(self):
        return self.dealer_order_ids.filtered(
            lambda order: order._is_dealer_confirmed()
        )

    def _won_obstacle(self):
        """The sentence that says what the sale still lacks, or False.

        Looks at all orders of the lead, also those the user may not open.
        """
        lead = self.sudo()
        if not lead.sale_order_id:
            return lead._no_quotation_message()
        orders = lead._confirmed_orders()
        if not orders:
            return lead._unconfirmed_message()
        if pending := orders._dealer_pending_pickings():
            deliveries = ", ".join(
                f"{picking.name} ({order.name})" for picking, order in pending.items()
            )
            return lead.env._(
                "%(count)s delivery order(s) still pending: %(deliveries)s",
                count=len(pending),
                deliveries=deliveries,
            )
        return lead._vehicle_obstacle(orders)

    def _unconfirmed_message(self):
        quotations = self.dealer_order_ids.filtered(
            lambda order: order.state != "cancel"
        )
        if len(quotations) > 1:
            return self.env._(
                "One of the quotations %s must be confirmed first. Open the one that "
                "the customer takes with the Orders button, confirm it, then mark the "
                "lead as won.",
                ", ".join(quotations.sorted("id").mapped("name")),
            )
        return self.env._(
            "Quotation %s must be confirmed first. Open it with the Open "
            "Quotation button, confirm it, then mark the lead as won.",
            self.sale_order_id.name,
        )

    def _vehicle_obstacle(self, orders):
        """What keeps these confirmed orders from being the sale of the vehicle."""
        vehicle = self.product_id
        names = ", ".join(orders.mapped("name"))
        if not vehicle.brand_id or vehicle.brand_id != self.brand_id:
            return self.env._(
                "Select the vehicle that was sold with %s first: a lead is won when "
                "its vehicle is delivered.",
                names,
            )
        lines = orders._vehicle_lines(vehicle)
        if not lines:
            return self._other_vehicle_message(orders)
        wanted, digits = self.quantity, vehicle.uom_id.rounding
        delivered = sum(line._delivered_to_keep() for line in lines)
        if float_compare(delivered, wanted, precision_rounding=digits) >= 0:
            return False
        ordered = sum(line._in_product_unit(line.product_uom_qty) for line in lines)
        words = {
            "orders": names,
            "vehicle": vehicle.display_name,
            "wanted": wanted,
            "ordered": f"{ordered:g}",
            "delivered": f"{delivered:g}",
        }
        if float_compare(ordered, wanted, precision_rounding=digits) < 0:
            return self.env._(
                "The lead is about %(wanted)s × %(vehicle)s, but %(orders)s has "
                "%(ordered)s. Change the quantity of the order, or that of the lead "
                "if the customer takes fewer, then mark the lead as won.",
                **words,
            )
        if delivered <= 0:
            return self._undelivered_message(lines, words)
        return self.env._(
            "%(delivered)s of %(wanted)s × %(vehicle)s of %(orders)s delivered; what "
            "came back does not count. Deliver the rest, or change the quantity of "
            "the lead if the customer takes fewer, then mark the lead as won.",
            **words,
        )

    def _other_vehicle_message(self, orders):
        sold = orders.order_line.product_id.filtered("brand_id")
        return self.env._(
            "%(orders)s does not have %(vehicle)s, the vehicle of this lead, but: "
            "%(sold)s. Put the vehicle on the order, or select on the lead the "
            "vehicle that the customer takes, then mark the lead as won.",
            orders=", ".join(orders.mapped("name")),
            vehicle=self.product_id.display_name,
            sold=", ".join(sold.mapped("display_name")) or self.env._("no vehicle"),
        )

    def _undelivered_message(self, lines, words):
        if lines.move_ids.filtered(
            lambda move: (
                move.state == "done"
                and move.location_id._is_outgoing()
                and not move.location_dest_id._is_outgoing()
            )
        ):
            return self.env._(
                "%(vehicle)s of %(orders)s came back. Deliver the vehicle again, then "
                "mark the lead as won; or mark it as lost.",
                **words,
            )
        if all(line.qty_delivered_method == "manual" for line in lines):
            return self.env._(
                "Nothing of %(vehicle)s of %(orders)s has been delivered yet. Enter "
                "the delivered quantity on the order, then mark the lead as won.",
                **words,
            )
        return self.env._(
            "Nothing of %(vehicle)s of %(orders)s has been delivered yet. Deliver the "
            "vehicle, then mark the lead as won.",
            **words,
        )

    def _do_won(self):
        result = super()._do_won()
        for lead in self.filtered(lambda lead: lead.pipeline == "dealer"):
            orders = lead.sudo()._confirmed_orders()
            said = lead.env._(
                "Won with %(order)s. Delivered: %(deliveries)s.",
                order=", ".join(orders.mapped("name")),
                deliveries=", ".join(orders._dealer_deliveries().mapped("name"))
                or lead.env._("nothing to deliver"),
            )
            lead._message_log(body=" ".join([said, *lead._won_differences(orders)]))
        return result

    def _won_differences(self, orders):
        """Sentences about what lead and orders disagree on: people decide, and the
        chatter keeps it."""
        lead = self.sudo()
        sentences = []
        others = orders.partner_id - lead.partner_id
        if others:
            sentences.append(
                lead.env._(
                    "The customer of the order is %(theirs)s, that of the lead "
                    "%(ours)s.",
                    theirs=", ".join(others.mapped("display_name")),
                    ours=lead.partner_id.display_name or "–",
                )
            )
        lines = orders._vehicle_lines(lead.product_id)
        ordered = sum(line._in_product_unit(line.product_uom_qty) for line in lines)
        if ordered != lead.quantity:
            sentences.append(
                lead.env._(
                    "The order has %(theirs)s × %(vehicle)s, the lead asked for "
                    "%(ours)s.",
                    theirs=format(ordered, "g"),
                    ours=lead.quantity,
                    vehicle=lead.product_id.display_name,
                )
            )
        return sentences
