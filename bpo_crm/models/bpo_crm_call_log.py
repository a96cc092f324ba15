from odoo import models


class BpoCrmCallLog(models.Model):
    _name = "bpo.crm.call.log"
    _description = "BPO Call Log"
    _inherit = "crm.call.log.mixin"
