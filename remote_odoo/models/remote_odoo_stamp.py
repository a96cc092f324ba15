import uuid

from odoo import fields, models

from .. import stamp
from ..errors import OtherDatabase
from ..public import public
from .remote_odoo import MANAGER

KEPT = 200  # stamps of attempts since the last one that surely arrived


class RemoteOdoo(models.Model):
    """Notices a copy of this database that uses the same connection: ``stamp.py``."""

    _inherit = "remote.odoo"

    stamps = fields.Json(groups=fields.NO_ACCESS, copy=False)
    foreign_stamp = fields.Char(
        readonly=True,
        copy=False,
        groups=MANAGER,
        help="Set while another database speaks for this one. Nothing is sent.",
    )

    def _new_stamp(self):
        """Store the stamp of the next attempt; the caller commits."""
        remote = self.sudo()
        remote.stamps = [*(remote.stamps or [])[-KEPT:], uuid.uuid4().hex]

    def _speak(self, client):
        """Call before anything is created at a plain Odoo, in a delivery.

        Raise ``OtherDatabase`` when a copy of this database was there since.
        """
        remote = self.sudo()
        known = remote.stamps
        if not known:  # not in the outbox
            return
        if not client.uid:
            client.authenticate()
        owners = (remote.peer_fields or {}).get(stamp.MODEL)
        owners = owners or stamp.owner_fields(client.call)
        title = f"Connection {self.id}, last used by"
        if stamp.leave(client.call, client.uid, owners, title, known[-1], known):
            client.stamp = known[-1]

    def _keep_stamp(self, client):
        """Forget the stamps that ours has replaced at the peer."""
        if used := getattr(client, "stamp", None):
            remote = self.sudo()
            remote.stamps = remote.stamps[remote.stamps.index(used) :]

    def _speaker_checks(self):
        """Return the failing check of a connection that another database uses."""

        def check(client):
            raise OtherDatabase(self.foreign_stamp)

        name = self.env._("No other database speaks for this one")
        return [(name, check)] if self.foreign_stamp else []

    @public(one=True)
    def action_take_over(self):
        """Say that this is the one database that uses the connection from now on."""
        (self._owner() or self).check_access("write")
        remote = self.sudo()
        if remote.foreign_stamp:
            remote.write(
                {
                    "stamps": [*(remote.stamps or []), remote.foreign_stamp],
                    "foreign_stamp": False,
                    "next_probe": fields.Datetime.now(),
                }
            )
            remote._message_log(
                body=self.env._(
                    "%s says that this database uses the connection from now on.",
                    self.env.user.name,
                )
            )
            self.env["remote.odoo.message"]._wake()
        return self._notification(
            "success", self.env._("Waiting messages are sent now."), self.name
        )
