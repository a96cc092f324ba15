import logging
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from odoo.addons.remote_odoo.tests.common import Fault
from odoo.addons.remote_odoo.tests.fault_proxy import FaultProxy

from .common import FixtureCase

OUTBOX = "odoo.addons.remote_odoo.models.remote_odoo_outbox"


class TestDelivery(FixtureCase):
    def send(self, *keys, **values):
        """Return the messages of one new note for each key."""
        messages = self.env["remote.odoo.message"].sudo()
        for key in keys:
            note = self.make_note(name=f"Note {key}", **values)
            note.action_send(key)
            messages |= self.messages(note)
        return messages

    def calls(self):
        return self.fake.count("remote.fixture.receiver")

    def refuse(self, name, text):
        def receive(payload):
            raise Fault(name, text)

        self.fake.on("remote.fixture.receiver", "receive", receive)

    def toasts(self):
        self.env.cr.precommit.run()
        return (
            self.env["bus.bus"]
            .sudo()
            .search_count([("message", "like", "simple_notification")])
        )

    def test_sent_once(self):
        message = self.send("k1")
        note = self.env["remote.fixture.note"].browse(message.res_id)
        note.with_user(self.user).action_send("k1")
        self.assertEqual(self.messages(note), message, "a used key makes no second row")
        self.assertEqual(message.key, "note:k1")
        self.assertEqual(message.requester_id, self.user)
        self.assertEqual(message.payload, {"key": "k1", "name": "Note k1"})
        self.run_outbox(times=2)
        self.assertEqual(message.state, "done", message.last_error)
        self.assertEqual(note.received, "R/k1")
        self.assertFalse(message.payload or message.reply, "erased when done")
        self.assertEqual((self.calls(), message.attempts), (1, 1))
        self.assertEqual(len(self.fake.logins), 1)

    def test_no_login_per_message(self):
        self.peer.action_test_connection()
        self.fake.logins.clear()
        self.send(*"abcde")
        self.run_outbox()
        self.assertEqual(self.calls(), 5)
        self.assertFalse(self.fake.logins)

    def test_lost_reply(self):
        """Sent, no answer: asked again with the same key, one effect."""
        message = self.send("k1")
        self.fake.drop_next_reply()
        self.run_outbox()
        self.assertEqual((message.state, message.failure), ("pending", "unknown"))
        self.assertTrue(message.payload)
        self.run_outbox()
        self.assertEqual((message.state, message.failure), ("done", False))
        self.assertEqual(self.calls(), 2)
        self.assertEqual(self.effects, {"k1": "Note k1"})
        self.assertEqual(message.attempts, 2)

    def test_unknown_outcome_waits(self):
        """Where the first call may still be running, not before its time (10 min)."""
        note = self.make_note()
        note.action_send("k1", action="slow")
        message = self.messages(note)
        self.fake.drop_next_reply()
        self.run_outbox()
        left = message.next_attempt - fields.Datetime.now()
        self.assertGreater(left, timedelta(minutes=9))
        self.remote.next_probe = False
        note.action_retry_remote_messages()
        self.run_outbox(now=False)
        self.assertEqual(message.state, "pending", "Retry does not hurry it")
        self.assertEqual(self.calls(), 1)

    def test_given_up_by_a_proxy(self):
        """502, 503, a web page: the Odoo behind may still be at the first call."""
        for mode in ("bad_gateway", "unavailable", "html", "garbage"):
            with self.subTest(mode=mode):
                message = self.send_slow_through(mode)
                left = message.next_attempt - fields.Datetime.now()
                self.assertGreater(left, timedelta(minutes=9))
                self.assertEqual(message.attempts, 1)
                # What comes after it does not make the doubt go away.
                failure = message.failure
                self.remote.next_probe = False
                self.remote.secret_token = False
                self.skip_waits()
                self.run_outbox(now=False)
                self.assertIn("No password", message.last_error)
                self.assertEqual(message.failure, failure)
                message.with_user(self.manager).action_cancel()
                self.assertIn("may have received it", message.last_error)

    def send_slow_through(self, mode):
        """Send a message whose one call meets a fault; the login passed before."""
        proxy = FaultProxy(self.fake.host, self.fake.port)
        proxy.start()
        self.addCleanup(proxy.stop)
        self.peer.write({"peer_url": proxy.url, "peer_password": "secret"})
        self.peer.action_test_connection()
        proxy.script([mode])
        note = self.make_note(name=mode)
        note.action_send(mode, action="slow")
        self.run_outbox()
        return self.messages(note)

    def test_one_that_never_passes_holds_nobody_up(self):
        """It fails again and again; the others to the same connection go before."""

        def receive(payload):
            if payload["key"] == "poison":
                self.fake.drop_next_reply()
            return self.receive(payload)

        self.fake.on("remote.fixture.receiver", "receive", receive)
        poison = self.send("poison")
        self.run_outbox()
        self.assertEqual(poison.failure, "unknown")
        others = self.send("k1", "k2")
        self.remote.next_probe = False
        poison.next_attempt = fields.Datetime.now()
        others.next_attempt = fields.Datetime.now() - timedelta(seconds=2)
        self.run_outbox(now=False)
        self.assertEqual(set(others.mapped("state")), {"done"})
        self.assertEqual(poison.state, "pending")

    def test_busy_is_asked_again_at_once(self):
        """The other Odoo is well: neither the message nor its connection waits."""
        answers = [{"busy": True}, {"busy": True}, {"number": "R/k1"}]

        def receive(payload):
            return answers.pop(0)

        self.fake.on("remote.fixture.receiver", "receive", receive)
        message = self.send("k1")
        self.run_outbox()
        self.assertEqual((message.state, message.attempts), ("done", 1))
        self.assertFalse(self.remote.next_probe or self.remote.failure_count)

    def test_rejected(self):
        message = self.send("k1")
        note = self.env["remote.fixture.note"].browse(message.res_id)
        self.refuse("odoo.exceptions.ValidationError", "Unknown brand X")
        self.run_outbox(times=2)
        self.assertEqual((message.state, message.failure), ("failed", "rejected"))
        self.assertEqual(message.last_error, "Unknown brand X")
        self.assertEqual(note.refused, "Unknown brand X")
        self.assertEqual(self.calls(), 1, "not sent again by itself")
        self.assertEqual(self.remote.next_probe, False)
        self.fake.on("remote.fixture.receiver", "receive", self.receive)
        message.with_user(self.manager).action_retry()
        self.run_outbox()
        self.assertEqual(message.state, "done")
        self.assertEqual(note.received, "R/k1")

    def test_no_rights_there(self):
        message = self.send("k1")
        self.refuse("odoo.exceptions.AccessError", "You may not (remote.thing) this")
        self.run_outbox(times=2)
        self.assertEqual((message.state, message.failure), ("failed", "denied"))
        self.assertEqual(self.calls(), 1)

    def test_wrong_password_is_tried_once(self):
        """500 messages do not lock the account: one login, then probes."""
        messages = self.send(*"abcde")
        self.fake.password = "changed"
        self.run_outbox(now=False)
        self.run_outbox(now=False)
        self.assertEqual(len(self.fake.logins), 1)
        self.assertEqual(set(messages.mapped("state")), {"pending"})
        self.assertEqual(sum(messages.mapped("attempts")), 0, "none was spent")
        self.assertTrue(self.remote.next_probe)
        self.assertEqual(self.remote.state, "failed")
        self.peer.peer_password = "changed"
        self.run_outbox(now=False)
        self.assertEqual(set(messages.mapped("state")), {"done"})
        self.assertEqual(len(self.effects), 5)

    def test_parked(self):
        """Not reachable: probes after 1, 5, 15, 15 … minutes, messages stay."""
        messages = self.send(*"abc")
        self.fake.stop()
        for minutes in (1, 5, 15, 15):
            self.run_outbox()
            wait = self.remote.next_probe - fields.Datetime.now()
            self.assertAlmostEqual(wait.total_seconds(), minutes * 60, delta=5)
        self.run_outbox(now=False)
        self.assertEqual(self.remote.failure_count, 4)
        self.assertEqual(set(messages.mapped("state")), {"pending"})
        self.assertEqual(sum(messages.mapped("attempts")), 0)
        self.assertEqual(messages[0].failure, "unreachable")

    def test_a_dead_peer_holds_nobody_up(self):
        other = self.peer.copy({"name": "Dead", "peer_url": "http://127.0.0.1:9"})
        self.assertFalse(other.remote_id.sudo().has_password)
        other.write(
            {"peer_db": "x", "peer_username": "service", "peer_password": "secret"}
        )
        dead = self.send("dead", peer_id=other.id)
        alive = self.send("alive")
        self.run_outbox()
        self.assertEqual((dead.state, alive.state), ("pending", "done"))

    def test_order(self):
        """Messages of one record go in order; a closed one is waited for by nobody."""
        note = self.make_note()
        for key in ("first", "second", "third"):
            note.action_send(key)
        first, second, third = self.messages(note).sorted("id")
        self.fake.drop_next_reply()
        self.run_outbox()
        self.assertEqual(first.failure, "unknown")
        self.assertEqual(self.calls(), 1, "the second waits for the first")
        self.refuse("odoo.exceptions.UserError", "no")
        self.run_outbox()
        self.assertEqual(
            (first + second + third).mapped("state"), ["failed", "failed", "failed"]
        )
        keys = [call[3]["payload"]["key"] for call in self.fake.calls]
        self.assertEqual(keys, ["first", "first", "second", "third"])

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

    def test_chatter_and_toasts(self):
        """One chatter line and one toast per change of state, not per attempt."""
        message = self.send("k1")
        note = self.env["remote.fixture.note"].browse(message.res_id)
        before, shown = len(note.message_ids), self.toasts()
        self.refuse("psycopg2.OperationalError", "busy")
        self.run_outbox(times=4)
        self.assertEqual(len(note.message_ids), before + 1)
        self.assertEqual(self.toasts(), shown + 1)
        self.fake.on("remote.fixture.receiver", "receive", self.receive)
        self.run_outbox()
        self.assertEqual(message.state, "done")
        self.assertEqual(self.toasts(), shown + 2)
        self.assertEqual(note.message_ids[0].author_id, self.user.partner_id)

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
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("remote_odoo.keep_days", "92")
        self.env["remote.odoo.message"]._gc_done()
        self.assertEqual(len(rows.exists()), 3)
        parameters.set_param("remote_odoo.keep_days", False)
        self.env["remote.odoo.message"]._gc_done()
        self.assertEqual((rows + fresh).exists(), failed + fresh)

    def test_figures(self):
        old, new, failed = self.send("k1", "k2", "k3")
        failed.state = "failed"
        self.env.cr.execute(
            "UPDATE remote_odoo_message SET create_date = now() at time zone 'utc' "
            "- interval '2 hours' WHERE id = %s",
            [old.id],
        )
        self.env.invalidate_all()
        remotes = self.env["remote.odoo"].with_user(self.manager)
        (row,) = remotes.waiting_figures()["connections"]
        self.assertEqual((row["waiting"], row["failed"]), (2, 1))
        self.assertAlmostEqual(row["oldest_waiting_seconds"], 7200, delta=20)
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

    def test_bad_payload(self):
        """What is no JSON fails in the transaction that made it."""
        note = self.make_note()
        with self.assertRaises(TypeError):
            note._remote_send("note", self.remote, {"x": object()}, "k1")


