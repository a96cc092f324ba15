from odoo import models
from odoo.tools import html2plaintext, is_html_empty

from odoo.addons.remote_odoo.public import check_known, public


class CrmLeadLost(models.TransientModel):
    """The core's mass wizard; for pipeline leads it ends at Mark Lost."""

    _inherit = "crm.lead.lost"

    @public(one=True)
    def action_lost_reason_apply(self):
        check_known(self.sudo().lead_ids.with_env(self.env))
        piped = self.lead_ids.filtered("pipeline")
        if not piped:
            return super().action_lost_reason_apply()
        notes = False
        if not is_html_empty(self.lost_feedback):
            notes = html2plaintext(self.lost_feedback)
        reason = piped._get_lost_reason(self.lost_reason_id.code)
        result = piped.action_mark_lost(reason_code=reason.code, notes=notes)
        if self.lead_ids != piped:
            self.lead_ids -= piped
            return super().action_lost_reason_apply()
        return result
