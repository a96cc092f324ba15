"""Leases, clocks, cancelling, retention, and what a monitor sees."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .common import FixtureCase


class TestLife(FixtureCase):
    def test_lease(self):
        message = self.send("k1")
        message.write({"state": "sending", "attempts": 1})
        message.lease_until = fields.Datetime.now() + timedelta(minutes=14)
        self.run_outbox(now=False)
        self.assertFalse(self.fake.calls, "another process is at it")
        message.lease_until = fields.Datetime.now() - timedelta(seconds=1)
        self.run_outbox(now=False)
        self.assertEqual((message.state, message.attempts), ("done", 2))

    def test_dead_worker_is_an_unknown_outcome(self):
        message = self.send("k1")
        message.write({"state": "sending", "lease_until": "2020-01-01", "attempts": 1})
        self.refuse("psycopg2.OperationalError", "busy")
        self.run_outbox(now=False)
        self.assertEqual(message.failure, "unknown")
        message.with_user(self.manager).action_cancel()
        self.assertIn("may have received it", message.last_error)

    def test_clock_put_back(self):
        """A date further away than any wait comes from a wrong clock: do not wait."""
        waiting, parked = self.send("k1", "k2")
        later = fields.Datetime.now() + timedelta(days=300)
        waiting.next_attempt = later
        parked.write({"state": "sending", "lease_until": later})
        self.remote.next_probe = later
        self.run_outbox(now=False)
        self.assertEqual((waiting.state, parked.state), ("done", "done"))

    def test_cancel(self):
        message = self.send("k1")
        message.with_user(self.manager).action_cancel()
        self.assertEqual(message.state, "cancelled")
        self.assertIn("not sent", message.last_error)
        self.assertFalse(message.payload, "erased, since it is the end")
        self.run_outbox()
        self.assertFalse(self.fake.calls)
        message.with_user(self.manager).action_retry()
        self.assertEqual(message.state, "cancelled", "cancelled is the end")

    def test_neutralized(self):
        """A copied database sends nothing, tests nothing."""
        message = self.send("k1")
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("database.is_neutralized", "True")
        self.run_outbox()
        action = self.peer.action_test_connection()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertEqual(message.state, "pending")
        self.assertFalse(self.fake.posts)

    def test_retention(self):
        done, failed, cancelled = self.send("k1", "k2", "k3")
        done.state, failed.state, cancelled.state = "done", "failed", "cancelled"
        rows = done + failed + cancelled
        rows.done_at = fields.Datetime.now() - timedelta(days=91)
        fresh = self.send("k4")
        fresh.write({"state": "done", "done_at": fields.Datetime.now()})
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.remote_odoo_keep_days, 90)
        settings.remote_odoo_keep_days = 92
        settings.execute()
        self.env["remote.odoo.message"]._gc_done()
        self.assertEqual(len(rows.exists()), 3)
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("remote_odoo.keep_days", False)
        self.env["remote.odoo.message"]._gc_done()
        self.assertEqual((rows + fresh).exists(), failed + fresh)

    def test_figures(self):
        old, new, failed = self.send("k1", "k2", "k3")
        failed.state = "failed"
        self.env.cr.execute(
            "UPDATE remote_odoo_message SET create_date = now() at time zone 'utc' "
            "- interval '2 hours 30 seconds' WHERE id = %s",
            [old.id],
        )
        self.env.invalidate_all()
        remotes = self.env["remote.odoo"].with_user(self.manager)
        (row,) = remotes.waiting_figures()["connections"]
        self.assertEqual((row["waiting"], row["failed"]), (2, 1))
        self.assertAlmostEqual(row["oldest_waiting_seconds"], 7230, delta=20)
        self.assertEqual(self.remote.oldest_waiting, 120)
        with self.assertRaises(AccessError):
            remotes.with_user(self.user).waiting_figures()

    def test_wakes_the_cron(self):
        triggers = self.env["ir.cron.trigger"].sudo()
        before = triggers.search_count([])
        self.send("k1", "k2")
        self.env.cr.precommit.run()
        self.assertEqual(triggers.search_count([]), before + 2, "one for each lane")

    def test_owner_of_waiting_messages_stays(self):
        self.send("k1")
        with self.assertRaisesRegex(UserError, "waiting"):
            self.peer.unlink()

    def test_no_connection(self):
        self.peer.sudo().remote_id = False
        with self.assertRaisesRegex(UserError, "no connection"):
            self.make_note().action_send("k1")
