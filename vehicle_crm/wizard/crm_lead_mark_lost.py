from odoo import fields, models


class CrmLeadMarkLost(models.TransientModel):
    _name = "crm.lead.mark.lost"
    _description = "Mark Lost"

    lead_ids = fields.Many2many("crm.lead")
    # Required by the view, and by the server in words that a person understands.
    lost_reason_id = fields.Many2one(
        "crm.lost.reason", domain="[('code', '!=', False)]"
    )
    notes = fields.Text()

    def action_apply(self):
        """Mark the leads lost for the chosen reason."""
        self.ensure_one()
        reason = self.lead_ids._get_lost_reason(self.lost_reason_id.code)
        return self.lead_ids.action_mark_lost(reason_code=reason.code, notes=self.notes)
