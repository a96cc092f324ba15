from odoo import fields, models


class CrmLeadEndorseWithdraw(models.TransientModel):
    _name = "crm.lead.endorse.withdraw"
    _description = "Withdraw an Endorsement"

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    reason = fields.Text(required=True)

    def action_withdraw(self):
        self.ensure_one()
        return self.lead_id.action_withdraw_endorsement(self.reason)
