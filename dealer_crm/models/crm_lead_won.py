from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmLead(models.Model):
    _inherit = "crm.lead"

    won_obstacle = fields.Char(
        "To Do Before Won", compute="_compute_won_obstacle", compute_sudo=True
    )
    won_ready = fields.Boolean(compute="_compute_won_obstacle", compute_sudo=True)

    @api.depends("dealer_order_ids.picking_ids.state", "sale_order_id.state")
    def _compute_won_obstacle(self):
        """What Mark Won would say; without it the button is the next thing to do."""
        for lead in self:
            piped = lead.pipeline == "dealer"
            lead.won_obstacle = piped and lead._won_obstacle()
            lead.won_ready = piped and not lead.won_obstacle

    def _check_won(self):
        super()._check_won()
        for lead in self.filtered(lambda lead: lead.pipeline == "dealer"):
            if obstacle := lead._won_obstacle():
                raise UserError(obstacle)

    def _won_obstacle(self):
        """The sentence that says what the sale still lacks, or False.

        Looks at all orders of the lead, also those the user may not open.
        """
        lead = self.sudo()
        order = lead.sale_order_id
        if not order:
            return lead._no_quotation_message()
        if not order._is_dealer_confirmed():
            return lead.env._(
                "Quotation %s must be confirmed first. Open it with the Open "
                "Quotation button, confirm it, then mark the lead as won.",
                order.name,
            )
        orders = lead.dealer_order_ids.filtered(
            lambda order: order._is_dealer_confirmed()
        )
        pending = orders._dealer_pending_pickings()
        if pending:
            return lead.env._(
                "%(count)s delivery order(s) still pending: %(deliveries)s",
                count=len(pending),
                deliveries=", ".join(
                    f"{picking.name} ({order.name})"
                    for picking, order in pending.items()
                ),
            )
        undelivered = orders.filtered(lambda order: not order._is_dealer_delivered())
        if undelivered:
            return lead.env._(
                "Nothing of %s has been delivered yet. Deliver the vehicle, "
                "then mark the lead as won.",
                ", ".join(undelivered.mapped("name")),
            )
        return False

    def _do_won(self):
        result = super()._do_won()
        for lead in self.filtered(lambda lead: lead.pipeline == "dealer"):
            order = lead.sudo().sale_order_id
            lead._message_log(
                body=lead.env._(
                    "Won with %(order)s. Delivered: %(deliveries)s.",
                    order=order.name,
                    deliveries=", ".join(order._dealer_deliveries().mapped("name"))
                    or lead.env._("nothing to deliver"),
                )
            )
        return result
