from odoo import fields, models


class CrmStage(models.Model):
    _inherit = "crm.stage"

    pipeline = fields.Selection(
        selection_add=[("bpo", "BPO")], ondelete={"bpo": "set null"}
    )
