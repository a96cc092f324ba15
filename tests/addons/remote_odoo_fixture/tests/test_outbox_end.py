"""How a message ends other than by being sent, and what a record may do about it."""

from datetime import timedelta

from odoo import fields
from odoo.tools import file_open

from .common import FixtureCase


class TestEnd(FixtureCase):
    def setUp(self):
        super().setUp()
        self.note = self.make_note()
        self.note.action_send("k1")
        self.message = self.messages(self.note)

    def assert_erased(self, message):
        self.assertFalse(message.payload or message.reply or message.lease_until)
        self.assertTrue(message.done_at)

    def test_cancel_tells_the_record(self):
        self.message.with_user(self.manager).action_cancel()
        self.assertEqual(self.note.cancelled, "note:k1 not sent by fixture-manager")
        self.assert_erased(self.message)

    def test_cancel_after_it_was_sent(self):
        self.fake.drop_next_reply()
        self.run_outbox()
        self.message.with_user(self.manager).action_cancel()
        self.assertEqual(self.note.cancelled, "note:k1 sent by fixture-manager")
        self.assertIn("may have received it", self.message.last_error)
        self.assert_erased(self.message)

    def test_record_cancels_its_own(self):
        self.assertTrue(self.note._remote_cancel("note", "k1", "No longer wanted."))
        self.assertEqual(self.message.state, "cancelled")
        self.assertEqual(self.message.last_error, "No longer wanted. It was not sent.")
        self.assertFalse(self.note.cancelled, "the record knows what it does")
        self.assert_erased(self.message)
        self.assertTrue(self.note._remote_cancel("note", "k1"), "nothing goes out")
        self.assertTrue(self.note._remote_cancel("note", "never sent"))

    def test_record_cannot_cancel_what_is_being_sent(self):
        self.message.state = "sending"
        self.assertFalse(self.note._remote_cancel("note", "k1"))
        self.assertEqual(self.message.state, "sending")
        self.assertTrue(self.message.payload)

    def test_send_again(self):
        """The same row while it waits or failed; a new one after its end."""
        resend = {"action": "note", "remote": self.remote, "key": "k1"}
        payload = {"key": "k1", "name": "New"}
        message = self.note._remote_resend(payload=payload, **resend)
        self.assertEqual(message, self.message)
        self.run_outbox()
        self.assertEqual(self.effects, {"k1": "New"})
        for cancel in (False, True):
            self.calls_before = self.calls()
            message = self.note._remote_resend(payload=payload, **resend)
            self.assertNotEqual(message, self.message)
            self.assertEqual(message, self.note._remote_find("note", "k1"))
            if cancel:
                message.with_user(self.manager).action_cancel()
                self.assertIn(message.key, self.note.cancelled)
                message = self.note._remote_resend(payload=payload, **resend)
            self.run_outbox()
            self.assertEqual(message.state, "done")
            self.assertEqual(self.calls(), self.calls_before + 1)
        self.assertEqual(len(self.messages(self.note)), 4)

    def test_send_again_with_a_stored_reply(self):
        """What was answered is applied; the payload of that call is not replaced."""
        self.note.sudo().fragile = True
        self.run_outbox()
        self.assertEqual(self.message.failure, "local")
        before = self.message.payload
        self.note._remote_resend("note", self.remote, {"key": "k2"}, "k1")
        self.assertEqual(self.message.payload, before)
        self.note.sudo().fragile = False
        self.run_outbox()
        self.assertEqual((self.message.state, self.calls()), ("done", 1))

    def test_cancelled_while_it_is_sent(self):
        """Its worker drops the reply; nothing of the message comes back to life."""
        message = self.message

        def receive(payload):
            message._cancel("Uninstalled.")
            self.env.flush_all()
            return {"number": "R/k1"}

        self.fake.on("remote.fixture.receiver", "receive", receive)
        self.run_outbox(times=2)
        self.assertEqual((message.state, self.calls()), ("cancelled", 1))
        self.assertIn("may have received it", message.last_error)
        self.assertFalse(self.note.received)
        self.assert_erased(message)

    def test_discarded_connection(self):
        """An addon goes while one of its messages is being sent."""
        failed, waiting = self.send("k2", "k3")
        failed.state = "failed"
        self.message.write(
            {
                "state": "sending",
                "lease_until": fields.Datetime.now() + timedelta(minutes=10),
            }
        )
        self.peer.sudo().remote_id = False
        self.remote._discard()
        self.assertFalse((self.message | failed | waiting).exists())
        self.assertFalse(self.remote.exists())

    def test_neutralized_copy(self):
        sending, failed = self.send("k2", "k3")
        sending.state, failed.state = "sending", "failed"
        failed.reply = {"number": "R/k3"}
        self.env.flush_all()
        with file_open("remote_odoo/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        for message in self.message | sending | failed:
            self.assertEqual(message.state, "cancelled")
            self.assert_erased(message)
        self.assertEqual(self.remote.url, "https://neutralized.invalid")
