from odoo import fields, models

from odoo.addons.remote_odoo.public import public


class CrmLeadEndorseWithdraw(models.TransientModel):
    _name = "crm.lead.endorse.withdraw"
    _description = "Withdraw an Endorsement"
    _inherit = "crm.wizard.mixin"

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    reason = fields.Text(required=True)

    @public(one=True)
    def action_withdraw(self):
        return self._known_records().action_withdraw_endorsement(self.reason)
