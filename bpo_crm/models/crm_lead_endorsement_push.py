from odoo import models

from odoo.addons.remote_odoo.errors import BadReply, Busy, Rejected
from odoo.addons.remote_odoo.payload import PayloadError
from odoo.addons.vehicle_crm.exchange.receipt import read_intake_reply

from .crm_lead_endorsement import ENDED_STATES


class CrmLead(models.Model):
    """Where the dealership has a connection, the outbox offers the endorsement at once.

    The dealer's own pull may come first or second: the key makes both one lead.
    """

    _inherit = "crm.lead"

    def _push_endorsement(self):
        """Send, or send the same message again."""
        self.ensure_one()
        if remote := self.endorsement_dealership_id.sudo().remote_id:
            key = self.endorsement_key
            payload = {"endorsement_key": key}
            self._remote_resend("push_endorsement", remote, payload, key)

    def _cancel_push(self):
        """Nothing is left to offer. An offer that is being sent at this moment finds
        out by itself, or the dealer hears of it by its next pull."""
        for lead in self.filtered("endorsement_key"):
            reason = self.env._("The endorsement has ended.")
            lead._remote_cancel("push_endorsement", lead.endorsement_key, reason)

    def _remote_cancelled_push_endorsement(self, message):
        """A manager cancelled it in the outbox. The dealer may still pull the lead."""
        if (
            message != self._remote_find("push_endorsement", self.endorsement_key)
            or self.endorsement_state != "waiting"
        ):
            return
        text = self.env._(
            "The push to %(dealer)s was cancelled by %(user)s. The lead stays "
            "endorsed: the dealer can still fetch it. Withdraw the endorsement to "
            "work it here.",
            dealer=self.endorsement_dealership_id.complete_name,
            user=self.env.user.name,
        )
        self._endorsement_write({"endorsement_error": text})
        self.sudo()._message_log(body=text)

    def _remote_deliver_push_endorsement(self, client, payload):
        """Offer the lead as it is now; nothing when it was pulled or withdrawn since.

        The message holds the key only, so no customer data waits in the outbox.
        """
        key = payload["endorsement_key"]
        if self.endorsement_key != key or self.endorsement_state != "waiting":
            return {"endorsement_key": key, "status": "superseded"}
        try:
            payload = self._endorsement_payload()
        except PayloadError as error:
            raise Rejected(
                self.env._("The lead cannot be sent as it is: %s", error)
            ) from error
        reply = client.call("crm.lead", "receive_endorsed_lead", payload)
        try:
            reply = read_intake_reply(reply)
        except PayloadError as error:
            raise BadReply(f"The dealer's Odoo answered wrongly: {error}") from error
        if reply["status"] == "busy":
            raise Busy("The dealer's Odoo is busy with this lead.")
        return {"endorsement_key": key, **reply}

    def _remote_done_push_endorsement(self, reply):
        if reply["status"] == "superseded":
            return
        if (
            self.endorsement_key != reply["endorsement_key"]
            or self.endorsement_state in ENDED_STATES
        ):
            return  # withdrawn on the way; the dealer hears of it by its next pull
        self._endorsement_received(read_intake_reply(reply))

    def _remote_failed_push_endorsement(self, error):
        """Refused is the dealer's word on this lead; anything else is our connection,
        and the dealer may still pull the lead."""
        if self.endorsement_state != "waiting":
            return
        if isinstance(error, Rejected):
            self._endorsement_refused(str(error))
        else:
            self._endorsement_write({"endorsement_error": str(error)})
