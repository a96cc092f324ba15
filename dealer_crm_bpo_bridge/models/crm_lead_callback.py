import logging

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.remote_odoo.errors import BadReply, Busy
from odoo.addons.remote_odoo.payload import PayloadError, check_payload
from odoo.addons.remote_odoo.public import public
from odoo.addons.vehicle_crm.exchange.callback import ANSWER
from odoo.addons.vehicle_crm.exchange.receipt import ACKNOWLEDGED

from ..exchange.endorsement import callback_payload

_logger = logging.getLogger(__name__)


class CrmLead(models.Model):
    """What the BPO is told. Our own step never waits for it: the outbox sends it, as
    long as it takes, and a person can send it again."""

    _inherit = "crm.lead"

    def _do_won(self):
        result = super()._do_won()
        for lead in self.filtered("bpo_endorsement_key"):
            if lead.bpo_state in ("received", "accepted"):
                lead._bpo_write({"bpo_state": "closed"})
            lead._bpo_callback("won")
        return result

    def _do_lost(self, reason, notes=None):
        result = super()._do_lost(reason, notes)
        for lead in self.filtered("bpo_endorsement_key"):
            # declined and withdrawn leads end here too, with an answer of their own
            if lead.bpo_state in ("received", "accepted"):
                lead._bpo_write({"bpo_state": "closed"})
                lead._bpo_callback("lost")
            elif lead.bpo_state == "kept":
                lead._bpo_write({"bpo_state": "withdrawn"})  # the BPO has it already
        return result

    # Send

    def _bpo_connection(self):
        """The connection of this lead, also after it was set up anew."""
        connections = self.env["bpo.crm.connection"].sudo()
        connection = self.sudo().bpo_connection_id
        if not connection:
            connection = connections.search([], limit=2)
            connection = connection if len(connection) == 1 else connections
        return connection

    def _bpo_callback(self, outcome, notes=False, correction=False):
        """Tell the BPO; a missing connection is a line in the chatter, no error.

        ``correction``: a person sends it, and what is true here replaces what the BPO
        was told before.
        """
        self.ensure_one()
        lead = self.sudo()
        connection = self._bpo_connection()
        if not connection._is_set_up():
            problem = self.env._(
                "The BPO was not told (%s): no BPO CRM Connection is set up. A Dealer "
                "Admin does that in Configuration; then use Resend to BPO.",
                outcome,
            )
            lead._bpo_write(
                {"bpo_callback_state": "failed", "bpo_callback_error": problem}
            )
            lead._message_log(body=problem)
            return
        reason = lead.lost_reason_id.code if outcome == "lost" else False
        if outcome == "lost":
            reason = reason or lead.lost_reason_id.name
            notes = lead.lost_notes
        payload = callback_payload(lead, outcome, reason, notes, correction)
        lead._bpo_write({"bpo_callback_state": "pending", "bpo_callback_error": False})
        lead._bpo_send("bpo_callback", connection.remote_id, payload, outcome)

    def _bpo_send(self, action, remote, payload, event):
        """Send, or send the same row again; after it was done, a new one."""
        self.ensure_one()
        key = f"{self.bpo_endorsement_key}:{event}"
        self._remote_resend(action, remote, payload, key)

    @public()
    def action_resend_to_bpo(self):
        """Tell the BPO once more what became of these leads."""
        leads = self.filtered("bpo_endorsement_key")
        if not leads:
            raise UserError(
                self.env._(
                    "None of these leads was endorsed by a BPO: nothing to send."
                )
            )
        for lead in leads:
            lead._bpo_check_user()
            lead._bpo_tell()
        return self._notify_user(
            self.env._(
                "%s leads are sent to the BPO; the answer appears in their chatter.",
                len(leads),
            )
        )

    def _bpo_tell(self):
        """Tell the BPO what it should know now: the outcome, else that we have it."""
        self.ensure_one()
        connection = self._bpo_connection()
        if outcome := self._bpo_outcome():
            self._bpo_callback(outcome, notes=self.lost_notes, correction=True)
        elif self.bpo_state == "received" and connection._is_set_up():
            receipt = self.sudo()._bpo_receipt()
            self.sudo()._bpo_send("bpo_receipt", connection.remote_id, receipt, "again")

    def _bpo_outcome(self):
        """What the BPO should know now, or False."""
        self.ensure_one()
        if self.step == "won":
            return "won"
        if self.bpo_state == "declined":
            return "declined"
        if self.step == "lost" and self.bpo_state == "closed":
            return "lost"
        return "accepted" if self.bpo_state == "accepted" else False

    # Outbox

    def _remote_deliver_bpo_callback(self, client, payload):
        reply = client.call("crm.lead", "update_from_dealer_callback", payload)
        answer = self._bpo_answer(reply, ANSWER)
        if answer["status"] == "busy":
            raise Busy("The BPO is busy with this lead.")
        return {
            **answer,
            "outcome": payload["outcome"],
            "endorsement_key": payload["endorsement_key"],
        }

    def _remote_deliver_bpo_receipt(self, client, payload):
        reply = client.call("crm.lead", "acknowledge_endorsements", receipts=[payload])
        return self._bpo_answer(reply, ACKNOWLEDGED)

    def _bpo_answer(self, reply, schema):
        try:
            return check_payload(reply, schema, "reply")
        except PayloadError as error:
            raise BadReply(f"The BPO answered something unexpected. {error}") from error

    def _remote_done_bpo_callback(self, reply):
        if reply["endorsement_key"] != self.bpo_endorsement_key:
            return  # endorsed anew since: the answer is about the past
        outcome = reply["outcome"]
        source = reply["lead"] or self.bpo_source_lead_name
        if reply["status"] == "conflict":
            problem = self.env._(
                "The BPO did not take over “%(outcome)s”: its lead %(lead)s no longer "
                "belongs to this endorsement, or has ended otherwise (%(step)s). "
                "Nothing changed there.",
                outcome=outcome,
                lead=source,
                step=reply["step"] or self.env._("unknown"),
            )
            _logger.warning("lead %s: callback %s in conflict", self.id, outcome)
            self._bpo_write(
                {"bpo_callback_state": "conflict", "bpo_callback_error": problem}
            )
            self._message_log(body=problem)
            return
        told_before = self.bpo_confirmed_outcome == outcome
        later = self._remote_messages("bpo_callback", "pending")
        self._bpo_write(
            {
                "bpo_callback_state": "pending" if later else "sent",
                "bpo_callback_error": False,
                "bpo_confirmed_outcome": outcome,
            }
        )
        if not told_before:
            self._message_log(
                body=self.env._(
                    "BPO CRM source lead %(lead)s updated to %(outcome)s",
                    lead=source,
                    outcome=outcome,
                )
            )

    def _remote_cancelled_bpo_callback(self, message):
        """A manager cancelled it in the outbox: the BPO may not know the outcome."""
        if self._remote_messages("bpo_callback", "pending", "sending", "failed"):
            return  # a later one tells it
        problem = self.env._(
            "The message to the BPO was cancelled by %s. Nothing changed here. Use "
            "Resend to BPO if the BPO must know.",
            self.env.user.name,
        )
        self._bpo_write({"bpo_callback_state": "failed", "bpo_callback_error": problem})
        self._message_log(body=problem)

    def _remote_failed_bpo_callback(self, error):
        problem = self.env._(
            "The BPO could not be told: %s Nothing changed here. Mend the cause, then "
            "use Resend to BPO.",
            error,
        )
        _logger.warning("lead %s: callback failed: %s", self.id, error)
        self._bpo_write({"bpo_callback_state": "failed", "bpo_callback_error": problem})
        self._message_log(body=problem)
