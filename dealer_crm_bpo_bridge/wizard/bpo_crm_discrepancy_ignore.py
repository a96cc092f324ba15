from odoo import fields, models

from odoo.addons.remote_odoo.public import public


class BpoCrmDiscrepancyIgnore(models.TransientModel):
    _name = "bpo.crm.discrepancy.ignore"
    _description = "Ignore Differences with the BPO"
    _inherit = "crm.wizard.mixin"
    _wizard_records = "discrepancy_ids"

    discrepancy_ids = fields.Many2many("bpo.crm.discrepancy", required=True)
    reason = fields.Text(required=True)

    @public(one=True)
    def action_ignore(self):
        return self._known_records().action_ignore(self.reason)
