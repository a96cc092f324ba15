from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.remote_odoo.compat import Constraint
from odoo.addons.remote_odoo.payload import text
from odoo.addons.remote_odoo.public import LONGEST, public

ADMIN = "dealer_crm.dealer_crm_group_admin"
# States in which the BPO takes an answer for granted: nothing has ended it.
LIVE = ("received", "accepted")


class CrmLead(models.Model):
    """A dealer lead that a BPO endorsed: where it came from, what the BPO was told."""

    _name = "crm.lead"
    _inherit = ["crm.lead", "remote.odoo.sender"]

    bpo_connection_id = fields.Many2one(
        "bpo.crm.connection",
        string="BPO CRM Connection",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=ADMIN,
    )
    bpo_endorsement_key = fields.Char(
        string="BPO Endorsement Key", readonly=True, copy=False
    )
    bpo_source_db = fields.Char(
        string="BPO Database", readonly=True, copy=False, help="Its identifier."
    )
    bpo_source_lead_id = fields.Integer(
        string="BPO Lead ID", readonly=True, copy=False, index="btree_not_null"
    )
    bpo_source_lead_name = fields.Char(
        string="BPO Lead", readonly=True, copy=False, index="trigram"
    )
    bpo_source_url = fields.Char(string="BPO Source URL", readonly=True, copy=False)
    bpo_lead_source = fields.Char(
        string="Lead Source", readonly=True, copy=False, help="How the BPO got it."
    )
    bpo_endorsed_by = fields.Char(
        string="Endorsed at the BPO By", readonly=True, copy=False
    )
    bpo_endorsed_at = fields.Datetime(
        string="Endorsed at the BPO On",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    bpo_with_quotation = fields.Boolean(
        string="Quotation Requested", readonly=True, copy=False
    )
    bpo_quotation_error = fields.Text(
        string="Quotation Problem", readonly=True, copy=False
    )
    bpo_state = fields.Selection(
        [
            ("received", "Received"),
            ("accepted", "Accepted"),
            ("declined", "Declined"),
            ("withdrawn", "Withdrawn by the BPO"),
            ("kept", "Withdrawn by the BPO, kept here"),
            ("closed", "Closed"),
        ],
        string="BPO Endorsement",
        readonly=True,
        copy=False,
        index="btree_not_null",
        tracking=True,
    )
    bpo_callback_state = fields.Selection(
        [
            ("pending", "On its way"),
            ("sent", "BPO knows"),
            ("failed", "Failed"),
            ("conflict", "BPO disagrees"),
        ],
        string="BPO Callback",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    bpo_callback_error = fields.Text(
        string="Callback Problem", readonly=True, copy=False
    )
    bpo_confirmed_outcome = fields.Char(
        string="BPO Was Told",
        readonly=True,
        copy=False,
        help="The last outcome that the BPO has confirmed.",
    )
    bpo_discrepancy_ids = fields.One2many(
        "bpo.crm.discrepancy", "lead_id", readonly=True
    )

    _bpo_endorsement_key_uniq = Constraint(
        "UNIQUE (bpo_endorsement_key)", "This endorsement has a lead already."
    )

    def _pipeline_protected_fields(self):
        return super()._pipeline_protected_fields() | {
            name for name in self._fields if name.startswith("bpo_")
        } - {"bpo_call_log_ids"}

    def _bpo_write(self, values):
        """Write what nobody may write from outside."""
        return self.sudo()._open_gate().write(values)

    def _bpo_find(self, key):
        """The lead of an endorsement, archived or not."""
        return self.with_context(active_test=False).search(
            [("bpo_endorsement_key", "=", key), ("pipeline", "=", "dealer")]
        )

    def write(self, vals):
        """An endorsed lead that gets its first owner is accepted."""
        unowned = self.browse()
        if vals.get("user_id"):
            unowned = self.filtered(
                lambda lead: lead.bpo_state == "received" and not lead.user_id
            )
        result = super().write(vals)
        for lead in unowned._close_gate():
            lead._bpo_accept()
        return result

    def _bpo_accept(self):
        self.ensure_one()
        self._bpo_write({"bpo_state": "accepted"})
        self._bpo_callback("accepted")

    def _check_merge(self):
        """The BPO waits for an answer about this lead, so it stays the one it is."""
        super()._check_merge()
        if leads := self.filtered(lambda lead: lead.bpo_state in (*LIVE, "kept")):
            raise UserError(
                self.env._(
                    "A BPO endorsed these leads and waits for the outcome of each, so "
                    "they cannot be merged: %s. Decline them, or archive the others.",
                    leads._names(),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_from_bpo(self):
        if leads := self.filtered("bpo_endorsement_key"):
            raise UserError(
                self.env._(
                    "A BPO endorsed these leads, so they cannot be deleted: %s. "
                    "Decline or archive them instead.",
                    leads._names(),
                )
            )

    # Decline and withdrawal: the lead leaves our board, nobody lost a sale

    @public(one=True, reason=text(LONGEST))
    def action_decline(self, reason=None):
        """Give the lead back to the BPO. Without a reason the wizard asks for one."""
        self._bpo_check_user()
        if self.bpo_state not in LIVE:
            raise UserError(
                self.env._("Only an open lead that the BPO endorsed can be declined.")
            )
        self._check_open()
        if self.sudo().dealer_order_ids.filtered(
            lambda order: order._is_dealer_confirmed()
        ):
            raise UserError(
                self.env._(
                    "%(lead)s has the confirmed order %(order)s. Cancel the order "
                    "first, or mark the lead as lost.",
                    lead=self.code,
                    order=self.sudo().sale_order_id.name,
                )
            )
        if not (reason or "").strip():
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Decline"),
                "res_model": "crm.lead.decline",
                "view_mode": "form",
                "target": "new",
                "context": {"default_lead_id": self.id},
            }
        reason = reason.strip()
        self._bpo_write({"bpo_state": "declined"})
        self._bpo_close(self.env._("Declined: %s", reason))
        self._bpo_callback("declined", notes=reason)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _bpo_check_user(self):
        """As for any work on a lead; but nobody needs to claim what he gives back."""
        if self.user_id:
            self._check_pipeline_user()
        else:
            self._check_pipeline_role()
            self.check_access("read")

    def _bpo_withdraw(self, reason):
        """The BPO took the lead back. Return whether we let it go: with an order a
        sale is under way, which a person has to end."""
        self.ensure_one()
        if self.bpo_state not in LIVE:
            return self.bpo_state != "kept"
        reason = reason or self.env._("no reason given")
        live = self.dealer_order_ids.filtered(lambda order: order.state != "cancel")
        if live or self.step == "won":
            self._bpo_write({"bpo_state": "kept"})
            self._message_log(
                body=self.env._(
                    "The BPO has withdrawn this lead (%(reason)s), but it has "
                    "%(order)s, so it is kept. The BPO was told. Speak with the BPO "
                    "about who goes on.",
                    reason=reason,
                    order=self.sale_order_id.name,
                )
            )
            return False
        self._bpo_write({"bpo_state": "withdrawn"})
        self._bpo_close(self.env._("Withdrawn by the BPO: %s", reason))
        return True

    def _bpo_close(self, notes):
        """Lost here without being a lost sale of ours: the callback says nothing."""
        reason = self.env["crm.lost.reason"].sudo()._from_code("other")
        self.sudo()._do_lost(reason, notes)
