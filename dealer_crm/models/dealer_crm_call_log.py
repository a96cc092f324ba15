from odoo import models


class DealerCrmCallLog(models.Model):
    _name = "dealer.crm.call.log"
    _description = "Dealer Call Log"
    _inherit = "crm.call.log.mixin"