class TestAccess(FixtureCase):
    """Who sees and does what with messages."""

    def setUp(self):
        super().setUp()
        self.note = self.make_note()
        self.note.action_send("k1")
        self.message = self.messages(self.note)
        self.other = new_test_user(
            self.env, "other-user", groups="remote_odoo_fixture.group_user"
        )
        self.stranger = new_test_user(
            self.env,
            "stranger",
            groups="base.group_user,remote_odoo.remote_odoo_group_manager",
        )

    def as_user(self, user):
        self.env.invalidate_all()
        return self.env["remote.odoo.message"].with_user(user).browse(self.message.id)

    def test_readable_where_its_record_is(self):
        for user, may in (
            (self.user, True),
            (self.manager, True),
            (self.other, False),  # of the app, but not this record
            (self.stranger, False),  # a manager of another app
        ):
            with self.subTest(user=user.login):
                message = self.as_user(user)
                found = message.search([("key", "=", "note:k1")])
                self.assertEqual(bool(found), may)
                self.assertEqual(bool(message.search_count([])), may)
                groups = message._read_group([], ["state"], ["__count"])
                self.assertEqual(bool(groups), may)
                if may:
                    self.assertEqual(message.read(["state"])[0]["state"], "pending")
                else:
                    with self.assertRaises(AccessError):
                        message.read(["state"])

    def test_payload_is_for_managers(self):
        message = self.as_user(self.user)
        for name in ("payload", "reply", "payload_text", "reply_text"):
            with self.assertRaises(AccessError):
                message.read([name])
            self.assertNotIn(name, message.fields_get())
        for domain in ([("payload", "=", "k1")], [("reply", "!=", False)]):
            with self.assertRaises(AccessError):
                message.search(domain)
        self.assertIn("k1", self.as_user(self.manager).payload_text)

    def test_nobody_writes(self):
        """No forged state, key or reply by RPC, not even as an administrator."""
        admin = self.env.ref("base.user_admin")
        admin.sudo().write({self.group_field(): [(4, self.manager_group().id)]})
        for user in (self.user, self.manager, admin):
            message = self.as_user(user)
            for values in ({"state": "done"}, {"reply": {"number": 1}}, {"key": "x"}):
                with self.assertRaises(AccessError):
                    message.write(values)
            with self.assertRaises(AccessError):
                message.create(
                    {
                        "key": "forged",
                        "action": "note",
                        "remote_id": self.remote.id,
                        "res_model": "remote.fixture.note",
                        "res_id": self.note.id,
                    }
                )
            with self.assertRaises(AccessError):
                message.unlink()
            with self.assertRaises(AccessError):
                message.copy()
            result = message.load([".id", "state"], [[str(message.id), "Done"]])
            self.assertFalse(result["ids"])
        with self.assertRaises(AccessError):
            self.note.write(
                {"remote_message_ids": [(1, self.message.id, {"state": "done"})]}
            )
            self.env.flush_all()

    def group_field(self):
        users = self.env["res.users"]
        return "group_ids" if "group_ids" in users._fields else "groups_id"

    def manager_group(self):
        return self.env.ref("remote_odoo_fixture.group_manager")

    def test_retry_and_cancel_are_for_managers(self):
        for method in ("action_retry", "action_cancel"):
            for user in (self.user, self.other, self.stranger):
                with self.assertRaises(AccessError):
                    getattr(self.as_user(user), method)()
        action = self.as_user(self.manager).action_retry()
        self.assertEqual(action["tag"], "display_notification")

    def test_retry_on_the_record(self):
        """Who may write the record may send its messages again; others may not."""
        action = self.note.with_user(self.user).action_retry_remote_messages()
        self.assertEqual(action["tag"], "display_notification")
        with self.assertRaises(AccessError):
            self.note.with_user(self.other).action_retry_remote_messages()
        view = self.note.with_user(self.user).action_view_remote_messages()
        self.assertEqual(view["res_model"], "remote.odoo.message")

    def test_bulk_actions_are_for_managers(self):
        for name in ("retry", "cancel"):
            action = self.env.ref(f"remote_odoo.remote_odoo_message_action_{name}")
            context = {
                "active_model": "remote.odoo.message",
                "active_ids": self.message.ids,
                "active_id": self.message.id,
            }
            with self.assertRaises(AccessError):
                action.with_user(self.user).with_context(**context).run()
        action.with_user(self.manager).with_context(**context).run()
        self.assertEqual(self.message.state, "cancelled")

    def test_found_by_record(self):
        message = self.as_user(self.user)
        self.assertEqual(message.search([("record_name", "ilike", "not")]), message)
        self.assertFalse(message.search([("record_name", "ilike", "zzz")]))
        self.assertFalse(
            self.as_user(self.other).search([("record_name", "ilike", "not")])
        )
