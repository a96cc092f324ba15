from psycopg2.errors import LockNotAvailable

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..public import public
from .remote_odoo import LIVE, MANAGER
from .remote_odoo_message import UNSURE


class RemoteOdooMessage(models.Model):
    """What people and records do with a message that is not over: retry, cancel.

    Only this addon writes a message. A record uses the methods of
    ``remote.odoo.sender``.
    """

    _inherit = "remote.odoo.message"

    @public()
    def action_retry(self):
        """Send again what failed or waits; managers with write access to the record."""
        self._check_manager()
        return self.sudo()._retry()

    @public()
    def action_cancel(self):
        """Give up messages that are not being sent; managers only.

        The record is told by ``_remote_cancelled_<action>(message)``.
        """
        self._check_manager()
        messages = self.sudo().filtered(lambda m: m.state in ("pending", "failed"))
        messages._locked()
        messages._cancel(self.env._("Cancelled by %s.", self.env.user.name))
        for message in messages:
            record = message._record()
            if hook := getattr(record, f"_remote_cancelled_{message.action}", None):
                hook(message)
        return messages._toast_action(
            self.env._("%s message(s) cancelled.", len(messages))
        )

    def _check_manager(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only a manager may do this with messages."))
        self.check_access("read")
        for message in self.sudo():
            if record := message._record(self.env):
                record.check_access("write")

    def _may_have_arrived(self):
        """Return whether the other Odoo may have done what this message asks for."""
        self.ensure_one()
        return bool(
            self.replied
            or self.state in ("sending", "done")
            or self.failure in UNSURE
            or (self.failure == "local" and self.attempts)
        )

    def _cancel(self, reason):
        """End messages in any state but done; nothing of the customer stays in them.

        A worker that is sending one finds it cancelled and drops the reply, so callers
        that must not lose a reply leave ``sending`` messages alone.
        """
        for message in self.filtered(lambda message: message.state in LIVE):
            arrived = (
                self.env._("The other Odoo may have received it.")
                if message._may_have_arrived()
                else self.env._("It was not sent.")
            )
            message._close("cancelled", message.failure, f"{reason} {arrived}")

    def _retry(self):
        """Make failed and waiting rows due now; the same rows, never a second one."""
        messages = self.filtered(lambda m: m.state in ("pending", "failed"))
        if not messages:
            return self._toast_action(
                self.env._("Nothing waits here: what is done or cancelled stays so.")
            )
        now = fields.Datetime.now()
        for message in messages._locked():
            message.write(
                {
                    "state": "pending",
                    "next_attempt": max(now, message._earliest()),
                    "done_at": False,
                }
            )
        parked = messages.remote_id.filtered("next_probe")
        parked.write({"next_probe": now})
        self._wake()
        return self._toast_action(
            self.env._("%s message(s) will be sent again now.", len(messages))
        )

    def _locked(self):
        """Lock these rows for the rest of the transaction, or say that it is busy."""
        try:
            self.env.cr.execute(
                "SELECT id FROM remote_odoo_message WHERE id IN %s FOR UPDATE NOWAIT",
                [tuple(self.ids) or (0,)],
                log_exceptions=False,
            )
        except LockNotAvailable as error:
            raise UserError(
                self.env._("This message is being sent now. Try again in a moment.")
            ) from error
        return self

    def _toast_action(self, text):
        return self.env["remote.odoo"]._notification(
            "info", text, self.env._("Messages")
        )

    @public(one=True)
    def action_open_record(self):
        """Open the record of a message."""
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
