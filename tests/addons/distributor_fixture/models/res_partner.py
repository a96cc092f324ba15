from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    chery_dealer = fields.Boolean("Dealer", index=True)
    dealer_name = fields.Char("Dealer Code")
    dealer_gm = fields.Char("General Manager")
    dealer_gm_email = fields.Char("General Manager Email")
    brand_code = fields.Char(index=True, help="Marque, where one database has many.")
    mobile = fields.Char()  # core's on 18.0, gone from 19.0
