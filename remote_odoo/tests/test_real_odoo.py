"""The client against a real Odoo of this series: this server itself."""

from contextlib import nullcontext
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger

from ..client import OdooClient
from ..errors import BadReply, Denied, Rejected

RPC_LOGGERS = (
    "odoo.http",
    "odoo.sql_db",
    "odoo.addons.rpc.controllers.xmlrpc",
    "odoo.addons.rpc.controllers.jsonrpc",
    "odoo.addons.base.models.res_users",
    "odoo.addons.base.models.ir_model",
    "odoo.addons.base.models.ir_rule",
)


class Client(OdooClient):
    """Shows the pass that Odoo's tests ask of each request."""

    def _post(self, *args):
        # 19.0 gives it within a context only.
        with getattr(self.case, "allow_requests", nullcontext)():
            self._OdooClient__session.cookies.update(self.case.opener.cookies)
            return super()._post(*args)


@tagged("post_install", "-at_install")
class TestRealOdoo(HttpCase):
    def setUp(self):
        super().setUp()
        self.user = new_test_user(self.env, "peer-service", password="peer-service-1")
        self.url = f"http://127.0.0.1:{self.http_port()}"
        muted = mute_logger(*RPC_LOGGERS)
        muted.__enter__()
        self.addCleanup(muted.__exit__)

    def clients(self, password="peer-service-1", db=None, **kwargs):
        for protocol in ("xmlrpc", "jsonrpc"):
            db = db or get_db_name()
            client = Client(
                self.url, db, "peer-service", password, protocol=protocol, **kwargs
            )
            client.case = self
            with client:
                yield client

    def test_road(self):
        countries = self.env["res.country"].search_count([])
        for client in self.clients():
            self.assertIn("server_version", client.version())
            self.assertEqual(client.authenticate(), self.user.id)
            self.assertEqual(
                client.call("res.users", "read", [self.user.id], ["login"]),
                [{"id": self.user.id, "login": "peer-service"}],
            )
            pages = client.search_read_pages("res.country", [], ["code"], page=100)
            rows = [row for page in pages for row in page]
            self.assertEqual(len(rows), countries)

    def test_wrong_password(self):
        for client in self.clients(password="wrong"):
            with self.assertRaises(Denied) as caught:
                client.authenticate()
            self.assertEqual(caught.exception.what, "login")
            client.uid = self.user.id
            with self.assertRaises(Denied) as caught:
                client.call("res.users", "read", [self.user.id], ["login"])
            self.assertEqual(caught.exception.what, "login")

    def test_account_gone(self):
        for client in self.clients(uid=99999999):
            with self.assertRaises(Denied) as caught:
                client.call("res.users", "read", [self.user.id], ["login"])
            self.assertEqual(caught.exception.what, "login")

    def test_database_missing(self):
        for client in self.clients(db="no_such_database_here"):
            with self.assertRaisesRegex(
                Denied, "Database not found: no_such"
            ) as caught:
                client.authenticate()
            self.assertEqual(caught.exception.what, "database")

    def test_no_rights(self):
        for client in self.clients():
            with self.assertRaisesRegex(Denied, "no rights on model ir.cron") as caught:
                client.call("ir.cron", "search_read", [], ["name"])
            self.assertEqual(caught.exception.what, "model")

    def test_missing(self):
        for client in self.clients():
            with self.assertRaisesRegex(Denied, "no model no.such.model"):
                client.call("no.such.model", "read", [1])
            with self.assertRaisesRegex(Denied, "does not know this method"):
                client.call("res.users", "no_such_method", [1])
            with self.assertRaises(Denied):
                client.call("res.users", "_no_such_method", [1])

    def test_rejected(self):
        partner = self.user.partner_id
        group = self.env.ref("base.group_partner_manager")
        users = "user_ids" if "user_ids" in group._fields else "users"
        group.write({users: [fields.Command.link(self.user.id)]})
        for client in self.clients():
            with self.assertRaisesRegex(Rejected, "nofield"):
                client.call("res.partner", "search_read", [("nofield", "=", 1)])
            with self.assertRaisesRegex(Rejected, "Wrong value for res.partner.type"):
                client.call("res.partner", "write", [partner.id], {"type": "zzz"})
            with self.assertRaises(Rejected) as caught:  # a ValidationError
                client.call(
                    "res.partner", "write", [partner.id], {"parent_id": partner.id}
                )
            self.assertNotIn("Traceback", str(caught.exception))
            with self.assertRaisesRegex(Rejected, "does not exist"):
                client.call("res.partner", "write", [99999999], {"name": "x"})

    def test_api_key(self):
        """An API key serves as the password; an expired one is Access Denied."""
        keys = self.env(user=self.user)["res.users.apikeys"].sudo()
        later = fields.Datetime.now() + timedelta(days=1)
        key = keys._generate("rpc", "test", later)
        for client in self.clients(password=key):
            self.assertEqual(client.authenticate(), self.user.id)
            client.call("res.users", "read", [self.user.id], ["login"])
        self.env.cr.execute(
            "UPDATE res_users_apikeys SET expiration_date = now() - interval '1 day'"
        )
        for client in self.clients(password=key):
            with self.assertRaises(Denied):
                client.authenticate()

    def test_login_page(self):
        """An address inside the web client redirects to its login page."""
        self.url += "/web"
        for client in self.clients():
            with self.assertRaises(BadReply):
                client.version()
