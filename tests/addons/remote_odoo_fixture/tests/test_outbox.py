"""What becomes of a message: each answer of the peer, and none."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields

from odoo.addons.remote_odoo.tests.fault_proxy import FaultProxy

from .common import FixtureCase

OUTBOX = "odoo.addons.remote_odoo.models.remote_odoo_outbox"


class TestDelivery(FixtureCase):
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

    def test_busy_for_long(self):
        """Its message waits a minute, the connection and its other messages do not."""
        self.fake.on(
            "remote.fixture.receiver", "receive", lambda payload: {"busy": True}
        )
        message = self.send("k1")
        with patch(f"{OUTBOX}.BUSY", (0, 0)):
            self.run_outbox(now=False)
        self.assertEqual((message.state, self.calls()), ("pending", 3))
        left = message.next_attempt - fields.Datetime.now()
        self.assertAlmostEqual(left.total_seconds(), 60, delta=5)
        self.assertFalse(self.remote.next_probe or self.remote.activity_ids)

    def test_first_failure_opens_an_activity(self):
        """Of whatever kind it is; the next answer closes it."""
        message = self.send("k1")
        for break_it in (
            self.fake.drop_next_reply,
            lambda: self.refuse("psycopg2.OperationalError", "busy"),
        ):
            break_it()
            self.run_outbox()
            self.assertEqual(message.state, "pending")
            self.assertEqual(self.remote.state, "failed")
            self.assertEqual(len(self.remote.activity_ids), 1)
        self.fake.on("remote.fixture.receiver", "receive", self.receive)
        self.run_outbox()
        self.assertEqual((message.state, self.remote.state), ("done", "connected"))
        self.assertFalse(self.remote.activity_ids)

    def test_peer_being_upgraded(self):
        """Its tables are in between: sent again, and nobody has to press Retry."""
        message = self.send("k1")
        self.refuse("psycopg2.errors.UndefinedColumn", 'column "x" does not exist')
        self.run_outbox()
        self.assertEqual((message.state, message.failure), ("pending", "unreachable"))
        self.fake.on("remote.fixture.receiver", "receive", self.receive)
        self.run_outbox()
        self.assertEqual(message.state, "done")

    def test_odd_characters_and_numbers(self):
        """What a web form brings, and what a peer answers, stops no message."""
        text = "a\x0b\x00b \\u0000 \\ud800 é🚗"
        for protocol, number in (("xmlrpc", "R\x0b"), ("jsonrpc", "R\ud800\x00")):
            self.fake.on(
                "remote.fixture.receiver",
                "receive",
                lambda payload, number=number: {"number": number},
            )
            self.remote.protocol = protocol
            note = self.make_note()
            payload = {"key": protocol, "name": text, "budget": 3_000_000_000}
            message = note._remote_send("note", self.remote, payload, protocol)
            self.run_outbox()
            self.assertEqual(message.state, "done", message.last_error)
            self.assertEqual(note.received, "R")
            sent = self.fake.calls[-1][3]["payload"]
            self.assertEqual(sent["name"], "ab \\u0000 \\ud800 é🚗")
            self.assertEqual(sent["budget"], 3_000_000_000)

    def test_reply_that_nobody_can_keep(self):
        """A number that is none is no mistake of this database."""
        for protocol in ("xmlrpc", "jsonrpc"):
            self.remote.write({"protocol": protocol, "next_probe": False})
            self.fake.on(
                "remote.fixture.receiver",
                "receive",
                lambda payload: {"number": float("nan")},
            )
            message = self.send(protocol)
            self.run_outbox()
            self.assertEqual((message.state, message.failure), ("pending", "bad_reply"))
            message.with_user(self.manager).action_cancel()

    def test_name(self):
        """In a breadcrumb a person reads of what record, and what is done with it."""
        message = self.send("k1").with_user(self.manager)
        self.assertEqual(message.display_name, "Note k1: Note")
        found = message.name_search("Note k1")
        self.assertEqual(found, [(message.id, "Note k1: Note")])

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

    def test_order_is_kept_per_connection(self):
        """A dead connection holds up no message of the record to another one."""
        other = self.peer.copy({"name": "Dead", "peer_url": "http://127.0.0.1:9"})
        other.write(
            {"peer_db": "x", "peer_username": "service", "peer_password": "secret"}
        )
        note = self.make_note(peer_id=other.id)
        note.action_send("dead")
        note.peer_id = self.peer
        note.action_send("alive")
        note.action_send("second")
        self.run_outbox()
        states = {m.key: m.state for m in self.messages(note)}
        self.assertEqual(
            states,
            {"note:dead": "pending", "note:alive": "done", "note:second": "done"},
        )

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
