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

    def _endorsement_message_key(self):
        return f"push_endorsement:{self.endorsement_key}"

    def _push_endorsement(self):
        """Send, or send the same message again."""
        self.ensure_one()
        message = (
            self.env["remote.odoo.message"]
            .sudo()
            .search([("key", "=", self._endorsement_message_key())])
        )
        remote = self.endorsement_dealership_id.sudo().remote_id
        if message:
            message._retry()
        elif remote:
            self._remote_send(
                "push_endorsement",
                remote,
                {"endorsement_key": self.endorsement_key},
                self._endorsement_message_key(),
            )

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
