from odoo import fields, models

from odoo.addons.remote_odoo.public import public


class CrmBrand(models.Model):
    _inherit = "crm.brand"

    product_count = fields.Integer(string="Vehicles", compute="_compute_product_count")

    def _compute_product_count(self):
        counts = dict(
            self.env["product.template"]._read_group(
                [("brand_id", "in", self.ids)], ["brand_id"], ["__count"]
            )
        )
        for brand in self:
            brand.product_count = counts.get(brand, 0)

    @public(one=True)
    def action_view_products(self):
        """Open the vehicles of the brand; what is created there belongs to it."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_crm.product_template_action_vehicle"
        )
        return {
            **action,
            "domain": [("brand_id", "=", self.id)],
            "context": {
                "default_brand_id": self.id,
                "default_type": "consu",
                "default_is_storable": True,
            },
        }
