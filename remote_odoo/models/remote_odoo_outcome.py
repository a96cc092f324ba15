from datetime import timedelta

from psycopg2 import OperationalError

from odoo import fields, models

from ..errors import Denied, Rejected
from .remote_odoo_message import UNSURE
from .remote_odoo_outbox import _logger


class RemoteOdooMessage(models.Model):
    """What becomes of a delivery: each method is one transaction (``_step``)."""

    _inherit = "remote.odoo.message"

    def _store_reply(self, remote, reply, client, duration):
        self.env.cr.execute(
            """UPDATE remote_odoo_message SET reply = %s, replied = TRUE, duration = %s,
                      lease_until = %s WHERE id = %s""",
            [reply, duration, fields.Datetime.now() + self._lease(), self.id],
        )
        self.invalidate_recordset()
        remote._keep_stamp(client)
        remote._note_contact(client)

    def _apply_reply(self, record):
        """Apply the stored reply to the record, whole or not at all."""
        with self.env.cr.savepoint():
            if done := getattr(record, f"_remote_done_{self.action}", None):
                done(self.reply)
        self._close("done")
        _logger.info(
            "message %s (%s) -> connection %s: done in %d ms, attempt %s",
            self.id, self.action, self.remote_id.id, self.duration * 1000,
            self.attempts,
        )  # fmt: skip
        name = record.display_name
        self._toast("success", self.env._("%s was sent.", name), name)

    def _settle_error(self, record, error):
        """File a failure of the wire or of the peer."""
        permanent = isinstance(error, Rejected) or (
            isinstance(error, Denied) and error.what == "model"
        )
        _logger.info(
            "message %s (%s) -> connection %s: %s, attempt %s",
            self.id, self.action, self.remote_id.id, error.failure, self.attempts,
        )  # fmt: skip
        if permanent:
            self._close("failed", error.failure, str(error))
            self._call_failed(record, error)
            return
        known, pause = self.failure, timedelta()
        self.remote_id._note_contact(error=error)
        if not error.parks:  # nobody probes: let others go first
            pause = timedelta(seconds=self.remote_id._backoff()[0])
        failure = "unknown" if getattr(error, "sent", False) else error.failure
        unknown = failure in UNSURE
        for doubt in UNSURE:  # this attempt or an earlier one may still run over there
            if doubt in (known, failure):
                failure = doubt
                break
        self.write(
            {
                "state": "pending",
                "failure": failure,
                "last_error": str(error),
                "lease_until": False,
                "attempts": self.attempts - (not unknown),
            }
        )
        self.next_attempt = max(self._earliest(), fields.Datetime.now() + pause)
        if not known:
            self._chatter(
                record,
                self.env._(
                    "Not sent to %(name)s yet: %(error)s It stays in the outbox and is "
                    "sent as soon as possible.",
                    name=self.remote_id.name,
                    error=str(error),
                ),
            )
            self._toast("warning", self.env._("Waiting to be sent: %s", error))

    def _close_local(self, record, problem):
        """Stop for a reason of this database; a reply that came is kept for Retry."""
        gone = record is None and self.res_model in self.env
        if gone and not self.replied and self.failure not in UNSURE:
            self._close("cancelled", False, problem)
            return
        self._close("failed", "local", problem)
        if record is not None:
            self._call_failed(record, Rejected(problem))

    def _close(self, state, failure=False, error=False):
        values = {
            "state": state,
            "failure": failure,
            "last_error": error,
            "lease_until": False,
            "done_at": fields.Datetime.now(),
        }
        if state != "failed":  # customer data stays no longer than needed
            values |= {"payload": False, "reply": False}
        self.write(values)

    def _call_failed(self, record, error):
        """Tell the record and the user that this will not be sent again by itself."""
        hook = getattr(record, f"_remote_failed_{self.action}", None)
        try:
            with self.env.cr.savepoint():
                if hook:
                    hook(error)
                else:
                    name, text = self.remote_id.name, str(error)
                    self._chatter(
                        record,
                        self.env._(
                            "Not sent to %(name)s: %(text)s", name=name, text=text
                        ),
                    )
        except OperationalError:
            raise
        except Exception as caught:  # noqa: BLE001 - the message is closed all the same
            self._explain_local(caught)
        self._toast("danger", str(error))

    def _chatter(self, record, text):
        # A log: 18.0 posts nothing in the name of a user without an e-mail address.
        if hasattr(record, "_message_log"):
            record._message_log(body=text)

    def _toast(self, kind, text, title=None):
        user, toast = self.requester_id, {"type": kind, "message": text}
        if user and not user.share:
            title = title or self.record_name
            toast |= {"title": title, "sticky": kind == "danger"}
            user._bus_send("simple_notification", toast)
