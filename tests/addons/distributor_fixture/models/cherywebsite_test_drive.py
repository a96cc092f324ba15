from odoo import fields, models


class CherywebsiteTestDrive(models.Model):
    """A test drive: two name fields, a product variant, remarks and a date."""

    _name = "cherywebsite.test.drive"
    _description = "Web Test Drive Request"
    _inherit = ["distributor.web.lead.mixin"]
    _order = "create_date desc, id desc"
    _rec_name = "last_name"

    first_name = fields.Char()
    last_name = fields.Char()
    product_id = fields.Many2one("product.product", string="Vehicle")
    remarks = fields.Text()
    preferred_date = fields.Date()
