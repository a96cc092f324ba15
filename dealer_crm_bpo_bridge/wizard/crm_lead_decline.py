from odoo import fields, models


class CrmLeadDecline(models.TransientModel):
    _name = "crm.lead.decline"
    _description = "Decline an Endorsed Lead"

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    reason = fields.Text(required=True)

    def action_decline(self):
        self.ensure_one()
        return self.lead_id.action_decline(self.reason)
