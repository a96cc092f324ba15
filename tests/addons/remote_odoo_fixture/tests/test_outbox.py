from .common import FixtureCase


class TestOutbox(FixtureCase):
    def test_sent_once(self):
        note = self.make_note()
        note.action_send("k1")
        note.action_send("k1")
        message = self.messages(note)
        self.assertEqual(message.key, "note:k1")
        self.assertEqual(message.requester_id, self.user)
        self.run_outbox()
        self.assertEqual(message.state, "done", message.last_error)
        self.assertEqual(note.received, "R/k1")
        self.assertFalse(message.payload or message.reply)
        self.run_outbox()
        self.assertEqual(self.fake.count("remote.fixture.receiver"), 1)
