from odoo import fields, models

from ..public import public


class RemoteOdooSender(models.AbstractModel):
    """A business record that sends messages to another Odoo.

    For each action it implements:

    - ``_remote_deliver_<action>(client, payload)`` → dict. Network only, no writes. May
      be called again with the same payload, so it must ask before it creates.
    - ``_remote_done_<action>(reply)``: applied once, after the reply is stored.
    - ``_remote_failed_<action>(error)``, optional: it will not be sent again by itself.
      Posts the reason; without this method the outbox posts it.
    - ``_remote_wait_<action>``, optional, seconds: how long a call whose outcome is
      unknown may still be running over there; not asked again sooner.

    They run as the user who asked, with sudo.
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
