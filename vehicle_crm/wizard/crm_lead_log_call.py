from odoo import fields, models
from odoo.exceptions import AccessError

from odoo.addons.remote_odoo.public import public


class CrmLeadLogCall(models.TransientModel):
    _name = "crm.lead.log.call"
    _description = "Log Call"
    _inherit = "crm.wizard.mixin"

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    user_id = fields.Many2one(
        "res.users",
        "Agent",
        required=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    duration = fields.Float("Duration (minutes)")
    result = fields.Selection(
        selection=lambda self: (
            self.env["crm.call.log.mixin"]
            ._fields["result"]
            ._description_selection(self.env)
        ),
        required=True,
        default="answered",
    )
    summary = fields.Text()

    @public(one=True)
    def action_log(self):
        """Record the call on the lead."""
        lead = self._known_records()
        lead._check_pipeline_user()
        lead._check_open()
        if self.user_id != self.env.user and not lead._is_pipeline_manager():
            raise AccessError(
                self.env._("Only a manager records a call that somebody else made.")
            )
        lead._log_call(
            {
                "user_id": self.user_id.id,
                "date": self.date,
                "duration": self.duration,
                "result": self.result,
                "summary": self.summary,
            }
        )
        return lead._notify_user(
            self.env._("Call recorded on %(lead)s.", lead=lead.code)
        )
