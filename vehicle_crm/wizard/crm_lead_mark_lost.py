from odoo import fields, models

from odoo.addons.remote_odoo.public import public


class CrmLeadMarkLost(models.TransientModel):
    _name = "crm.lead.mark.lost"
    _description = "Mark Lost"
    _inherit = "crm.wizard.mixin"
    _wizard_records = "lead_ids"

    lead_ids = fields.Many2many("crm.lead")
    # Required by the view, and by the server in words that a person understands.
    lost_reason_id = fields.Many2one(
        "crm.lost.reason", domain="[('code', '!=', False)]"
    )
    notes = fields.Text()

    @public(one=True)
    def action_apply(self):
        """Mark the leads lost for the chosen reason."""
        leads = self._known_records()
        reason = leads._get_lost_reason(self.lost_reason_id.code)
        return leads.action_mark_lost(reason_code=reason.code, notes=self.notes)
