import uuid

from odoo import fields, models

from ..compat import AND, OR, try_lock
from ..payload import clean
from ..public import public
from .remote_odoo import LIVE


class RemoteOdooSender(models.AbstractModel):
    """A business record that sends messages to another Odoo.

    For each action it implements:

    - ``_remote_deliver_<action>(client, payload)`` → dict. Network only, no writes. May
      be called again with the same payload, so it must ask before it creates.
    - ``_remote_done_<action>(reply)``: applied once, after the reply is stored.
    - ``_remote_failed_<action>(error)``, optional: it will not be sent again by itself.
      Posts the reason; without this method the outbox posts it.
    - ``_remote_cancelled_<action>(message)``, optional: somebody cancelled it in the
      outbox. ``message._may_have_arrived()`` says whether it was sent before.
    - ``_remote_creates_<action> = True``, optional: it creates records at a plain Odoo,
      which knows no key of ours. It calls ``remote._speak(client)`` before.
    - ``_remote_wait_<action>``, optional, seconds: how long a call whose outcome is
      unknown may still be running over there; not asked again sooner.

    Delivery and its hooks run as the user who asked, with sudo; the hook of a cancelled
    message as the user who cancels.

    The outbox owns its messages: records find, send again and cancel theirs by the
    methods below and write none themselves. The ``key`` names the business event.
    """

    _name = "remote.odoo.sender"
    _description = "Sender of Remote Messages"

    remote_message_ids = fields.One2many(
        "remote.odoo.message",
        "res_id",
        "Remote Messages",
        domain=lambda self: [("res_model", "=", self._name)],
        readonly=True,
    )
    remote_message_count = fields.Integer(compute="_compute_remote_message_count")

    def _compute_remote_message_count(self):
        messages = self.env["remote.odoo.message"].sudo()
        domain = [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        counts = dict(messages._read_group(domain, ["res_id"], ["__count"]))
        for record in self:
            record.remote_message_count = counts.get(record.id, 0)

    def _remote_send(self, action, remote, payload, key):
        """Put a message in the outbox, in this transaction; return it (sudo).

        ``payload`` is JSON. A ``key`` that was used returns the message it made.
        """
        self.ensure_one()
        messages = self.env["remote.odoo.message"].sudo()
        return messages._enqueue(self, action, remote, payload, key)

    def _remote_find(self, action, key):
        """Return the last message of an event (sudo), or an empty recordset."""
        self.ensure_one()
        messages = self.env["remote.odoo.message"].sudo()
        key = messages._full_key(action, key)
        mine = [("res_model", "=", self._name), ("res_id", "=", self.id)]
        again = [("key", "=like", f"{key}:%")]  # see _remote_resend
        same = OR([[("key", "=", key)], again])
        return messages.search(AND([mine, same]), order="id desc", limit=1)

    def _remote_messages(self, action, *states):
        """Return the messages of an action that are in one of these states (sudo)."""
        return self.sudo().remote_message_ids.filtered(
            lambda message: message.action == action and message.state in states
        )

    def _remote_resend(self, action, remote, payload, key):
        """Send an event again; return its message (sudo).

        The same row with the new ``payload``, unless the reply to it is stored and only
        to be applied. One that is being sent goes on. After one that is done or
        cancelled a new row is made, so that asking again really sends.
        """
        message = self._remote_find(action, key)
        if message.state in ("pending", "failed"):
            message._locked()
            if not message.replied:
                message.write({"payload": clean(payload), "remote_id": remote.id})
            message._retry()
            return message
        if message.state == "sending":
            return message
        if message:
            key = f"{key}:{uuid.uuid4().hex[:8]}"
        return self._remote_send(action, remote, payload, key)

    def _remote_cancel(self, action, key, reason=None):
        """Cancel the message of an event; return whether nothing of it goes out now.

        False: it is being sent at this moment, and nothing was changed. A message that
        is done stays as it is.
        """
        message = self._remote_find(action, key)
        if message.state not in LIVE:
            return True
        if message.state == "sending" or not try_lock(message):
            return False
        reason = reason or self.env._("Cancelled by %s.", self.env.user.name)
        message._cancel(reason)
        return True

    @public(one=True)
    def action_view_remote_messages(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Remote Messages"),
            "res_model": "remote.odoo.message",
            "view_mode": "list,form",
            "domain": [("res_model", "=", self._name), ("res_id", "in", self.ids)],
        }

    @public()
    def action_retry_remote_messages(self):
        """Send again now what failed or waits; needs write access to the record."""
        self.check_access("write")
        return self.sudo().remote_message_ids._retry()
