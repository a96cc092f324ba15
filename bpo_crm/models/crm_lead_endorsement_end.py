import logging
import time

from markupsafe import escape
from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.remote_odoo.compat import commit_progress, try_lock
from odoo.addons.remote_odoo.errors import where
from odoo.addons.remote_odoo.payload import text
from odoo.addons.remote_odoo.public import LONGEST, public

from .crm_lead_endorsement import OPEN_STATES

_logger = logging.getLogger(__name__)

EXPIRING_STATES = ("waiting", "received", "refused")
EXPIRE_RUN = 60  # seconds in which the cron takes back another lead
MANAGER = "bpo_crm.bpo_crm_group_manager"


class CrmLead(models.Model):
    """How an endorsement ends without a sale, and what a person has to settle."""

    _inherit = "crm.lead"

    @public(one=True, reason=text(LONGEST))
    def action_withdraw_endorsement(self, reason=None):
        """Take the lead back. Without a reason the wizard asks for one."""
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
        self._cancel_push()
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
        self._release_from_who_is_gone()
        if state != "withdrawn":
            self._endorsement_todo(self.env._("The lead came back"), said)

    def _release_from_who_is_gone(self):
        """The lead is to be worked here again: an owner who cannot is no owner."""
        owner = self.sudo().user_id
        if owner and not owner._able_to_work(self.pipeline, self.sudo().company_id):
            self._endorsement_write({"user_id": False})
            self.sudo()._message_log(
                body=self.env._(
                    "%s can no longer work on this lead, so anybody may claim it.",
                    owner.name,
                )
            )

    @api.model
    def _cron_expire_endorsements(self):
        """Take back what nobody accepted in time; never what was accepted.

        Each lead is a step of its own, committed. One that somebody holds, or that
        fails, waits for the next run and stops no other.
        """
        ends = time.monotonic() + EXPIRE_RUN
        domain = [
            ("endorsement_state", "in", EXPIRING_STATES),
            ("endorsement_expires_at", "<=", fields.Datetime.now()),
        ]
        leads = self.sudo().with_context(active_test=False)
        ids = leads.search(domain, order="endorsement_expires_at, id").ids
        for number, lead_id in enumerate(ids, 1):
            leads.browse(lead_id)._expire_endorsement()
            left = commit_progress(self.env, 1, len(ids) - number)
            if number < len(ids) and (not left or time.monotonic() >= ends):
                cron = self.env.ref("bpo_crm.ir_cron_expire_endorsements")
                cron.sudo()._trigger()
                return

    def _expire_endorsement(self):
        """Expire one endorsement, unless the dealer has answered meanwhile."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                if not try_lock(self.exists()):
                    return
                self.invalidate_recordset()
                if self.endorsement_state in EXPIRING_STATES:
                    self._end_endorsement("expired", False)
        except OperationalError:
            self.env.cr.rollback()  # another transaction was first: the next run asks
            self.env.invalidate_all()
        except Exception as error:
            self.env.invalidate_all()
            _logger.error("lead %s: not expired, %s", self.id, where(error))

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
        """One open activity of this summary: for ``user``, else for the agent, else for
        whoever is there (``_person_in_charge``)."""
        user = self._person_in_charge(*filter(None, [user]))
        lead = self.sudo()
        todo = self.env.ref("mail.mail_activity_data_todo")
        same = lead.activity_ids.filtered(
            lambda activity: (
                activity.activity_type_id == todo and activity.summary == summary
            )
        )
        if same:
            same[:1].write({"note": escape(text), "user_id": (user or same.user_id).id})
        elif user:
            lead.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=escape(text),
                user_id=user.id,
            )

    @public()
    def action_settle_endorsement_conflict(self):
        """A manager has looked at it."""
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only a BPO Manager settles a conflict."))
        for lead in self.filtered("endorsement_conflict"):
            lead._endorsement_write({"endorsement_conflict": False})
            lead._message_log(body=self.env._("Conflict with the dealer settled."))
        return self._notify_user(self.env._("Settled."))
