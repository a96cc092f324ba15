from odoo import fields, models

MANAGER = "remote_odoo_fixture.group_manager"


def wired(field, **kwargs):
    return field(
        compute="_compute_remote_fields",
        inverse="_inverse_remote_fields",
        groups=MANAGER,
        **kwargs,
    )


class RemoteFixturePeer(models.Model):
    _name = "remote.fixture.peer"
    _description = "Fixture Peer"
    _inherit = ["mail.thread", "remote.odoo.owner"]

    _remote_manager_group = MANAGER
    _remote_fields = {
        "peer_url": "url",
        "peer_db": "database",
        "peer_username": "username",
        "peer_password": "password",
        "peer_verify_ssl": "verify_ssl",
    }

    name = fields.Char(required=True)
    peer_url = wired(fields.Char)
    peer_db = wired(fields.Char)
    peer_username = wired(fields.Char)
    peer_password = wired(fields.Char)
    peer_verify_ssl = wired(fields.Boolean)
    peer_connected = fields.Boolean(related="remote_id.connected", store=True)
    peer_state = fields.Selection(related="remote_id.state", store=True)
    learned = fields.Char()

    def _remote_checks(self):
        return [
            ("Notes can be read", self._check_notes),
            ("Notes know their states", self._check_states),
        ]

    def _check_notes(self, client):
        return f"{client.call('remote.note', 'search_count', [])} notes"

    def _check_states(self, client):
        client.call("remote.note", "fields_get", ["state"])

    def _remote_tested(self, client):
        if self.name == "Broken":
            raise RuntimeError("Juan dela Cruz")
        self.learned = client.version()["server_version"]
