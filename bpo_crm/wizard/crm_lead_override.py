from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.remote_odoo.public import public

from ..models.crm_dealership import MANAGER


class CrmLeadOverride(models.TransientModel):
    """A manager decides what the dealer's side should have decided; it is written
    down with a reason."""

    _name = "crm.lead.override"
    _description = "Override a hand-off"
    _inherit = "crm.wizard.mixin"

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    decision = fields.Selection(
        [
            ("release", "Release: stop the hand-off, the lead goes on here"),
            ("won", "Won: the dealer has sold it, although it did not report so"),
        ],
        required=True,
    )
    reason = fields.Text(required=True)

    @public(one=True)
    def action_apply(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only a BPO Manager may override."))
        if not (self.reason or "").strip():
            raise UserError(self.env._("Give a reason: it is kept with the lead."))
        lead = self._known_records()
        lead.check_access("write")
        if lead.pipeline != "bpo" or lead.step in ("won", "lost"):
            raise UserError(self.env._("%s is closed already.", lead.code))
        if self.decision == "won":
            lead._override_won(self.reason)
        else:
            lead._override_release(self.reason)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
