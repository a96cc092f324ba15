import time

from odoo import api, fields, models

PACE = "distributor_fixture.picture_seconds"


class ProductTemplate(models.Model):
    _inherit = "product.template"

    is_unit = fields.Boolean(help="A vehicle, as opposed to a part or accessory.")
    brand_code = fields.Char(index=True, help="Marque, where one database has many.")

    @api.model
    def search_read(self, domain=None, fields=None, *args, **kwargs):
        """Take as long for a hundred pictures as a parameter says, in seconds."""
        rows = super().search_read(domain, fields, *args, **kwargs)
        if fields and "image_1920" in fields:
            seconds = self.env["ir.config_parameter"].sudo().get_param(PACE)
            time.sleep(float(seconds or 0) * len(rows) / 100)
        return rows
