from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    brand_id = fields.Many2one(
        "crm.brand",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        help="The brand whose leads may ask for this vehicle.",
    )
