from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CrmLead(models.Model):
    _inherit = "crm.lead"

    pipeline = fields.Selection(
        selection_add=[("dealer", "Dealer")], ondelete={"dealer": "set null"}
    )
    product_id = fields.Many2one(
        "product.product",
        string="Vehicle",
        compute="_compute_product_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('sale_ok', '=', True), ('brand_id', '=?', brand_id)]",
        check_company=True,
        tracking=True,
        help="The vehicle that goes into the quotation. "
        "What the customer asked for in words is kept beside it.",
    )
    call_log_ids = fields.One2many("dealer.crm.call.log", "lead_id", "Call Logs")

    @api.constrains("product_id", "brand_id")
    def _check_product_brand(self):
        for lead in self:
            vehicle = lead.product_id
            if not vehicle or not lead.brand_id:
                continue
            if not vehicle.brand_id:
                raise ValidationError(
                    self.env._(
                        "%(vehicle)s has no brand, so it is not a vehicle of %(brand)s "
                        "yet. Pick another vehicle, or have a manager set its brand "
                        "under Sales, Vehicles (filter Without a Brand).",
                        vehicle=vehicle.display_name,
                        brand=lead.brand_id.name,
                    )
                )
            if vehicle.brand_id != lead.brand_id:
                raise ValidationError(
                    self.env._(
                        "%(vehicle)s is not a vehicle of %(brand)s. Pick one of "
                        "this brand, or create it under the brand first.",
                        vehicle=vehicle.display_name,
                        brand=lead.brand_id.name,
                    )
                )

    @api.depends("brand_id")
    def _compute_product_id(self):
        """A vehicle of another brand leaves when the brand changes."""
        for lead in self:
            if lead.product_id.brand_id != lead.brand_id:
                lead.product_id = False

    @api.constrains("company_id")
    def _check_company_of_orders(self):
        for lead in self.sudo():
            orders = lead.dealer_order_ids.filtered(lambda o: o.state != "cancel")
            if orders.company_id - lead.company_id:
                raise ValidationError(
                    self.env._(
                        "%s has an order in another company, so its company stays as "
                        "it is. Cancel the order first.",
                        lead.code,
                    )
                )

    @api.onchange("product_id")
    def _onchange_product_id(self):
        if self.product_id.brand_id and not self.brand_id:
            self.brand_id = self.product_id.brand_id

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_order(self):
        """Nobody deletes a lead that led to an order, not even the superuser."""
        if leads := self.sudo().filtered("dealer_order_ids"):
            raise UserError(
                self.env._(
                    "%s cannot be deleted: a sales order came from it. "
                    "Archive the lead instead; nothing was deleted.",
                    ", ".join(leads.mapped("display_name")),
                )
            )

    @api.model
    def _pipeline_roles(self):
        return {
            **super()._pipeline_roles(),
            "dealer": {
                "user": "dealer_crm.dealer_crm_group_user",
                "manager": "dealer_crm.dealer_crm_group_manager",
                "form": "dealer_crm.crm_lead_view_form",
                "action": "dealer_crm.crm_lead_action_all",
            },
        }

    def _pipeline_protected_fields(self):
        return super()._pipeline_protected_fields() | {
            "sale_order_id",
            "dealer_order_ids",
            "call_log_ids",
        }

    def _merge_get_fields_specific(self):
        return {
            **super()._merge_get_fields_specific(),
            "product_id": lambda _name, leads: leads._merge_vehicle().id,
        }

    def _merge_vehicle(self):
        """The first vehicle of the brand that the merged lead will have."""
        brand = self.brand_id[:1]
        return self.product_id.filtered(lambda product: product.brand_id == brand)[:1]

    def _pipeline_call_log_model(self):
        if self.pipeline == "dealer":
            return "dealer.crm.call.log"
        return super()._pipeline_call_log_model()
