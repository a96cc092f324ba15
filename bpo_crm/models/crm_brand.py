from odoo import fields, models

from odoo.addons.remote_odoo.public import public

AGENT = "bpo_crm.bpo_crm_group_agent"


class CrmBrand(models.Model):
    _inherit = "crm.brand"

    # A dealer's admin in the same database opens brands and may read neither model.
    vehicle_model_count = fields.Integer(
        string="Models", compute="_compute_vehicle_model_count", groups=AGENT
    )
    dealership_count = fields.Integer(
        string="Dealerships", compute="_compute_dealership_count", groups=AGENT
    )
    mail_subject = fields.Char(
        "Subject",
        help="Of the mail to the dealership's manager. The reference and the vehicle "
        "of the lead follow it. Empty: the lead is won, or endorsed to you.",
    )
    mail_intro = fields.Text(
        "First Lines",
        help="Of the mail to the dealership's manager, above the lead's details. "
        "Plain text.",
    )

    def _archived_sentence(self):
        """Why no lead of this brand is handed to a dealer."""
        return self.env._(
            "The brand %s is archived: nothing of it is sold any more. Ask a manager "
            "to restore it, or choose another brand.",
            self.name,
        )

    def _compute_vehicle_model_count(self):
        counts = dict(
            self.env["crm.vehicle.model"]._read_group(
                [("brand_id", "in", self.ids)], ["brand_id"], ["__count"]
            )
        )
        for brand in self:
            brand.vehicle_model_count = counts.get(brand, 0)

    def _compute_dealership_count(self):
        counts = dict(
            self.env["crm.dealership"]._read_group(
                [("brand_ids", "in", self.ids)], ["brand_ids"], ["__count"]
            )
        )
        for brand in self:
            brand.dealership_count = counts.get(brand, 0)

    @public(one=True)
    def action_view_dealerships(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "bpo_crm.crm_dealership_action"
        )
        action["domain"] = [("brand_ids", "in", self.ids)]
        action["context"] = {"default_brand_ids": self.ids}
        return action

    @public(one=True)
    def action_view_vehicle_models(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "bpo_crm.crm_vehicle_model_action"
        )
        action["domain"] = [("brand_id", "=", self.id)]
        action["context"] = {"default_brand_id": self.id}
        return action
