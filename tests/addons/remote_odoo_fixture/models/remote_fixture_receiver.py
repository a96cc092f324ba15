from odoo import api, fields, models

from odoo.addons.remote_odoo.compat import Constraint


class RemoteFixtureReceiver(models.Model):
    """The other side: what was received, and how often it was asked."""

    _name = "remote.fixture.receiver"
    _description = "Fixture Receiver"

    key = fields.Char(required=True)
    name = fields.Char()
    effects = fields.Integer(default=1)

    _key_uniq = Constraint("UNIQUE (key)", "Received already.")

    @api.model
    def receive(self, payload=None):
        """Receiving twice equals receiving once."""
        self.check_access("create")
        self.env.cr.execute(
            """INSERT INTO remote_fixture_receiver (key, name, effects)
               VALUES (%s, %s, 1) ON CONFLICT (key) DO NOTHING""",
            [payload["key"], payload["name"]],
        )
        return {"number": f"R/{payload['key']}"}
