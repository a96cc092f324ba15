"""A secret is written, never read: by any road of the ORM, by any user."""

import gc
import os
import tempfile
import types
from pathlib import Path
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import config, mute_logger

from .. import crypto
from ..client import OdooClient
from ..errors import Denied
from .common import RemoteCase
from .fault_proxy import MODES, FaultProxy

SECRET = "s3cret-Passw0rd"


@tagged("post_install", "-at_install")
class TestSecrets(TransactionCase):
    def setUp(self):
        super().setUp()
        self.admin = self.env.ref("base.user_admin")
        self.remote = (
            self.env["remote.odoo"]
            .with_user(self.admin)
            .create(
                {
                    "name": "Peer",
                    "url": "https://peer.example.com",
                    "database": "peer",
                    "username": "service",
                    "password": SECRET,
                }
            )
        )
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM remote_odoo WHERE id = %s", self.remote.ids)
        (self.row,) = self.env.cr.dictfetchall()
        self.token = self.row["secret_token"]
        self.env.invalidate_all()

    def test_the_database_holds_no_clear_text(self):
        """R6, A31: the row, and all that a dump would hold of it."""
        self.assertNotIn(SECRET, str(self.row))
        self.assertTrue(self.token)
        self.assertNotIn("password", self.row)
        for table in ("mail_message", "mail_tracking_value", "ir_attachment"):
            self.env.cr.execute(f"SELECT * FROM {table} ORDER BY id DESC LIMIT 50")
            self.assertNotIn(SECRET, str(self.env.cr.fetchall()))

    def test_administrator_reads_nothing(self):
        remote = self.remote
        self.assertEqual(remote.read(["password"])[0]["password"], False)
        values = remote.read()[0]
        self.assertNotIn("secret_token", values)
        self.assertNotIn(self.token, str(values))
        self.assertNotIn(SECRET, str(values))
        for number, function in enumerate(
            (
                lambda: remote.read(["secret_token"]),
                lambda: remote.search_read([], ["secret_token"]),
                lambda: remote.search([("secret_token", "ilike", self.token[:5])]),
                lambda: remote.search([("secret_token", "!=", False)]),
                lambda: remote.search([], order="secret_token"),
                lambda: remote.export_data(["secret_token"]),
                lambda: remote._read_group([], ["secret_token"]),
                lambda: remote.web_read({"secret_token": {}}),
                lambda: remote.write({"secret_token": "forged"}),
                lambda: remote.create({"name": "x", "secret_token": "forged"}),
            )
        ):
            with self.subTest(number=number), self.assertRaises(AccessError):
                function()
        self.assertNotIn("secret_token", remote.fields_get())
        self.assertNotIn(SECRET, str(remote.export_data(["name", "password"])))
        self.assertNotIn("secret_token", remote.default_get(list(remote._fields)))
        self.assertNotIn(SECRET, str(remote.name_search(SECRET)))
        result = remote.onchange(
            {"url": "https://evil.example.com"}, ["url"], {"url": {}, "password": {}}
        )
        self.assertNotIn(SECRET, str(result))
        self.assertNotIn(self.token, str(result))

    def test_no_probing_by_domains(self):
        """A domain on the password finds nothing, so it tells nothing."""
        for leaf in (
            ("password", "ilike", "s"),
            ("password", "=", SECRET),
            ("password", "!=", False),
        ):
            with self.assertRaises(AccessError):
                self.remote.search([leaf])

    def test_copy(self):
        self.assertFalse(self.remote.copy().sudo().secret_token)

    def test_empty_write_keeps_it(self):
        self.remote.write({"password": False, "name": "Other"})
        self.remote.write({"password": ""})
        self.assertEqual(self.remote.sudo().secret_token, self.token)

    def test_webhook_and_server_action(self):
        """Neither field can be sent by a webhook; other users make no actions."""
        user = new_test_user(self.env, "plain", groups="base.group_user")
        model = self.env["ir.model"]._get("remote.odoo")
        with self.assertRaises(AccessError):
            self.env["ir.actions.server"].with_user(user).create(
                {"name": "x", "model_id": model.id, "state": "code", "code": "pass"}
            )
        for name in ("secret_token", "password"):
            # 18.0 refuses such an action, 19.0 to run it.
            with self.assertRaises(UserError):
                action = (
                    self.env["ir.actions.server"]
                    .with_user(self.admin)
                    .create(
                        {
                            "name": "Hook",
                            "model_id": model.id,
                            "state": "webhook",
                            "webhook_url": "http://127.0.0.1:9/hook",
                            "webhook_field_ids": [(6, 0, self.fields_of(name).ids)],
                        }
                    )
                )
                action.with_context(
                    active_model="remote.odoo",
                    active_id=self.remote.id,
                    active_ids=self.remote.ids,
                ).run()

    def test_template(self):
        """What may be written in the template of a mail reaches no secret."""
        plain = new_test_user(self.env, "plain", groups="base.group_user")
        self.assertIn("Peer", self.rendered(self.admin, "object.name"))
        for user in (plain, self.admin):
            for expression in (
                "object.secret_token",
                "object.sudo()._client()._OdooClient__password",
                "object.sudo()._client().__dict__",
                "object.sudo()._client()._OdooClient__session.hooks",
            ):
                with self.subTest(expression=expression, user=user.login):
                    with self.assertRaises(UserError) as caught:
                        self.rendered(user, expression)
                    self.assertNotIn(SECRET, str(caught.exception))
                    self.assertNotIn(self.token, str(caught.exception))

    def test_template_with_format(self):
        """A format string gets past the check of underscores, and finds no clear text.

        An administrator may write such a template, nobody else may.
        """
        for path in (
            "_OdooClient__password",
            "_OdooClient__password.args",
            "_OdooClient__session",
            "__dict__",
            "call.__self__.__dict__",
            "_rpc.__self__.__dict__",
            "search_read_pages.__func__.__closure__",
        ):
            expression = f"'{{0.{path}}}'.format(object.sudo()._client())"
            with self.subTest(path=path):
                self.assertNotIn(SECRET, self.rendered(self.admin, expression))

    def rendered(self, user, expression):
        with mute_logger("odoo.addons.mail.models.mail_render_mixin"):
            return str(
                self.env["mail.render.mixin"]
                .with_user(user)
                ._render_template(
                    f'<p><t t-out="{expression}"/></p>',
                    "remote.odoo",
                    self.remote.ids,
                    engine="qweb",
                )
            )

    def test_related_field(self):
        """A field that follows the secret is as closed as the secret itself."""
        field = type(self.remote)._fields["secret_token"]
        self.assertEqual(field.groups, fields.NO_ACCESS)
        self.assertEqual(field._related_groups, fields.NO_ACCESS)

    def fields_of(self, *names):
        return self.env["ir.model.fields"].search(
            [("model", "=", "remote.odoo"), ("name", "in", names)]
        )

    def test_plain_user(self):
        user = new_test_user(self.env, "plain", groups="base.group_user")
        remote = self.remote.with_user(user)
        for function in (
            lambda: remote.read(["name"]),
            lambda: remote.search([]),
            lambda: remote.action_test_connection(),
            lambda: remote.waiting_figures(),
        ):
            with self.assertRaises(AccessError):
                function()


