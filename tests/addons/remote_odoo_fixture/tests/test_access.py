"""Who sees and does what with messages."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common import FixtureCase


class TestAccess(FixtureCase):
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

    def test_nothing_is_found_through_a_connection(self):
        """No domain, order or grouping says what the link to a connection hides."""
        self.remote.message_post(body="The account is locked")
        peers = self.env["remote.fixture.peer"].with_user(self.user)
        self.assertTrue(peers.search([]), "the record itself is readable")
        for domain in (
            [("remote_id", "=", self.remote.id)],
            [("remote_id", "!=", False)],
            [("remote_id.state", "=", "untested")],
            [("remote_id.name", "ilike", "p")],
            [("remote_id.message_ids.body", "ilike", "locked")],
            [("remote_id.activity_ids", "!=", False)],
            [("remote_id", "any", [("state", "=", "untested")])],
        ):
            with self.subTest(domain=domain), self.assertRaises(AccessError):
                peers.search(domain)
        messages = self.env["remote.odoo.message"].with_user(self.user)
        for domain in (
            [("remote_id.state", "=", "untested")],
            [("remote_id.message_ids.body", "ilike", "locked")],
            [("remote_id", "any", [("state", "=", "untested")])],
        ):
            with self.subTest(domain=domain), self.assertRaises(AccessError):
                messages.search(domain)
        with self.assertRaises(AccessError):
            peers._read_group([], ["remote_id"], ["__count"])
        with self.assertRaises(AccessError):
            peers.search([]).read(["remote_id"])
        self.assertNotIn("remote_id", peers.fields_get())
        self.assertTrue(peers.search([("peer_state", "=", "untested")]))
        self.assertTrue(peers.search([("peer_connected", "=", False)]))
