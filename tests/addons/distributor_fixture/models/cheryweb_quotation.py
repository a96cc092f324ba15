from odoo import fields, models


class CherywebQuotation(models.Model):
    """A request for a quotation: one name field, a product template, a message."""

    _name = "cheryweb.quotation"
    _description = "Web Quotation Request"
    _inherit = ["distributor.web.lead.mixin"]
    _order = "create_date desc, id desc"

    name = fields.Char()
    product_id = fields.Many2one("product.template", string="Vehicle")
    message = fields.Text()
