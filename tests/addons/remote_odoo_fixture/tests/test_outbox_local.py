"""Mistakes of this database: stopped, explained, and no customer in the words."""

import logging

from odoo.tools import mute_logger

from .common import FixtureCase

OUTBOX = "odoo.addons.remote_odoo.models.remote_odoo_outbox"


class TestLocal(FixtureCase):
    def test_local_failure_keeps_the_reply(self):
        """The peer did it, we could not take it: Retry applies, sends nothing."""
        message = self.send("k1", fragile=True)
        note = self.env["remote.fixture.note"].browse(message.res_id)
        self.run_outbox(times=2)
        self.assertEqual((message.state, message.failure), ("failed", "local"))
        self.assertEqual(message.reply, {"number": "R/k1"})
        self.assertFalse(note.received, "nothing of it was applied")
        self.assertEqual(note.refused, "The note cannot take the reply.")
        note.sudo().fragile = False
        message.with_user(self.manager).action_retry()
        self.run_outbox()
        self.assertEqual((message.state, note.received), ("done", "R/k1"))
        self.assertEqual(self.calls(), 1)

    def test_programming_error(self):
        """A mistake of ours stops its own message only; the log names no data."""
        note = self.make_note()
        note.action_send("k1", action="broken")
        message = self.messages(note)
        after = self.send("k2")
        with self.assertLogs(OUTBOX, "WARNING") as logs:
            self.run_outbox()
        self.assertEqual((message.state, message.failure), ("failed", "local"))
        self.assertIn("KeyError at remote_fixture_note.py:", message.last_error)
        self.assertIn("KeyError", logs.output[0])
        self.assertEqual(after.state, "done")

    def test_broken_rule_of_the_database(self):
        """What the database says of it holds the row: neither shown nor logged."""
        note = self.make_note(name="Juan dela Cruz")
        note.action_send("k1", action="clash")
        message = self.messages(note)
        with self.assertLogs(OUTBOX, "WARNING") as logs, mute_logger("odoo.sql_db"):
            self.run_outbox()
        self.assertEqual((message.state, message.failure), ("failed", "local"))
        self.assertIn("CheckViolation", message.last_error)
        for text in (message.last_error, note.refused, logs.output[0]):
            self.assertNotIn("Juan", text)
            self.assertNotIn("violates", text)

    def test_logs_have_no_customer_data(self):
        self.send("k1")
        self.fake.drop_next_reply()
        with self.assertLogs(OUTBOX, logging.INFO) as logs:
            self.run_outbox(times=2)
        text = "\n".join(logs.output)
        self.assertIn("done in", text)
        for secret in ("Note", "secret", "R/k1", self.user.name):
            self.assertNotIn(secret, text)

    def test_deleted_record(self):
        message, note = self.send("k1"), self.env["remote.fixture.note"]
        note.browse(message.res_id).sudo().unlink()
        self.run_outbox()
        self.assertEqual(message.state, "cancelled")
        self.assertIn("deleted", message.last_error)
        self.assertFalse(self.fake.calls)

    def test_record_deleted_after_the_reply(self):
        message = self.send("k1", fragile=True)
        self.run_outbox()
        self.env["remote.fixture.note"].browse(message.res_id).sudo().unlink()
        message._retry()
        self.run_outbox()
        self.assertEqual((message.state, message.failure), ("failed", "local"))

    def test_addon_uninstalled(self):
        messages = self.send("k1", "k2")
        messages[0].action = "of_another_addon"
        messages[1].res_model = "gone.model"
        self.run_outbox()
        self.assertEqual(messages[0].state, "failed")
        self.assertIn("not installed", messages[0].last_error)
        self.assertEqual(messages[1].state, "failed")
        self.assertIn("not installed", messages[1].last_error)
        self.assertEqual(messages[1].record_name, "gone.model")

    def test_bad_payload(self):
        """What is no JSON fails in the transaction that made it."""
        note = self.make_note()
        with self.assertRaises(TypeError):
            note._remote_send("note", self.remote, {"x": object()}, "k1")
