from odoo import fields, models

from odoo.addons.remote_odoo.public import public


class CrmLeadDecline(models.TransientModel):
    _name = "crm.lead.decline"
    _description = "Decline an Endorsed Lead"
    _inherit = "crm.wizard.mixin"

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    reason = fields.Text(required=True)

    @public(one=True)
    def action_decline(self):
        return self._known_records().action_decline(self.reason)
