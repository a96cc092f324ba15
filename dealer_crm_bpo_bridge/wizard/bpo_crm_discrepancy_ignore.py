from odoo import fields, models


class BpoCrmDiscrepancyIgnore(models.TransientModel):
    _name = "bpo.crm.discrepancy.ignore"
    _description = "Ignore Differences with the BPO"

    discrepancy_ids = fields.Many2many("bpo.crm.discrepancy", required=True)
    reason = fields.Text(required=True)

    def action_ignore(self):
        self.ensure_one()
        return self.discrepancy_ids.action_ignore(self.reason)
