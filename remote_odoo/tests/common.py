import json
from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

from .fake_odoo import FakeOdoo, Fault

__all__ = [
    "FakeOdoo",
    "Fault",
    "OutboxMixin",
    "RemoteCase",
    "RpcMixin",
]


class RpcMixin:
    """For an ``HttpCase``: calls this server as another Odoo would."""

    def json_rpc(self, user, model, method, args=(), kwargs=None):
        """Return the HTTP response to a call with the password of new_test_user."""
        password = user.login.ljust(8, "x")
        account = [self.env.cr.dbname, user.id, password]
        params = {
            "service": "object",
            "method": "execute_kw",
            "args": [*account, model, method, list(args), kwargs or {}],
        }
        return self.url_open(
            "/jsonrpc",
            data=json.dumps(
                {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
            ),
            headers={"Content-Type": "application/json"},
        )


class OutboxMixin:
    """For any test case of Odoo: runs the outbox inside the transaction of the test."""

    def run_outbox(self, times=1, now=True):
        """Deliver what is due; ``now`` lets no wait and no lease stand in the way."""
        messages = self.env["remote.odoo.message"].sudo()
        for _run in range(times):
            self.env.flush_all()
            if now:
                self.skip_waits()
            with self.in_cron():
                messages.with_user(self.env.ref("base.user_root"))._cron_deliver()
            self.env.invalidate_all()

    @contextmanager
    def in_cron(self):
        """Let code commit as a cron does, without ending the test's transaction."""
        cr = self.env.cr
        with (
            patch.object(cr, "commit", cr.flush),
            patch.object(cr, "rollback", lambda: None),
        ):
            yield

    def skip_waits(self):
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE remote_odoo
               SET next_probe = now() AT TIME ZONE 'UTC' - interval '1 s'
             WHERE next_probe IS NOT NULL;
            UPDATE remote_odoo_message
               SET next_attempt = now() AT TIME ZONE 'UTC' - interval '1 s',
                   lease_until = CASE WHEN state = 'sending'
                                 THEN now() AT TIME ZONE 'UTC' - interval '1 s' END
             WHERE state IN ('pending', 'sending');
            """
        )
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class RemoteCase(OutboxMixin, TransactionCase):
    """A test with a fake Odoo, ``self.fake``, started fresh for each test."""

    def setUp(self):
        super().setUp()
        self.fake = FakeOdoo()
        self.fake.start()
        self.addCleanup(self.fake.stop)