def reachable(*roots):
    """Yield every text that can be reached from these objects.

    Attributes, items, closures, arguments of a partial, the variables of the frames of
    a traceback and of generators; not modules, classes and what is global, which lead
    to the whole process.
    """
    seen, waiting = set(), list(roots)
    while waiting:
        item = waiting.pop()
        if id(item) in seen or isinstance(item, (type, types.ModuleType)):
            continue
        seen.add(id(item))
        if isinstance(item, (str, bytes, bytearray)):
            yield item if isinstance(item, str) else item.decode("latin-1")
        elif isinstance(item, types.FunctionType):
            waiting += [item.__closure__, item.__defaults__]
        elif isinstance(item, types.FrameType):
            if "remote_odoo" in item.f_code.co_filename and "tests" not in (
                Path(item.f_code.co_filename).parts
            ):
                waiting.append(dict(item.f_locals))
        else:
            if isinstance(item, BaseException):
                waiting.append(item.__traceback__)
                waiting += [item.__cause__, item.__context__]
            if isinstance(item, types.TracebackType):
                waiting += [item.tb_frame, item.tb_next]
                continue
            waiting += gc.get_referents(item)


@tagged("post_install", "-at_install")
class TestClientHoldsNoSecret(RemoteCase):
    """What ``_client()`` returns, and what it raises, holds no clear password."""

    def setUp(self):
        super().setUp()
        self.remote = self.env["remote.odoo"].create(
            {
                "name": "Peer",
                "url": self.fake.url,
                "database": "fake",
                "username": "service",
                "password": SECRET,
            }
        )
        self.fake.password = SECRET
        self.fake.on("res.thing", "do", lambda *args, **kwargs: True)
        self.fake.on("res.thing", "search_read", lambda *args, **kwargs: [{"id": 1}])

    def assert_hidden(self, *roots):
        self.env.flush_all()
        self.env.invalidate_all()
        texts = list(reachable(*roots))
        self.assertGreater(len(texts), 3)
        self.assertFalse([text for text in texts if SECRET in text])

    def test_the_search_finds_what_is_there(self):
        client = OdooClient(self.fake.url, "fake", "service", SECRET)
        self.assertIn(SECRET, list(reachable(client)))

    def test_before_while_and_after_calls(self):
        for protocol in ("xmlrpc", "jsonrpc"):
            with self.subTest(protocol):
                client = self.remote._client(protocol=protocol)
                self.assert_hidden(client)
                with client:
                    self.assertTrue(client.call("res.thing", "do"))
                    pages = client.search_read_pages("res.thing", [], ["id"])
                    next(pages)
                    self.assert_hidden(client, pages, client.call)
                self.assert_hidden(client)

    def test_errors(self):
        """Whatever breaks, the error does not carry the request."""
        self.fake.on("res.thing", "deny", lambda *args: 1 / 0)
        proxy = FaultProxy(self.fake.host, self.fake.port)
        proxy.start()
        self.addCleanup(proxy.stop)
        self.remote.write({"url": proxy.url, "password": SECRET})
        self.env.flush_all()
        for protocol in ("xmlrpc", "jsonrpc"):
            for mode in (*MODES, "unsendable"):
                with self.subTest(protocol=protocol, mode=mode):
                    proxy.mode = mode if mode in MODES else "ok"
                    client = self.remote._client(
                        protocol=protocol, deadline=1, max_reply=100_000
                    )
                    client.uid = 7
                    value = object() if mode == "unsendable" else 1
                    error = self.error_of(client, value)
                    self.assertTrue(error)
                    self.assert_hidden(client, error)

    def error_of(self, client, value):
        """Return the error with its traceback, which assertRaises would clear."""
        try:
            with client:
                client.call("res.thing", "deny", value)
        except Exception as error:  # noqa: BLE001 - all kinds are looked at
            return error


