from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.remote_odoo.payload import text
from odoo.addons.remote_odoo.public import LONGEST, check_known, public


class CrmLead(models.Model):
    """What people do with a pipeline lead: claim, call, mark won, mark lost."""

    _inherit = "crm.lead"

    # ------------------------------------------------------------------
    # Claim
    # ------------------------------------------------------------------

    @public(guarded=False)
    def action_claim(self):
        """Make the current user the owner of these unclaimed leads.

        A manager may also take over a lead that somebody owns.
        """
        if not self:
            return self._notify_user(self.env._("There is no lead to claim."))
        check_known(self, type(self)._filter_claimable)
        self._check_pipeline_role()
        self._lock_for_claim()
        leads = self.sudo().filtered(lambda lead: lead.user_id != self.env.user)
        taken = leads.filtered(
            lambda lead: lead.user_id and not lead.sudo(False)._is_pipeline_manager()
        )
        if taken:
            claims = [
                self.env._(
                    "%(lead)s is claimed by %(owner)s",
                    lead=lead.code,
                    owner=lead.user_id.name,
                )
                for lead in taken
            ]
            raise UserError(
                self.env._(
                    "Somebody was faster: %(leads)s. Nothing was changed.",
                    leads=", ".join(claims),
                )
            )
        self._check_open()
        if leads:
            claimed = self.browse(leads.ids)
            claimed.check_access("write")
            claimed._open_gate().write({"user_id": self.env.uid})
        return self._notify_user(
            self.env._("You own %(leads)s now.", leads=self._names())
        )

    def _filter_claimable(self):
        """Those of these leads that the user could read if nobody owned them.

        Who is told that somebody was faster had the lead on the screen, as the rules
        showed it while it was unclaimed. Of any other lead nothing is said.
        """
        leads = self._filtered_access("read")
        if self.browse().has_access("read"):
            rules = self.env["ir.rule"]._compute_domain(self._name, "read")
            pipelines = self.env.user._crm_pipelines()
            for lead in (self - leads).sudo():
                unclaimed = lead.new({"user_id": False}, origin=lead)
                if lead.pipeline in pipelines and unclaimed.filtered_domain(rules):
                    leads |= lead.sudo(False)
        return leads

    def _lock_for_claim(self):
        """Hold the rows, so that of two who claim at once only one goes on.

        The one who meets the lock fails at once with LockNotAvailable or a
        serialization failure. Odoo runs such a request again, and then it reads who
        was faster.
        """
        self.flush_recordset(["user_id", "stage_id"])
        self.env.cr.execute(
            "SELECT id FROM crm_lead WHERE id IN %s ORDER BY id FOR UPDATE NOWAIT",
            [tuple(self.ids)],
            log_exceptions=False,
        )
        self.invalidate_recordset(["user_id", "stage_id", "step"])

    # ------------------------------------------------------------------
    # Calls
    # ------------------------------------------------------------------

    @public(one=True)
    def action_log_call(self):
        """Open the wizard that records a telephone call."""
        self._check_pipeline_user()
        self._check_open()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log Call"),
            "res_model": "crm.lead.log.call",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_lead_id": self.id},
        }

    def _log_call(self, values):
        """Record a call. The tables of calls are not writable from outside."""
        self.ensure_one()
        return (
            self.env[self._pipeline_call_log_model()]
            .sudo()
            .create(dict(values, lead_id=self.id))
            .sudo(False)
        )

    @public(one=True)
    def action_view_calls(self):
        """Open the calls of this lead."""
        self._check_pipeline_role()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Calls"),
            "res_model": self._pipeline_call_log_model(),
            "views": [(False, "list"), (False, "form")],
            "domain": [("lead_id", "=", self.id)],
            "context": {"create": False},
        }

    # ------------------------------------------------------------------
    # Won and lost
    # ------------------------------------------------------------------

    @public()
    def action_mark_won(self):
        """Win these leads, once everything that has to be true first is true."""
        self._check_pipeline_user()
        self._check_open()
        self._check_won()
        return self._do_won() or self._notify_user(
            self.env._("%(leads)s is won.", leads=self._names())
        )

    def _check_won(self):
        """Raise UserError when a gate is not passed; apps add theirs."""

    def _do_won(self):
        """Win these leads now. Apps may return an action for the user instead."""
        self._set_step("won")

    @public(reason_code=text(LONGEST), notes=text(LONGEST))
    def action_mark_lost(self, reason_code=None, notes=None):
        """Lose these leads for a reason; without arguments ask for it."""
        self._check_pipeline_user()
        self._check_open()
        if not reason_code and not notes:
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Mark Lost"),
                "res_model": "crm.lead.mark.lost",
                "views": [(False, "form")],
                "target": "new",
                "context": {"default_lead_ids": self.ids},
            }
        reason = self._get_lost_reason(reason_code)
        self._do_lost(reason, notes)
        return self._notify_user(self.env._("%(leads)s is lost.", leads=self._names()))

    def _get_lost_reason(self, code):
        """The reason with this code; a lead is not lost without one."""
        reason = self.env["crm.lost.reason"]._from_code(code)
        if not reason:
            raise UserError(
                self.env._(
                    "Choose a lost reason. A lead is not marked lost without one, and "
                    "nothing was changed."
                )
            )
        return reason

    def _do_lost(self, reason, notes=None):
        """Lose these leads now and say why in their chatter."""
        self._set_step("lost", reason=reason, notes=notes)
        body = Markup("<p>%s</p>") % self.env._("Marked lost: %s", reason.name)
        for line in (notes or "").splitlines():
            body += Markup("<p>%s</p>") % line
        # A log: 18.0 posts nothing in the name of a user without an e-mail address.
        self._message_log_batch(bodies=dict.fromkeys(self.ids, body))

    def _set_step(self, step, reason=None, notes=None):
        """Move to a step in any direction, through the gate, with its dates.

        An open step clears what closed the lead.
        """
        now = fields.Datetime.now()
        values = {
            "won": {"date_won": now, "date_closed": now, "active": True},
            "lost": {"date_lost": now, "date_closed": now},
        }.get(step, {"date_closed": False})
        values = {
            "date_won": False,
            "date_lost": False,
            "lost_reason_id": reason.id if reason else False,
            "lost_notes": notes or False,
            **values,
        }
        for pipeline, leads in self.grouped("pipeline").items():
            stage = self._pipeline_stage(pipeline, step)
            # Given here, as the core would clear the closing date otherwise.
            leads._open_gate().write(
                {
                    **values,
                    "stage_id": stage.id,
                    "probability": leads._step_probability(step),
                    "automated_probability": leads._step_probability(step),
                }
            )

    def _notify_user(self, message, kind="success"):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # ------------------------------------------------------------------
    # The core's own ways lead to the same gates
    # ------------------------------------------------------------------

    @public()
    def action_set_won(self):
        piped = self.filtered("pipeline")
        ordinary = self - piped
        result = piped.action_mark_won() if piped else True
        return super(CrmLead, ordinary).action_set_won() if ordinary else result

    @public(one=True)
    def action_set_won_rainbowman(self):
        if self.pipeline:
            return self.action_mark_won()
        return super().action_set_won_rainbowman()

    @public()
    def action_set_lost(self, **additional_values):
        piped = self.filtered("pipeline")
        ordinary = self - piped
        result = True
        if piped:
            reason_id = additional_values.get("lost_reason_id")
            reason = self.env["crm.lost.reason"].browse(
                reason_id if type(reason_id) is int else []
            )
            piped._check_pipeline_user()
            piped._check_open()
            result = piped._get_lost_reason(reason.code) and True
            piped._do_lost(reason)
        if ordinary:
            result = super(CrmLead, ordinary).action_set_lost(**additional_values)
        return result

    @public()
    def action_archive(self):
        """Archived is not lost: a pipeline lead keeps its step and probability."""
        piped = self.filtered("pipeline")
        piped.filtered("active").write({"active": False})
        ordinary = self - piped
        return super(CrmLead, ordinary).action_archive() if ordinary else True

    @public()
    def action_unarchive(self):
        piped = self.filtered("pipeline")
        piped.filtered(lambda lead: not lead.active).write({"active": True})
        ordinary = self - piped
        return super(CrmLead, ordinary).action_unarchive() if ordinary else True

    @public()
    def toggle_active(self):
        piped = self.filtered("pipeline")
        archived = piped.filtered(lambda lead: not lead.active)
        (piped - archived).action_archive()
        archived.action_unarchive()
        ordinary = self - piped
        return super(CrmLead, ordinary).toggle_active() if ordinary else True
