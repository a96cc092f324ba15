"""Sessions of ordinary users over HTTP, and waiting for what servers do by themselves.

The client is the product's own `remote_odoo/client.py`, which needs no Odoo: it is
loaded beside the addon's package, whose `__init__` would import one.
"""

import importlib
import sys
import time
import types
from datetime import datetime, timedelta, timezone

from tools.paths import ROOT

_package = types.ModuleType("remote_odoo_client")
_package.__path__ = [str(ROOT / "remote_odoo")]
sys.modules.setdefault(_package.__name__, _package)
_client = importlib.import_module("remote_odoo_client.client")
errors = importlib.import_module("remote_odoo_client.errors")

# Seconds that a server may take for what it does by itself: a minute until a parked
# connection is probed, a minute until the cron comes, and the work on a busy machine.
PATIENCE = 150
POLL = 0.1


class StepFailed(Exception):
    """What should be true on the servers is not."""

    def __init__(self, name, why):
        super().__init__(f"{name}: {why}" if name else str(why))
        self.name, self.why = name, why


def expect(condition, why):
    """Raise unless `condition`; `why` says what was expected and what was found."""
    if not condition:
        raise StepFailed("", why)


def expect_equal(found, expected, what):
    expect(found == expected, f"{what} should be {expected!r} and is {found!r}")


def wait_for(what, condition, seconds=PATIENCE, hurry=None, poll=POLL):
    """Return the first true answer of `condition()`; a server may be down meanwhile.

    `hurry` is called every other second: what would come with the next minute of a
    scheduled action comes sooner.
    """
    start = hurried = time.monotonic()
    while True:
        try:
            if found := condition():
                return found
            trouble = None
            if hurry and time.monotonic() > hurried + 2:
                hurried = time.monotonic()
                hurry()
        except (errors.Unreachable, errors.OutcomeUnknown) as error:
            trouble = error
        if time.monotonic() > start + seconds:
            tail = f" ({trouble})" if trouble else ""
            raise StepFailed("", f"{what} did not happen within {seconds:.0f} s{tail}")
        time.sleep(poll)


class Database:
    """One database of a running server, entered as the people who work in it.

    `server` is an `OdooServer`; the administrator's password is that of a template.
    """

    def __init__(self, server):
        self.server, self.name = server, server.database
        self.admin = Person(self, "admin", "admin")
        self._ids = {}

    @property
    def url(self):
        return self.server.url

    def ref(self, xmlid):
        """Return the id behind an XML id."""
        if xmlid not in self._ids:
            module, name = xmlid.split(".")
            domain = [("module", "=", module), ("name", "=", name)]
            row = self.admin.one("ir.model.data", domain, ["res_id"])
            self._ids[xmlid] = row["res_id"]
        return self._ids[xmlid]

    def make_users(self, *wanted):
        """Create users as a settings administrator does, and return their sessions.

        `wanted`: (name, login, password, groups), where a group of `base` makes it
        another than an internal user.
        """
        known = self.admin.call("res.users", "fields_get", [], ["type"])
        field = "group_ids" if "group_ids" in known else "groups_id"
        values = []
        for name, login, password, groups in wanted:
            if not any(group.startswith("base.") for group in groups):
                groups = ["base.group_user", *groups]
            values.append(
                {
                    "name": name,
                    "login": login,
                    "password": password,
                    "email": f"{login}@example.com",
                    "tz": "Asia/Manila",
                    field: [(6, 0, [self.ref(xmlid) for xmlid in groups])],
                }
            )
        context = {"no_reset_password": True}
        self.admin.call("res.users", "create", values, context=context)
        return [
            Person(self, login, password, name)
            for name, login, password, _groups in wanted
        ]

    def run_cron(self, xmlid):
        """Make a cron due now. A cron worker of the server runs it, not this call."""
        cron = self.ref(xmlid)
        due = datetime.now(timezone.utc) - timedelta(seconds=1)

        def written():
            try:
                self.admin.write("ir.cron", cron, {"nextcall": f"{due:%F %T}"})
            except errors.Rejected:  # it is running just now
                return False
            return True

        wait_for(f"setting {xmlid} due", written)


class Person:
    """One user's session in one database."""

    def __init__(self, database, login, password, name=None):
        self.database, self.login, self.password = database, login, password
        self.name = name or login
        self._client = None

    def __repr__(self):
        return f"{self.login}@{self.database.name}"

    def again(self):
        """Return another session of the same user, for another thread."""
        return Person(self.database, self.login, self.password, self.name)

    def forget(self):
        """Log in anew at the next call."""
        self._client = None

    @property
    def client(self):
        if not self._client:
            self._client = _client.OdooClient(
                self.database.url,
                self.database.name,
                self.login,
                self.password,
                protocol="jsonrpc",
                timeout=(5, 120),
                deadline=None,
            ).__enter__()
        return self._client

    @property
    def uid(self):
        return self.client.uid or self.client.authenticate()

    def call(self, model, method, *args, **kwargs):
        return self.client.call(model, method, *args, **kwargs)

    def create(self, model, values, **kwargs):
        """Return the id of the new record."""
        return self.call(model, "create", [values], **kwargs)[0]

    def write(self, model, record_id, values, **kwargs):
        return self.call(model, "write", [record_id], values, **kwargs)

    def read(self, model, record_id, fields):
        """Return the values of one record, many2ones as ids."""
        (row,) = self.call(model, "read", [record_id], fields, load=False)
        return row

    def rows(self, model, domain, fields=("id",), **kwargs):
        return self.call(
            model, "search_read", domain, list(fields), load=False, **kwargs
        )

    def one(self, model, domain, fields=("id",), **kwargs):
        """Return the only record of `domain`; none or several is a failure."""
        rows = self.rows(model, domain, fields, **kwargs)
        expect(len(rows) == 1, f"one {model} {domain} expected, {len(rows)} found")
        return rows[0]

    def count(self, model, domain, **kwargs):
        return self.call(model, "search_count", domain, **kwargs)

    def refused(self, model, method, *args, **kwargs):
        """Return the sentence with which the server refuses this call."""
        try:
            self.call(model, method, *args, **kwargs)
        except (errors.Rejected, errors.Denied) as error:
            return str(error)
        raise StepFailed("", f"{self.login} was allowed {model}.{method}")

    def chatter(self, model, record_id):
        """Return the texts of a record's messages, oldest first, without markup."""
        domain = [("model", "=", model), ("res_id", "=", record_id)]
        rows = self.rows("mail.message", domain, ["preview"], order="id")
        return [row["preview"] for row in rows]
