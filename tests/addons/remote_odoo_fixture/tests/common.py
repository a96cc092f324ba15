from odoo.tests import new_test_user

from odoo.addons.remote_odoo.tests.common import Fault, RemoteCase


class FixtureCase(RemoteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(
            cls.env, "fixture-user", groups="remote_odoo_fixture.group_user"
        )
        cls.manager = new_test_user(
            cls.env, "fixture-manager", groups="remote_odoo_fixture.group_manager"
        )

    def setUp(self):
        super().setUp()
        self.peer = (
            self.env["remote.fixture.peer"]
            .with_user(self.manager)
            .create(
                {
                    "name": "Peer",
                    "peer_url": self.fake.url,
                    "peer_db": "fake",
                    "peer_username": "service",
                    "peer_password": "secret",
                }
            )
        )
        self.remote = self.peer.remote_id.sudo()
        self.effects = {}
        self.fake.on("remote.fixture.receiver", "receive", self.receive)
        self.fake.on("remote.note", "search_count", lambda domain: 3)
        self.fake.on("remote.note", "fields_get", lambda names: {})

    def receive(self, payload):
        self.effects.setdefault(payload["key"], payload["name"])
        return {"number": f"R/{payload['key']}"}

    def make_note(self, **values):
        return (
            self.env["remote.fixture.note"]
            .with_user(self.user)
            .create(
                {
                    "name": "Note",
                    "user_id": self.user.id,
                    "peer_id": self.peer.id,
                    **values,
                }
            )
        )

    def messages(self, note):
        return note.sudo().remote_message_ids

    def send(self, *keys, **values):
        """Return the messages of one new note for each key."""
        messages = self.env["remote.odoo.message"].sudo()
        for key in keys:
            note = self.make_note(name=f"Note {key}", **values)
            note.action_send(key)
            messages |= self.messages(note)
        return messages

    def refuse(self, name, text):
        def receive(payload):
            raise Fault(name, text)

        self.fake.on("remote.fixture.receiver", "receive", receive)

    def calls(self):
        return self.fake.count("remote.fixture.receiver")
