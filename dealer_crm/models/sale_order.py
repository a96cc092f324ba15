from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.vehicle_crm.models.gate import is_open

QUOTATION_STATES = ("draft", "sent")
CONFIRMED_STATES = ("sale", "done")  # "done" is gone from Odoo 17 on


class SaleOrder(models.Model):
    _inherit = "sale.order"

    brand_id = fields.Many2one(
        "crm.brand", index="btree_not_null", ondelete="restrict", tracking=True
    )
    dealer_crm_lead_id = fields.Many2one(
        "crm.lead",
        string="Dealer Lead",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        domain=[("pipeline", "=", "dealer"), ("step", "not in", ["won", "lost"])],
        check_company=True,
        tracking=True,
    )

    # Not a constraint: 19.0 runs those as superuser, and this asks for rights.
    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders.dealer_crm_lead_id._check_takes_order()
        return orders

    def write(self, vals):
        if "dealer_crm_lead_id" in vals and not is_open(self.env):
            lead = self.env["crm.lead"].browse(vals["dealer_crm_lead_id"] or [])
            self._check_dealer_lead_change(lead)
        return super().write(vals)

    def _check_dealer_lead_change(self, lead):
        """The link of a confirmed order is the proof of a won lead: it stays."""
        changed = self.filtered(lambda order: order.dealer_crm_lead_id != lead)
        if not changed:
            return
        if kept := changed.filtered(lambda order: order.state not in QUOTATION_STATES):
            raise UserError(
                self.env._(
                    "%s is no quotation any more: its dealer lead stays as it is.",
                    ", ".join(kept.mapped("name")),
                )
            )
        for left in changed.dealer_crm_lead_id:
            left._check_pipeline_user()
        lead._check_takes_order()

    def _is_dealer_confirmed(self):
        return self.state in CONFIRMED_STATES

    def _dealer_pickings(self):
        # by the moves too: 19 lets one transfer serve several orders and names one
        return self.picking_ids | self.order_line.move_ids.picking_id

    def _dealer_pending_pickings(self):
        """{transfer: order} of what keeps the goods from the customer.

        Cancelled transfers and those that come in (returns, receipts) do not count;
        back-orders and the earlier steps of a multi-step delivery do.
        """
        return {
            picking: order
            for order in self
            for picking in order._dealer_pickings()
            if picking.state not in ("done", "cancel")
            and picking.picking_type_code != "incoming"
            and picking.location_id.usage != "customer"
        }

    def _dealer_deliveries(self):
        """Transfers that reached the customer, from stock or dropped by a supplier."""
        return self._dealer_pickings().filtered(
            lambda picking: (
                picking.state == "done" and picking.location_dest_id._is_outgoing()
            )
        )

    def _is_dealer_delivered(self):
        """Services need no delivery; goods need one that was done."""
        goods = self.order_line.filtered(
            lambda line: line.product_id.type == "consu" and line.product_uom_qty > 0
        )
        return not goods or bool(self._dealer_deliveries())
