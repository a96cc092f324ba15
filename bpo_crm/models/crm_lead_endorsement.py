import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.remote_odoo.compat import Constraint
from odoo.addons.remote_odoo.payload import PayloadError, boolean
from odoo.addons.remote_odoo.public import public
from odoo.addons.vehicle_crm.models.gate import GATE

from ..exchange.endorsement import endorsement_payload

# The dealer may still take the lead, or has it.
OPEN_STATES = ("waiting", "received", "accepted", "refused")
# The lead came back; it may be endorsed again.
ENDED_STATES = ("declined", "expired", "withdrawn")
# What the dealer was told; it may not change behind the dealer's back.
LOCKED_FIELDS = {"brand_id", "dealership_id", "vehicle_model_id"}


class CrmLead(models.Model):
    """Endorsement: the dealer works the lead in an Odoo of its own and reports the end.

    ``endorsement_key`` is new on every endorsement; it is what crosses the wire. It
    stays on the lead until the next endorsement, so that a repeated answer is known.
    """

    _inherit = "crm.lead"

    endorsement_state = fields.Selection(
        [
            ("none", "Not Endorsed"),
            ("waiting", "Waiting for Dealer"),
            ("received", "Received by Dealer"),
            ("accepted", "Accepted by Dealer"),
            ("refused", "Could Not Be Received"),
            ("declined", "Declined by Dealer"),
            ("expired", "Expired"),
            ("withdrawn", "Withdrawn"),
            ("closed", "Closed"),
        ],
        string="Endorsement",
        required=True,
        default="none",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    endorsement_key = fields.Char(readonly=True, copy=False)
    endorsement_dealership_id = fields.Many2one(
        "crm.dealership",
        string="Endorsed To",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="Stays when the lead comes back and its dealership is emptied.",
    )
    endorsement_error = fields.Text(
        readonly=True, copy=False, help="What the dealer's Odoo said went wrong."
    )
    endorsement_conflict = fields.Text(
        readonly=True,
        copy=False,
        help="The two sides do not agree. A manager looks at it and marks it settled.",
    )
    endorsement_expires_at = fields.Datetime(
        string="Expires", readonly=True, copy=False, index="btree_not_null"
    )
    endorsed_by = fields.Many2one("res.users", readonly=True, copy=False)
    endorsed_by_name = fields.Char(
        readonly=True,
        copy=False,
        help="Who endorsed, as the dealer reads it. Stays when the user is deleted.",
    )
    endorsed_at = fields.Datetime(
        string="Endorsed On", readonly=True, copy=False, index="btree_not_null"
    )
    with_quotation = fields.Boolean(
        readonly=True, copy=False, help="The dealer was asked for a quotation at once."
    )
    dealer_lead_url = fields.Char(string="Dealer Lead URL", readonly=True, copy=False)
    dealer_date_closed = fields.Datetime(
        string="Closed by Dealer",
        readonly=True,
        copy=False,
        help="When the dealer won or lost it. Won On and Lost On are our own time.",
    )
    withdrawal_ids = fields.One2many("crm.lead.withdrawal", "lead_id", readonly=True)

    _endorsement_key_uniq = Constraint(
        "UNIQUE (endorsement_key)", "Two leads cannot have the same endorsement."
    )

    def _pipeline_protected_fields(self):
        return super()._pipeline_protected_fields() | {
            "endorsement_state",
            "endorsement_key",
            "endorsement_dealership_id",
            "endorsement_error",
            "endorsement_conflict",
            "endorsement_expires_at",
            "endorsed_by",
            "endorsed_by_name",
            "endorsed_at",
            "with_quotation",
            "dealer_lead_url",
            "dealer_date_closed",
            "withdrawal_ids",
        }

    def _endorsement_write(self, values):
        """Write what nobody may write from outside."""
        return self.sudo().with_context(vehicle_crm_gate=GATE).write(values)

    def write(self, vals):
        if self.env.context.get("vehicle_crm_gate") is not GATE:
            self._check_endorsement_locks(vals)
        return super().write(vals)

    def _check_endorsement_locks(self, values):
        locked = LOCKED_FIELDS & set(values)
        if not locked:
            return
        for lead in self.filtered(lambda lead: lead.endorsement_state in OPEN_STATES):
            if any((values[name] or False) != lead[name].id for name in locked):
                raise UserError(
                    self.env._(
                        "%(lead)s is endorsed to %(dealer)s: brand, vehicle and "
                        "dealership are fixed. Withdraw the endorsement first.",
                        lead=lead.code,
                        dealer=lead.endorsement_dealership_id.complete_name,
                    )
                )

    def _check_merge(self):
        """The dealer answers about this lead, so it stays the one it is."""
        super()._check_merge()
        if leads := self.filtered(lambda lead: lead.endorsement_state in OPEN_STATES):
            raise UserError(
                self.env._(
                    "These leads are at a dealer and cannot be merged: %s. Withdraw "
                    "the endorsement first.",
                    leads._names(),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_at_dealer(self):
        states = (*OPEN_STATES, "closed")
        if leads := self.filtered(lambda lead: lead.endorsement_state in states):
            raise UserError(
                self.env._(
                    "These leads were endorsed to a dealer, which answers about them, "
                    "so they cannot be deleted: %s. Archive them instead.",
                    leads._names(),
                )
            )

    def _check_won(self):
        self._check_endorsement_close()
        return super()._check_won()

    def _do_won(self):
        self._check_endorsement_close()
        result = super()._do_won()
        self._endorsement_closed()
        return result

    def _do_lost(self, reason, notes=None):
        self._check_endorsement_close()
        result = super()._do_lost(reason, notes)
        self._endorsement_closed()
        return result

    def _endorsement_closed(self):
        closed = self.filtered(
            lambda lead: (
                lead.endorsement_state in OPEN_STATES and lead.step in ("won", "lost")
            )
        )
        if closed:
            closed._cancel_push()
            closed._endorsement_write(
                {"endorsement_state": "closed", "endorsement_expires_at": False}
            )

    def _check_endorsement_close(self):
        """Only the dealer's callback closes an endorsed lead, or a manager."""
        if self.env.context.get("bpo_crm_confirmed") is GATE:
            return
        for lead in self.filtered(lambda lead: lead.endorsement_state in OPEN_STATES):
            raise UserError(
                self.env._(
                    "%(lead)s is endorsed to %(dealer)s, which reports Won or Lost "
                    "itself. Withdraw the endorsement to work the lead here again, or "
                    "ask a BPO Manager to close it.",
                    lead=lead.code,
                    dealer=lead.endorsement_dealership_id.complete_name,
                )
            )

    # Endorse

    @public(with_quotation=boolean())
    def action_endorse(self, with_quotation=False):
        """Hand the leads to their dealerships; each waits until the dealer takes it."""
        for lead in self:
            lead._check_pipeline_user()
            lead._check_endorsable(with_quotation)
            lead._endorse(with_quotation)
        return self._notify_user(
            self.env._("Endorsed. The dealer's Odoo takes the lead over.")
        )

    def _check_endorsable(self, with_quotation):
        """Each obstacle has its own sentence."""
        self.ensure_one()
        problem = False
        if self.pipeline != "bpo":
            problem = self.env._("Only a lead of BPO CRM can be endorsed.")
        elif self.endorsement_state in OPEN_STATES:
            problem = self.env._(
                "It is endorsed to %s already.",
                self.endorsement_dealership_id.complete_name,
            )
        elif not self.user_id:
            problem = self.env._("Claim the lead first.")
        elif self.step not in ("qualified", "negotiation"):
            problem = self.env._(
                "Only a Qualified or Negotiation lead can be endorsed."
            )
        elif not self.brand_id:
            problem = self.env._("Choose a brand first.")
        else:
            problem = self._endorse_problem_there(with_quotation)
        if problem:
            raise UserError(
                self.env._(
                    "%(lead)s cannot be endorsed. %(problem)s",
                    lead=self.code or self.display_name,
                    problem=problem,
                )
            )

    def _endorse_problem_there(self, with_quotation):
        """What keeps the chosen dealership from getting this lead, or False."""
        dealer = self.dealership_id
        if not self.brand_id.active:
            return self.brand_id._archived_sentence()
        if not dealer:
            return self.env._("Choose a dealership first.")
        if not dealer.active:
            return dealer._archived_sentence()
        if dealer.handoff_mode != "endorse":
            return self.env._(
                "%s does not run Dealer CRM: Mark Won creates the sales order there.",
                dealer.complete_name,
            )
        if self.brand_id not in dealer.brand_ids:
            return self.env._(
                "%(dealer)s does not sell %(brand)s.",
                dealer=dealer.complete_name,
                brand=self.brand_id.name,
            )
        if with_quotation and not self.vehicle_model_id:
            return self.env._("Choose a vehicle model first: a quotation needs one.")
        return False

    def _endorse(self, with_quotation):
        self.ensure_one()
        if self.step == "qualified":
            self._set_step("negotiation")
        now = fields.Datetime.now()
        dealer = self.dealership_id
        hours = dealer.sudo().endorsement_hours
        self._endorsement_write(
            {
                "endorsement_state": "waiting",
                "endorsement_key": str(uuid.uuid4()),
                "endorsement_dealership_id": dealer.id,
                "endorsement_error": False,
                "endorsement_expires_at": hours and now + timedelta(hours=hours),
                "endorsed_by": self.env.uid,
                "endorsed_by_name": self.env.user.name,
                "endorsed_at": now,
                "with_quotation": with_quotation,
                "dealer_lead_id": False,
                "dealer_lead_name": False,
                "dealer_lead_url": False,
                "dealer_so_id": False,
                "dealer_so_name": False,
                "dealer_date_closed": False,
                "dealer_outcome": False,
            }
        )
        self._check_endorsement_payload()
        self._message_log(
            body=self.env._("Endorsed to %s with a quotation.", dealer.complete_name)
            if with_quotation
            else self.env._("Endorsed to %s.", dealer.complete_name)
        )
        self._push_endorsement()

    def _endorsement_payload(self):
        """What the dealer gets of this lead as it is now; PayloadError for a field that
        every dealer would refuse."""
        self.ensure_one()
        lead = self.sudo()
        return endorsement_payload(
            lead,
            self.env["ir.config_parameter"].sudo().get_param("database.uuid"),
            f"{lead.get_base_url()}/odoo/action-bpo_crm.crm_lead_action_all/{lead.id}",
        )

    def _check_endorsement_payload(self):
        """Refuse here what every dealer would refuse."""
        try:
            self._endorsement_payload()
        except PayloadError as error:
            raise UserError(
                self.env._(
                    "%(lead)s cannot be endorsed: the dealer would refuse "
                    "%(problem)s Correct the lead and endorse it again.",
                    lead=self.code,
                    problem=error,
                )
            ) from error

    @public()
    def action_retry_endorsement(self):
        """After a refusal and its cure: offer the same endorsement once more."""
        for lead in self:
            lead._check_pipeline_user()
            if lead.endorsement_state != "refused":
                raise UserError(
                    self.env._(
                        "%s was not refused, so there is nothing to retry.", lead.code
                    )
                )
            lead._endorsement_write(
                {"endorsement_state": "waiting", "endorsement_error": False}
            )
            lead._check_endorsement_payload()
            lead._push_endorsement()
        return self._notify_user(
            self.env._("The dealer's Odoo gets the lead offered again.")
        )
