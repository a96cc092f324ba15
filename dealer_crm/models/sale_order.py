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
        # Before: the core's check of the companies would name the lead.
        default = self.default_get(["dealer_crm_lead_id"])
        ids = [{**default, **vals}.get("dealer_crm_lead_id") for vals in vals_list]
        leads = self.env["crm.lead"].browse(filter(None, dict.fromkeys(ids)))
        leads._check_takes_order()
        orders = super().create(vals_list)
        orders._check_opportunity()
        return orders

    def write(self, vals):
        if "dealer_crm_lead_id" in vals and not is_open(self.env):
            lead = self.env["crm.lead"].browse(vals["dealer_crm_lead_id"] or [])
            self._check_dealer_lead_change(lead)
        ordinary = self.browse()
        if "opportunity_id" in vals:
            ordinary = self - self._of_pipeline_opportunities()
        result = super().write(vals)
        ordinary._check_opportunity()
        return result

    def _of_pipeline_opportunities(self):
        """Orders that have a pipeline lead in Odoo's own link, if there is one."""
        if "opportunity_id" not in self._fields:
            return self.browse()
        return self.filtered(lambda order: order.sudo().opportunity_id.pipeline)

    def _check_opportunity(self):
        """Confirming writes the opportunity, as whoever confirms: colleagues of the
        lead's owner, and people of Sales without this app, could not."""
        if self._of_pipeline_opportunities():
            raise UserError(
                self.env._(
                    "The Opportunity of an order is an ordinary lead, not one of a "
                    "vehicle pipeline. For a dealer lead use its Convert to Quotation "
                    "button, or choose it as the Dealer Lead of the quotation. "
                    "Nothing was saved."
                )
            )

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Offer ordinary leads alone where Odoo's own link is chosen."""
        arch, view = super()._get_view(view_id, view_type, **options)
        for node in arch.xpath("//field[@name='opportunity_id']"):
            context = (node.get("context") or "{}").strip()
            if context.startswith("{"):
                node.set("context", "{'vehicle_crm_ordinary': True, " + context[1:])
        return arch, view

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

    def _vehicle_lines(self, vehicle):
        """The lines that sell this product."""
        return self.order_line.filtered(lambda line: line.product_id == vehicle)