@tagged("post_install", "-at_install")
class TestKeys(TransactionCase):
    def setUp(self):
        super().setUp()
        self.old, self.new = (Fernet.generate_key().decode() for _key in range(2))
        self.keys(self.old)
        self.remote = self.env["remote.odoo"].create(
            {
                "name": "Peer",
                "url": "https://peer.example.com",
                "database": "peer",
                "username": "service",
                "password": SECRET,
            }
        )

    def keys(self, value):
        patcher = patch.dict(os.environ, {"REMOTE_ODOO_KEYS": value})
        patcher.start()
        self.addCleanup(patcher.stop)

    def secret(self):
        return self.remote._client()._OdooClient__password()

    def test_rotation(self):
        """The new key first, both decrypt; rotate; then the old one may go."""
        self.keys(f"{self.new},{self.old}")
        self.assertEqual(self.secret(), SECRET)
        self.env["remote.odoo"].search([]).filtered(
            lambda remote: remote != self.remote
        ).secret_token = False
        self.assertEqual(self.env["remote.odoo"]._rotate_secrets(), 1)
        self.keys(self.new)
        self.assertEqual(self.secret(), SECRET)
        self.keys(self.old)
        with self.assertRaises(Denied):
            self.secret()

    def test_lost_key(self):
        """A sentence at the connection, never a traceback."""
        self.keys(self.new)
        action = self.remote.action_test_connection()
        self.assertIn("Enter the password again", action["params"]["message"])
        self.assertEqual(self.remote.state, "failed")
        self.remote.password = "again"
        self.assertEqual(self.secret(), "again")

    def test_bad_key(self):
        self.keys("no key at all")
        with self.assertRaisesRegex(ValidationError, "REMOTE_ODOO_KEYS"):
            self.remote.password = "x"
        action = self.remote.action_test_connection()
        self.assertIn("REMOTE_ODOO_KEYS", action["params"]["message"])

    def test_configuration_file(self):
        self.keys("")
        with patch.dict(config.options, {"remote_odoo_keys": self.old}):
            self.assertEqual(self.secret(), SECRET)

    def test_key_file(self):
        """Without any key one is made, for the account of the server only."""
        self.keys("")
        with tempfile.TemporaryDirectory() as folder:
            with patch.dict(config.options, {"data_dir": folder}):
                token = crypto.encrypt(SECRET)
                path = Path(folder, "remote_odoo.key")
                self.assertEqual(path.stat().st_mode & 0o777, 0o600)
                self.assertEqual(crypto.decrypt(token), SECRET)
                self.assertEqual(os.listdir(folder), ["remote_odoo.key"])
                path.unlink()
                with self.assertRaises(crypto.SecretError):
                    crypto.decrypt(token)
