from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    is_unit = fields.Boolean(help="A vehicle, as opposed to a part or accessory.")
    brand_code = fields.Char(index=True, help="Marque, where one database has many.")
