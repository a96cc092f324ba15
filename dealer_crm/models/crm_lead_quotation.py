from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import clean_context

from odoo.addons.remote_odoo.public import public
from odoo.addons.vehicle_crm.models.gate import GATE


class CrmLead(models.Model):
    _inherit = "crm.lead"

    dealer_order_ids = fields.One2many(
        "sale.order", "dealer_crm_lead_id", "Dealer Orders"
    )
    sale_order_id = fields.Many2one(
        "sale.order",
        string="Quotation / Order",
        compute="_compute_sale_order_id",
        store=True,
        copy=False,
        index="btree_not_null",
        tracking=True,
    )
    sale_order_state = fields.Selection(
        related="sale_order_id.state",
        string="Order Status",
        tracking=False,  # the order has its own trail
    )
    dealer_order_count = fields.Integer(
        compute="_compute_dealer_order_count", compute_sudo=True
    )
    dealer_delivery_count = fields.Integer(
        compute="_compute_dealer_order_count", compute_sudo=True
    )

    @api.depends("dealer_order_ids.state")
    def _compute_sale_order_id(self):
        """The newest confirmed order, else the newest that is not cancelled, else the
        newest: a lead keeps its trace of the sale that fell through."""
        for lead in self:
            orders = lead.dealer_order_ids.sorted("id", reverse=True)
            confirmed = orders.filtered(lambda order: order._is_dealer_confirmed())
            live = orders.filtered(lambda order: order.state != "cancel")
            lead.sale_order_id = (confirmed or live or orders)[:1]

    @api.depends("dealer_order_ids", "dealer_order_ids.picking_ids")
    def _compute_dealer_order_count(self):
        for lead in self:
            lead.dealer_order_count = len(lead.dealer_order_ids)
            lead.dealer_delivery_count = len(lead.dealer_order_ids._dealer_pickings())

    def write(self, vals):
        result = super().write(vals)
        if vals.get("user_id"):
            self._give_orders_to_owner()
        return result

    def _give_orders_to_owner(self):
        """Who takes over an open lead takes over its orders, or could not open them."""
        for lead in self.filtered(
            lambda lead: lead.pipeline == "dealer" and lead._is_open()
        ):
            orders = lead.sudo().dealer_order_ids.filtered(
                lambda order, owner=lead.user_id: (
                    order.state != "cancel" and order.user_id != owner
                )
            )
            if orders:
                orders.user_id = lead.user_id

    @public(one=True)
    def action_convert_to_quotation(self):
        """Create a draft order for the customer and vehicle of the lead and open it.

        The order belongs to the lead's owner and is created with the rights of
        whoever clicks. Anything that fails leaves neither order nor customer behind.
        """
        lead = self.with_context(clean_context(self.env.context))
        lead._check_convertible()
        order = lead._create_quotation()
        lead._message_log(
            body=lead.env._("Quotation %s created from this lead.", order.name)
        )
        return lead.action_open_quotation()

    @public(one=True)
    def action_open_quotation(self):
        """Open the order of the lead: the confirmed one, else the newest quotation."""
        self._check_pipeline_user()
        if not self.sale_order_id:
            raise UserError(self._no_quotation_message())
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Quotation"),
            "res_model": "sale.order",
            "res_id": self.sale_order_id.id,
            "views": [(False, "form")],
            "target": "current",
        }

    @public(one=True)
    def action_view_dealer_orders(self):
        """Open the order, or the list when the lead has several."""
        if self.dealer_order_count == 1:
            return self.action_open_quotation()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_crm.sale_order_action"
        )
        return {
            **action,
            "domain": [("dealer_crm_lead_id", "=", self.id)],
            "context": {"create": False},
        }

    @public(one=True)
    def action_view_dealer_deliveries(self):
        """Open the transfer of the lead's orders, or their list."""
        self._check_pipeline_user()
        pickings = self.sudo().dealer_order_ids._dealer_pickings()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "stock.action_picking_tree_all"
        )
        action.update(domain=[("id", "in", pickings.ids)], context={"create": False})
        if len(pickings) == 1:
            action.update(views=[(False, "form")], res_id=pickings.id)
        return action

    def _merge_dependences(self, opportunities):
        super()._merge_dependences(opportunities)
        orders = opportunities.sudo().dealer_order_ids
        orders.with_context(vehicle_crm_gate=GATE).dealer_crm_lead_id = self

    def _update_revenues_from_so(self, order):
        # Of sale_crm, and only called by it, with the rights of whoever confirms.
        ordinary = self.filtered(lambda lead: not lead.sudo().pipeline)
        return super(CrmLead, ordinary)._update_revenues_from_so(order)

    def _check_takes_order(self):
        """Orders join only open dealer leads that the current user may work on."""
        if not self:
            return
        self._check_pipeline_user()
        if closed := self.filtered(
            lambda lead: lead.pipeline != "dealer" or not lead._is_open()
        ):
            raise UserError(
                self.env._(
                    "%s is not an open dealer lead, so no order was linked to it.",
                    closed._names(),
                )
            )

    def _no_quotation_message(self):
        return self.env._(
            "Create a quotation first with the Convert to Quotation button."
        )

    def _check_convertible(self):
        self._check_pipeline_user()
        self._check_open()
        # two clicks at once make one order: the second waits here for the first
        self.env.cr.execute(
            "SELECT id FROM crm_lead WHERE id = %s FOR NO KEY UPDATE",
            [self.id],
            log_exceptions=False,  # Odoo runs a request again that was too late
        )
        if self.sale_order_id and self.sale_order_state != "cancel":
            raise UserError(
                self.env._(
                    "This lead already has %s. Open it with the Open Quotation "
                    "button; cancel it there to make another one.",
                    self.sudo().sale_order_id.name,
                )
            )
        vehicle = self.product_id
        if not self.brand_id or vehicle.brand_id != self.brand_id:
            raise UserError(self.env._("Select a vehicle first"))
        if not vehicle.active or not vehicle.sale_ok:
            raise UserError(
                self.env._(
                    "%s is not sold any more. Select a vehicle first",
                    vehicle.display_name,
                )
            )

    def _create_quotation(self):
        """The draft order in the company of the lead, priced as Sales does unless a
        price was agreed."""
        if not self.company_id:
            self.company_id = self.env.company
        company = self.company_id
        self._set_quotation_customer()
        orders = self.env["sale.order"].with_company(company)
        order = orders._create_with_template(self._get_quotation_values(company))
        if self.expected_price:
            price = self._in_currency(
                self.expected_price,
                self.company_currency,
                order.currency_id,
                company,
                order.date_order,
            )
            # written after the creation, so that Sales takes it for a price that a
            # person typed and keeps it when the quantity changes
            lines = order._vehicle_lines(self.product_id)
            lines.write({"price_unit": price, "discount": 0})
        return order

    def _set_quotation_customer(self):
        if not self.partner_id:
            values = self._prepare_customer_values(
                self.contact_name or self.partner_name or self.name
            )
            self.partner_id = self._customers()._match_or_create_customer(values)
        if not self.partner_id.active:
            raise UserError(
                self.env._(
                    "The customer %s of this lead is archived. Unarchive the customer, "
                    "or choose another one on the lead. No quotation was made.",
                    self.partner_id.display_name,
                )
            )

    def _get_quotation_values(self, company):
        # Without sale_crm's opportunity_id: confirming would then write the lead, as
        # whoever confirms, and people of Sales without this app could not.
        values = {
            "partner_id": self.partner_id.id,
            "company_id": company.id,
            "brand_id": self.brand_id.id,
            "dealer_crm_lead_id": self.id,
            "origin": self.code,
            "user_id": self.user_id.id,
            "campaign_id": self.campaign_id.id,
            "medium_id": self.medium_id.id,
            "source_id": self.source_id.id,
            "tag_ids": [fields.Command.set(self.tag_ids.ids)],
            "order_line": [
                fields.Command.create(
                    {
                        "product_id": self.product_id.id,
                        "product_uom_qty": self.quantity,
                    }
                )
            ],
        }
        if self.team_id:
            values["team_id"] = self.team_id.id
        return values
