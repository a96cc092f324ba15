import time

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.remote_odoo.errors import Busy


class RemoteFixtureNote(models.Model):
    """Sends itself to the receiver of another database."""

    _name = "remote.fixture.note"
    _description = "Fixture Note"
    _inherit = ["mail.thread", "remote.odoo.sender"]

    _remote_wait_slow = 600

    name = fields.Char(required=True)
    user_id = fields.Many2one("res.users")
    peer_id = fields.Many2one("remote.fixture.peer")
    received = fields.Char(readonly=True)
    refused = fields.Char(readonly=True)
    cancelled = fields.Char(readonly=True)
    fragile = fields.Boolean()
    pause = fields.Integer()
    applied = fields.Integer(readonly=True)

    def action_send(self, key, action="note"):
        self.check_access("write")
        for note in self:
            payload = {"key": key, "name": note.name}
            remote = note.peer_id.sudo().remote_id
            note._remote_send(action, remote, payload, key)
        return True

    def _remote_deliver_note(self, client, payload):
        reply = client.call("remote.fixture.receiver", "receive", payload=payload)
        if reply.get("busy"):
            raise Busy("The receiver is busy with this note.")
        return reply

    def _remote_done_note(self, reply):
        time.sleep(self.pause)
        if self.fragile:
            self.received = "half"
            self.flush_recordset()
            raise UserError(self.env._("The note cannot take the reply."))
        self.received = reply["number"]
        self.applied += 1

    def _remote_failed_note(self, error):
        self.refused = str(error)

    def _remote_cancelled_note(self, message):
        sent = "sent" if message._may_have_arrived() else "not sent"
        self.cancelled = f"{message.key} {sent} by {self.env.user.login}"

    def _remote_deliver_slow(self, client, payload):
        return self._remote_deliver_note(client, payload)

    def _remote_deliver_broken(self, client, payload):
        return {"number": payload["nothing"]}

    def _remote_deliver_clash(self, client, payload):
        return self._remote_deliver_note(client, payload)

    def _remote_done_clash(self, reply):
        """Break a rule that only the database knows."""
        self.env.cr.execute("CREATE TEMP TABLE clash (name text CHECK (name = ''))")
        self.env.cr.execute("INSERT INTO clash VALUES (%s)", [self.name])

    def _remote_failed_clash(self, error):
        self._remote_failed_note(error)
