from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.remote_odoo.public import public
from odoo.addons.vehicle_crm.models.gate import GATE, is_open

from ..exchange import order

# What the order at the dealer is made of: fixed while it may be on its way.
LOCKED_WHILE_PENDING = {
    "brand_id",
    "dealership_id",
    "vehicle_model_id",
    "quantity",
    "partner_id",
    "partner_name",
    "contact_name",
    "email_from",
    "phone",
    "mobile",
    "street",
    "city",
    "zip",
    "state_id",
    "country_id",
    "stage_id",
    "pipeline",
}
# An order may exist there although the hand-off failed.
LOCKED_WHEN_FAILED = {"dealership_id", "brand_id", "pipeline"}


class CrmLead(models.Model):
    """Mark Won, mode `order`: the sales order is created in the dealer's plain Odoo
    by the outbox; the lead is Won when that Odoo has said so, not before."""

    _name = "crm.lead"
    _inherit = ["crm.lead", "remote.odoo.sender"]

    handoff_mode = fields.Selection(
        related="dealership_id.handoff_mode", string="Hand-off Mode"
    )
    handoff_state = fields.Selection(
        [
            ("none", "None"),
            ("pending", "Hand-off pending"),
            ("failed", "Hand-off failed"),
            ("done", "Handed off"),
        ],
        string="Hand-off",
        default="none",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    handoff_error = fields.Char(readonly=True, copy=False)
    handoff_key = fields.Char(readonly=True, copy=False)

    def _check_won(self):
        super()._check_won()
        for lead in self.filtered(lambda lead: lead.pipeline == "bpo"):
            if lead.env.context.get("bpo_crm_confirmed") is not GATE:
                lead._check_handoff()

    def _check_handoff(self):
        """Raise what is missing before the order can be created at the dealer."""
        self.ensure_one()
        dealership = self.dealership_id
        if self.handoff_state == "pending":
            message = self.env._(
                "The hand-off of %s is already on its way. Nothing is sent twice.",
                self.code,
            )
        elif not dealership:
            message = self.env._(
                "Dealership not configured: choose the dealership that gets this "
                "lead first."
            )
        elif not dealership.active:
            message = dealership._archived_sentence()
        elif self.brand_id and not self.brand_id.active:
            message = self.brand_id._archived_sentence()
        elif dealership.handoff_mode == "endorse":
            message = self.env._(
                "%s works its leads itself: use Endorse. This lead is Won when the "
                "dealer reports it.",
                dealership.complete_name,
            )
        elif not dealership.odoo_configured:
            message = self.env._(
                "Dealership not configured: %s has no Odoo connection. A BPO Manager "
                "can fill its Odoo Connection tab.",
                dealership.complete_name,
            )
        elif not self.vehicle_model_id:
            message = self.env._(
                "Select a vehicle model first: the dealer's order is made for it."
            )
        elif self.quantity < 1:
            message = self.env._("Enter a quantity of at least 1 first.")
        elif not self._get_customer_values()["name"]:
            message = self.env._("Enter the customer's name first.")
        elif not order.has_identity(
            self._get_customer_values(),
            self._get_region(),
            self.env["crm.placeholder"]._numbers(),
        ):
            message = self.env._(
                "Enter the customer's mobile number or e-mail first: the dealer's "
                "Odoo finds the customer by it."
            )
        else:
            return
        raise UserError(message)

    def write(self, vals):
        self._check_handoff_locks(vals)
        return super().write(vals)

    def _check_handoff_locks(self, vals):
        if is_open(self.env):
            return
        for lead in self:
            locked = {
                "pending": LOCKED_WHILE_PENDING,
                "failed": LOCKED_WHEN_FAILED,
            }.get(lead.handoff_state, ())
            changed = [
                lead._fields[name].string
                for name in locked
                if name in vals and lead._changed({name}, vals)
            ]
            if changed:
                raise UserError(
                    self.env._(
                        "%(lead)s is being handed to %(dealership)s, so these fields "
                        "are locked: %(fields)s. Cancel the hand-off first, or ask a "
                        "BPO Manager to release the lead.",
                        lead=lead.code,
                        dealership=lead.dealership_id.complete_name,
                        fields=", ".join(sorted(changed)),
                    )
                )

    def _do_lost(self, reason, notes=None):
        pending = self.filtered(lambda lead: lead.handoff_state == "pending")
        if pending:
            raise UserError(
                self.env._(
                    "The hand-off of %s is on its way. Cancel it first, or wait for "
                    "the dealer's answer.",
                    ", ".join(pending.mapped("code")),
                )
            )
        # A failed message could be sent again from the outbox.
        for lead in self.filtered(lambda lead: lead.handoff_state == "failed"):
            lead._drop_handoff()
        return super()._do_lost(reason, notes)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_handed_off(self):
        if kept := self.filtered(lambda lead: lead.handoff_state != "none"):
            raise UserError(
                self.env._(
                    "These leads were handed to a dealer, so they cannot be deleted: "
                    "%s. Archive them instead.",
                    ", ".join(kept.mapped("code")),
                )
            )

    def _do_won(self):
        handed = self.filtered(
            lambda lead: (
                lead.pipeline == "bpo"
                and lead.env.context.get("bpo_crm_confirmed") is not GATE
            )
        )
        for lead in handed:
            lead._start_handoff()
        action = super(CrmLead, self - handed)._do_won()
        return handed._handoff_notification() if handed else action

    def _confirmed_won(self):
        """Won because the dealer's side says so, or a manager: no hand-off."""
        return self.with_context(bpo_crm_confirmed=GATE)._do_won()

    def _write_handoff(self, **values):
        self._open_gate().write(values)

    def _handoff_notification(self):
        return self.env["remote.odoo"]._notification(
            "info",
            self.env._(
                "%(lead)s is on its way to %(dealership)s. It turns Won as soon "
                "as the order exists there.",
                lead=", ".join(self.mapped("code")),
                dealership=", ".join(self.dealership_id.mapped("complete_name")),
            ),
        )

    def _start_handoff(self):
        self.ensure_one()
        if self.handoff_state == "failed":
            self._resend_handoff()
            return
        self._write_handoff(
            handoff_state="pending",
            handoff_key=str(uuid4()),
            handoff_error=False,
            handoff_orders=False,
        )
        if self.step != "negotiation":
            self._set_step("negotiation")
        self._send_handoff()

    def _get_handoff_message(self):
        return self._remote_find("dealer_order", self.handoff_key)

    def _resend_handoff(self, **choice):
        """Send with the same key: an order that exists is found by it.

        :param choice: what a person decided, for the payload: ``use_order`` an id at
            the dealer, or ``accepted`` ids beside which a new one may be created
        """
        self._write_handoff(
            handoff_state="pending", handoff_error=False, handoff_orders=False
        )
        self._send_handoff(**choice)

    def _send_handoff(self, **choice):
        self._remote_resend(
            "dealer_order",
            self.dealership_id.sudo().remote_id,
            {**self._get_order_payload(), **choice},
            self.handoff_key,
        )

    @public()
    def action_retry_handoff(self):
        """Send again what failed, or at once what waits for its next attempt."""
        self._check_pipeline_user()
        for lead in self:
            if lead.handoff_state == "pending":
                lead._send_handoff()
            elif lead.handoff_state == "failed":
                lead._check_won()
                lead._resend_handoff()
            else:
                raise UserError(
                    self.env._("%s has no hand-off to send again.", lead.code)
                )
        return self._handoff_notification()

    @public()
    def action_cancel_handoff(self):
        """Take the hand-off back while nothing of it has been sent."""
        self._check_pipeline_user()
        for lead in self.filtered(lambda lead: lead.handoff_state == "pending"):
            message = lead._get_handoff_message()
            # An attempt is counted unless it surely did nothing there.
            if message.attempts or message.replied or message.state == "sending":
                raise UserError(
                    self.env._(
                        "The hand-off of %s has been sent, so the order may exist at "
                        "the dealer. Wait for the answer, or ask a BPO Manager to "
                        "release the lead.",
                        lead.code,
                    )
                )
            lead._drop_handoff()
            lead._message_log(body=self.env._("Hand-off cancelled before it was sent."))
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _drop_handoff(self):
        """Cancel the message, whoever asks; the caller has checked that this is safe
        or that a manager takes it on himself."""
        if not self._remote_cancel("dealer_order", self.handoff_key):
            raise UserError(
                self.env._(
                    "The hand-off of %s is being sent at this moment. Try again in a "
                    "minute.",
                    self.code,
                )
            )
        self._release_handoff()

    def _release_handoff(self):
        self._write_handoff(
            handoff_state="none",
            handoff_key=False,
            handoff_error=False,
            handoff_orders=False,
        )

    def _remote_cancelled_dealer_order(self, message):
        """A manager cancelled it in the outbox: the lead is free again."""
        if message != self._get_handoff_message():
            return  # of an earlier hand-off
        reference = order.order_reference(self.code, self.handoff_key)
        self._release_handoff()
        dealer = self.dealership_id.complete_name
        if message._may_have_arrived():
            fact = self.env._(
                "Hand-off to %(dealership)s cancelled by %(user)s after it was sent. "
                "If an order %(reference)s exists there, have it cancelled.",
                dealership=dealer,
                user=self.env.user.name,
                reference=reference,
            )
        else:
            fact = self.env._(
                "Hand-off to %(dealership)s cancelled by %(user)s before it was sent. "
                "The lead is in Negotiation and can be changed again.",
                dealership=dealer,
                user=self.env.user.name,
            )
        self._message_log(body=fact)

    def _override_won(self, reason):
        """Won although no dealer has confirmed it. Extended where leads wait
        elsewhere."""
        self.ensure_one()
        if self.handoff_state in ("pending", "failed"):
            self._drop_handoff()
        self._confirmed_won()
        self._post_override(self.env._("Marked Won without the dealer."), reason)

    def _override_release(self, reason):
        """Stop the hand-off and unlock the lead."""
        self.ensure_one()
        if self.handoff_state not in ("pending", "failed"):
            raise UserError(
                self.env._("%s has no hand-off that could be released.", self.code)
            )
        reference = order.order_reference(self.code, self.handoff_key)
        self._drop_handoff()
        self._post_override(
            self.env._(
                "Hand-off to %(dealership)s released. If an order %(reference)s "
                "exists there, cancel it.",
                dealership=self.dealership_id.complete_name,
                reference=reference,
            ),
            reason,
        )

    def _post_override(self, fact, reason):
        self._message_log(
            body=self.env._(
                "%(fact)s Reason given by %(user)s: %(reason)s",
                fact=fact,
                user=self.env.user.name,
                reason=reason,
            )
        )
