from markupsafe import escape

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .crm_lead_endorsement import OPEN_STATES

MANAGER = "bpo_crm.bpo_crm_group_manager"


class CrmLead(models.Model):
    """How an endorsement ends without a sale, and what a person has to settle."""

    _inherit = "crm.lead"

    def action_withdraw_endorsement(self, reason=None):
        """Take the lead back. Without a reason the wizard asks for one."""
        self.ensure_one()
        self._check_pipeline_user()
        if self.endorsement_state not in OPEN_STATES:
            raise UserError(
                self.env._(
                    "%s is not endorsed, so there is nothing to withdraw.", self.code
                )
            )
        if self.endorsement_state == "accepted" and not self._is_pipeline_manager():
            raise AccessError(
                self.env._(
                    "%(dealer)s has accepted %(lead)s. Only a supervisor may withdraw "
                    "it now.",
                    dealer=self.endorsement_dealership_id.complete_name,
                    lead=self.code,
                )
            )
        if not (reason or "").strip():
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Withdraw Endorsement"),
                "res_model": "crm.lead.endorse.withdraw",
                "view_mode": "form",
                "target": "new",
                "context": {"default_lead_id": self.id},
            }
        self._end_endorsement("withdrawn", reason.strip())
        return self._notify_user(self.env._("Withdrawn. The lead is yours again."))

    def _end_endorsement(self, state, reason):
        """The lead is the agent's again, in Negotiation, without a dealership."""
        self.ensure_one()
        dealer = self.endorsement_dealership_id
        said = {
            "withdrawn": self.env._(
                "Endorsement to %s withdrawn.", dealer.complete_name
            ),
            "expired": self.env._(
                "Endorsement to %s expired: nobody accepted it there in time.",
                dealer.complete_name,
            ),
            "declined": self.env._("%s declined this lead.", dealer.complete_name),
        }[state]
        self._endorsement_write(
            {
                "endorsement_state": state,
                "endorsement_expires_at": False,
                "dealership_id": False,
            }
        )
        if state != "declined":  # who declined needs no notice
            self.env["crm.lead.withdrawal"].sudo().create(
                {
                    "lead_id": self.id,
                    "endorsement_key": self.endorsement_key,
                    "dealership_id": dealer.id,
                    "reason": reason or said,
                }
            )
        if reason:
            said = self.env._("%(what)s Reason: %(reason)s", what=said, reason=reason)
        self.sudo()._message_log(body=said)
        if state != "withdrawn":
            self._endorsement_todo(self.env._("The lead came back"), said)

    @api.model
    def _cron_expire_endorsements(self):
        """Take back what nobody accepted in time; never what was accepted."""
        leads = self.sudo().search(
            [
                ("endorsement_state", "in", ("waiting", "received", "refused")),
                ("endorsement_expires_at", "<=", fields.Datetime.now()),
            ]
        )
        for lead in leads:
            lead._end_endorsement("expired", False)

    def _override_release(self, reason):
        """A manager stops what is under way: here the endorsement."""
        if self.endorsement_state not in OPEN_STATES:
            return super()._override_release(reason)
        self._end_endorsement("withdrawn", reason)
        self._post_override(self.env._("Endorsement withdrawn."), reason)
        return None

    # Conflicts

    def _endorsement_conflict_found(self, text):
        """The sides differ and only a person can say who is right."""
        self.ensure_one()
        self._endorsement_write({"endorsement_conflict": text})
        self.sudo()._message_log(body=text)
        self._endorsement_todo(
            self.env._("Dealer and BPO do not agree"),
            text,
            self.team_id.sudo().user_id,
        )

    def _endorsement_todo(self, summary, text, user=None):
        """An activity for ``user``, else for the agent."""
        user = user or self.user_id
        if user:
            self.sudo().activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=escape(text),
                user_id=user.id,
            )

    def action_settle_endorsement_conflict(self):
        """A manager has looked at it."""
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only a BPO Manager settles a conflict."))
        for lead in self.filtered("endorsement_conflict"):
            lead._endorsement_write({"endorsement_conflict": False})
            lead._message_log(body=self.env._("Conflict with the dealer settled."))
        return self._notify_user(self.env._("Settled."))
