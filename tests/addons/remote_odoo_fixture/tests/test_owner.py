from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger

from odoo.addons.remote_odoo.errors import Unreachable, Untrusted
from odoo.addons.remote_odoo.tests.common import FakeOdoo, Fault

from .common import FixtureCase

HEALTH = "odoo.addons.remote_odoo.models.remote_odoo_health"
WIRED = ("peer_url", "peer_db", "peer_username", "peer_password", "peer_verify_ssl")


class TestOwner(FixtureCase):
    def test_one_value_keeps_the_others(self):
        self.peer.peer_db = "other"
        self.assertEqual(self.peer.peer_url, self.fake.url)
        self.assertTrue(self.peer.peer_verify_ssl)
        peers = self.peer.create([{"name": "A"}, {"name": "B", "peer_url": "http://b"}])
        self.assertFalse(peers[0].remote_id, "no value, no connection")
        self.assertTrue(peers[1].peer_verify_ssl, "the default of the connection")
        peers.write({"peer_username": "u"})
        self.assertEqual(peers.mapped("peer_url"), [False, "http://b"])
        self.assertEqual(peers.mapped("peer_username"), ["u", "u"])

    def test_form(self):
        """What the web client does: an untouched password keeps the stored one."""
        with Form(self.peer, view=self.form_view()) as form:
            self.assertFalse(form.peer_password)
            form.name = "Other"
        self.assertTrue(self.remote.has_password)

    def form_view(self):
        fields_xml = "".join(f"<field name='{name}'/>" for name in ("name", *WIRED))
        return self.env["ir.ui.view"].create(
            {
                "model": "remote.fixture.peer",
                "name": "form",
                "arch": f"<form>{fields_xml}</form>",
            }
        )

    def test_renamed(self):
        self.peer.name = "New Name"
        self.assertEqual(self.remote.name, "New Name")

    def test_copy_and_delete(self):
        copy = self.peer.copy()
        self.assertFalse(copy.remote_id)
        self.assertFalse(copy.peer_password or copy.peer_url)
        remote = self.remote
        self.peer.unlink()
        self.assertFalse(remote.exists())

    def test_who_reads_and_writes(self):
        """B05, B06, B62: the connection is for managers, whether it works for all."""
        peer = self.peer.with_user(self.user)
        for name in WIRED:
            with self.assertRaises(AccessError):
                peer.read([name])
            with self.assertRaises(AccessError):
                peer.write({name: "x"})
            self.assertNotIn(name, peer.fields_get())
            with self.assertRaises(UserError):
                peer.export_data([name])
        for leaf in ("remote_id.username", "remote_id.url", "remote_id.secret_token"):
            with self.subTest(leaf=leaf), self.assertRaises(AccessError):
                peer.search([(leaf, "ilike", "a")])
        self.peer.action_test_connection()
        self.assertTrue(peer.read(["peer_connected"])[0]["peer_connected"])
        for leaf, found in (
            (("peer_connected", "=", True), True),
            (("peer_connected", "!=", True), False),
            (("peer_connected", "=", False), False),
        ):
            self.assertEqual(bool(peer.search([leaf])), found, leaf)
        with self.assertRaises(AccessError):
            peer.action_test_connection()

    def test_managers_see_their_own(self):
        """App managers read the connections of their own owners, and write none."""
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="base.group_user,remote_odoo.remote_odoo_group_manager",
        )
        remote = self.remote.with_user(stranger)
        self.assertFalse(remote.search([]))
        with self.assertRaises(AccessError):
            remote.read(["name"])
        with self.assertRaises(AccessError):
            remote.action_test_connection()
        with self.assertRaises(AccessError):
            self.remote.with_user(self.user).read(["name"])
        mine = self.remote.with_user(self.manager).sudo(False)
        self.assertEqual(mine.search([]), mine)
        self.assertEqual(mine.read(["url"])[0]["url"], self.fake.url)
        for values in ({"url": "http://evil"}, {"state": "connected"}, {"name": "x"}):
            with self.assertRaises(AccessError):
                mine.write(values)
        with self.assertRaises(AccessError):
            mine.create({"name": "x"})
        with self.assertRaises(AccessError):
            mine.unlink()
        self.assertEqual(mine.action_test_connection()["params"]["type"], "success")

    def test_stored_secret_stays_with_its_address(self):
        """A stored password is never sent to an address it was not given for."""
        evil = FakeOdoo()
        evil.start()
        self.addCleanup(evil.stop)
        self.peer.action_test_connection()
        self.assertTrue(self.remote.uid)
        self.peer.peer_url = evil.url
        self.assertFalse(self.remote.has_password or self.remote.uid)
        self.assertEqual(self.remote.state, "untested")
        action = self.peer.action_test_connection()
        self.assertIn("No password", action["params"]["message"])
        self.assertFalse(evil.logins or evil.posts)

    def test_what_clears_the_secret(self):
        for name, value, kept in (
            ("peer_db", "x", False),
            ("peer_username", "x", False),
            ("peer_verify_ssl", False, False),
            ("peer_url", "https://127.0.0.1", False),
            ("peer_url", self.fake.url + "/sub", False),
            ("peer_url", self.fake.url + "/", True),
            ("peer_url", self.fake.url.replace("http", "HTTP"), True),
            ("name", "x", True),
            ("peer_verify_ssl", True, True),
        ):
            with self.subTest(name=name, value=value):
                self.peer.write({"peer_url": self.fake.url, "peer_password": "p"})
                self.peer.write({"peer_verify_ssl": True, "peer_password": "p"})
                self.assertTrue(self.remote.has_password)
                self.peer.write({name: value})
                self.assertEqual(self.remote.has_password, kept)
        self.peer.write({"peer_url": "https://other", "peer_password": "given"})
        self.assertTrue(self.remote.has_password, "given in the same write")

    def test_url_rules(self):
        for url, stored in (
            (" https://X.example.com/ ", "https://x.example.com"),
            ("http://x:8069/odoo/", "http://x:8069/odoo"),
            ("https://x:443", "https://x"),
            ("http://[::1]:8069", "http://[::1]:8069"),
        ):
            self.peer.peer_url = url
            self.assertEqual(self.peer.peer_url, stored)
        for url in (
            "odoo.example.com",
            "ftp://x",
            "file:///etc/passwd",
            "https://user:secret@x",
            "https://user@x",
            "https://x/#a",
            "https://x/?a=1",
            "https://",
            "https://x:99999",
            "https://a b",
            "javascript:alert(1)",
        ):
            with self.subTest(url=url), self.assertRaises(ValidationError):
                self.peer.peer_url = url

    def test_private_addresses_refused(self):
        """A setting, off by default, since dealers may sit on a LAN."""
        settings = self.env["res.config.settings"].create(
            {"remote_odoo_refuse_private": True}
        )
        settings.execute()
        self.peer.invalidate_recordset()
        action = self.peer.action_test_connection()
        self.assertIn("private network", action["params"]["message"])
        self.assertFalse(self.fake.posts)
        for url in ("http://10.1.2.3", "http://localhost:8069", "http://[::1]"):
            with self.assertRaisesRegex(ValidationError, "private network"):
                self.peer.peer_url = url

    def test_connection_checks(self):
        """A37, A38: each check is kept, with what it found."""
        action = self.peer.action_test_connection()
        self.assertEqual(action["params"]["type"], "success")
        self.assertIn("Odoo 18.0", action["params"]["message"])
        rows = self.remote.check_ids.mapped(lambda c: (c.name, c.state, c.detail))
        self.assertEqual(
            rows,
            [
                ("An Odoo answers", "passed", "Odoo 18.0"),
                ("Database and login", "passed", "Logged in as service"),
                ("Notes can be read", "passed", "3 notes"),
                ("Notes know their states", "passed", False),
            ],
        )
        self.assertEqual(self.peer.learned, "18.0")
        self.assertEqual(self.remote.uid, 7)
        self.assertTrue(self.remote.last_test and self.remote.last_success)

    def test_failed_checks(self):
        """A39, A40, A52: two causes, two texts; one failed check hides no other."""

        def no_rights(domain):
            raise Fault("odoo.exceptions.AccessError", "not allowed (remote.note)")

        self.fake.on("remote.note", "search_count", no_rights)
        action = self.peer.action_test_connection()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertIn(
            "Access Denied: the account has no rights on model remote.note",
            action["params"]["message"],
        )
        self.assertEqual(
            self.remote.check_ids.mapped("state"),
            ["passed", "passed", "failed", "passed"],
        )
        self.assertIn("administrator", self.remote.check_ids[2].advice)
        advice = self.remote._advice(Untrusted("The certificate there has expired."))
        self.assertIn("turn Verify SSL off", advice)
        self.assertFalse(self.peer.peer_connected or self.peer.learned)
        self.fake.password = "expired"
        action = self.peer.action_test_connection()
        self.assertIn("Access Denied: the other Odoo", action["params"]["message"])
        self.assertEqual(
            self.remote.check_ids.mapped("state"),
            ["passed", "failed", "skipped", "skipped"],
        )
        self.fake.db = "renamed"
        action = self.peer.action_test_connection()
        self.assertIn("Database not found: fake", action["params"]["message"])

    def test_odd_answers_of_a_check(self):
        self.fake.on("remote.note", "fields_get", lambda names: [])
        self.fake.on("remote.note", "search_count", lambda domain: 1 / 0)
        action = self.peer.action_test_connection()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertIn("division", action["params"]["message"])

    def test_nothing_entered(self):
        peer = self.peer.create({"name": "Empty"})
        action = peer.action_test_connection()
        self.assertIn("Enter the address", action["params"]["message"])
        peer.peer_url = self.fake.url
        action = peer.action_test_connection()
        self.assertIn("not filled in", action["params"]["message"])

    def test_activity(self):
        """A36: opened at the first failure, one; closed by recovery."""
        self.fake.password = "changed"
        for count in (1, 2, 3):
            self.peer.action_test_connection()
            self.assertEqual(self.remote.failure_count, count)
        activity = self.remote.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.manager)
        self.assertIn("Access Denied", activity.note)
        self.fake.password = "secret"
        self.peer.action_test_connection()
        self.assertFalse(self.remote.activity_ids)
        self.assertEqual(self.remote.failure_count, 0)
        self.assertFalse(self.remote.last_error)

    def test_activity_of_one_who_left(self):
        self.manager.sudo().active = False
        self.fake.password = "changed"
        self.remote._test_connection(self.peer)
        (activity,) = self.remote.activity_ids
        self.assertTrue(activity.user_id.has_group("base.group_system"))

    def test_activity_moves_on(self):
        """Who has it can no longer act: the next failure gives it to one who can."""
        second = new_test_user(
            self.env, "second", groups="remote_odoo_fixture.group_manager"
        )
        admin = self.env.ref("base.user_admin")
        self.remote._note_contact(error=Unreachable("Down."))
        activity = self.remote.activity_ids
        self.assertEqual(activity.user_id, self.manager)
        group = self.env.ref("remote_odoo_fixture.group_manager")
        field = "group_ids" if "group_ids" in self.manager._fields else "groups_id"
        self.manager.sudo().write({field: [(3, group.id)]})
        admin.sudo().active = False
        self.remote._note_contact(error=Unreachable("Down."))
        self.assertEqual(activity.user_id, second)
        self.assertEqual(self.remote.activity_ids, activity)

    def test_daily_test(self):
        self.daily_only(self.peer)
        with self.in_cron():
            self.env["remote.odoo"]._cron_test_connections()
        self.assertEqual(self.remote.state, "connected")
        self.assertEqual(self.peer.learned, "18.0")

    def test_daily_test_of_many(self):
        """A failing one tells its responsible; a mistake of ours stops no other."""
        self.daily_only(self.peer)
        values = {"peer_url": self.fake.url, "peer_db": "fake"}
        values |= {"peer_username": "service", "peer_password": "secret"}
        broken, gone = self.peer.create(
            [{"name": "Broken", **values}, {"name": "Gone", **values, "peer_db": "no"}]
        )
        broken.remote_id.sudo().last_test = self.remote.sudo().last_test = "2020-01-01"
        self.env.flush_all()
        with self.in_cron(), self.assertLogs(HEALTH, "ERROR") as logs:
            self.env["remote.odoo"]._cron_test_connections()
        self.assertIn("RuntimeError at remote_fixture_peer.py", logs.output[0])
        self.assertNotIn("Juan", logs.output[0])
        self.assertEqual(self.remote.state, "connected")
        self.assertEqual(gone.remote_id.sudo().activity_ids.user_id, self.manager)
        self.fake.posts.clear()
        with self.in_cron():
            self.env["remote.odoo"]._cron_test_connections()
        self.assertFalse(self.fake.posts, "once a day")
        cron = self.env.ref("remote_odoo.ir_cron_test_connections")
        self.assertEqual((cron.interval_number, cron.interval_type), (1, "days"))

    def daily_only(self, peer):
        """Leave the connections that were in this database out of it."""
        others = self.env["remote.odoo"].search([]) - peer.remote_id.sudo()
        others.sudo().secret_token = False
        self.env.flush_all()

    def test_test_by_the_connection_itself(self):
        """Settings test from the list of connections; the owner's checks are run."""
        remote = self.remote.with_user(self.env.ref("base.user_admin"))
        with self.assertRaises(AccessError):
            remote.sudo(False).action_test_connection()  # no rights on the owner
        group = self.env.ref("remote_odoo_fixture.group_manager")
        users = "user_ids" if "user_ids" in group._fields else "users"
        group.write({users: [fields.Command.link(remote.env.uid)]})
        remote.sudo(False).action_test_connection()
        self.assertEqual(len(self.remote.check_ids), 4)

    def test_state_is_not_for_managers(self):
        """Whether it works is found by a test, not written. A stored copy, too."""
        for values in ({"peer_connected": True}, {"peer_state": "connected"}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.peer.write(values)
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.peer.create({"name": "New", **values})
        self.peer.action_test_connection()
        self.assertEqual(self.peer.peer_state, "connected")

    def test_link_is_unique(self):
        other = self.peer.create({"name": "Thief"})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            other.sudo().remote_id = self.remote
            other.flush_recordset()

    def test_link_is_not_for_managers(self):
        """Who took another's row would use its password."""
        other = self.peer.create({"name": "Thief"})
        with self.assertRaises(AccessError):
            other.write({"remote_id": self.remote.id})
        with self.assertRaises(AccessError):
            self.peer.create({"name": "Thief", "remote_id": self.remote.id})
        thief = self.peer.with_context(default_remote_id=self.remote.id)
        self.assertFalse(thief.create({"name": "Thief"}).remote_id)
