import logging
import time
from datetime import timedelta

from markupsafe import escape
from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..compat import commit_progress, group_users
from ..errors import (
    BadReply,
    Denied,
    OtherDatabase,
    OutcomeUnknown,
    RemoteError,
    Unreachable,
    Untrusted,
    where,
)
from ..public import public
from .remote_odoo import MANAGER

_logger = logging.getLogger(__name__)

ACTIVITY = "remote_odoo.mail_activity_type_connection"
TEST_DEADLINE, PROBE_DEADLINE, CRON_RUN = 60, 15, 45  # seconds
BACKOFF = (60, 300, 900)  # seconds between probes of a connection that failed


class RemoteOdoo(models.Model):
    """Health: the test, the probe of a parked connection, and who is told."""

    _inherit = "remote.odoo"

    waiting_count = fields.Integer(
        "Messages Waiting", compute="_compute_figures", groups=MANAGER
    )
    failed_count = fields.Integer(
        "Messages Failed", compute="_compute_figures", groups=MANAGER
    )
    oldest_waiting = fields.Integer(
        "Oldest Waiting (minutes)",
        compute="_compute_figures",
        groups=MANAGER,
        help="Age of the oldest message that waits. A monitor reads it by "
        "waiting_figures() of this model.",
    )

    def _compute_figures(self):
        rows = self.env["remote.odoo.message"]._waiting_figures(self)
        for remote in self:
            figures = rows[remote.id]
            remote.waiting_count = figures["waiting"]
            remote.failed_count = figures["failed"]
            remote.oldest_waiting = figures["oldest_waiting_seconds"] // 60

    @public(one=True)
    def action_view_messages(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "remote_odoo.remote_odoo_message_action"
        )
        return {
            **action,
            "domain": [("remote_id", "=", self.id)],
            "context": {"search_default_failed": 1, "search_default_waiting": 1},
        }

    @public(one=True)
    def action_test_connection(self):
        """Try the connection and return a notification; for who may write its owner."""
        owner = self._owner()
        (owner or self).check_access("write")
        return self.sudo()._test_connection(owner)

    def _owner(self):
        """Return the business record of this connection, as the current user."""
        model = self.sudo().owner_model
        if model not in self.env:
            return None
        owner = self.env[model].with_context(active_test=False)
        return owner.browse(owner.sudo().search([("remote_id", "=", self.id)]).ids)

    def _test_connection(self, owner=None):
        """Run every check, keep the results, return a notification (self is sudo)."""
        title = self.env._("Test Connection")
        if not self:
            error = self.env._("Enter the address, database and account first.")
            return self._notification("danger", error, title)
        results, error = self._run_checks(owner)
        self.check_ids.unlink()
        self.env["remote.odoo.check"].create(
            [{**result, "remote_id": self.id} for result in results]
        )
        self.last_test = fields.Datetime.now()
        if error:
            self._contact_failed(error)
            error = f"{error} {self._advice(error)}"
            return self._notification("danger", error, title)
        connected = self.env._("Connected to Odoo %s.", self.server_version)
        return self._notification("success", connected, title)

    def _run_checks(self, owner):
        """Return the values of each check, and the first error."""
        results, first, stopped = [], None, False
        try:
            with self._client(deadline=TEST_DEADLINE) as client:
                checks = [
                    (self.env._("An Odoo answers"), self._check_version),
                    (self.env._("Database and login"), self._check_login),
                    *self._speaker_checks(),
                    *(owner.sudo()._remote_checks() if owner else []),
                ]
                for number, (label, function) in enumerate(checks):
                    if stopped:
                        results.append({"name": label, "state": "skipped"})
                        continue
                    detail, error = self._run_check(function, client)
                    results.append(self._check_values(label, detail, error))
                    first = first or error
                    stopped = error and (
                        number < 2 or isinstance(error, (Unreachable, OutcomeUnknown))
                    )
                if not first:
                    self._contact_worked(client)
                    if owner:
                        owner.sudo()._remote_tested(client)
        except RemoteError as error:
            first = first or error
            label = self.env._("Connection")
            results = results or [self._check_values(label, None, error)]
        return results, first

    def _run_check(self, function, client):
        """Return what a check says and its error, whatever it raises."""
        try:
            with self.env.cr.savepoint(flush=False):
                return function(client), None
        except RemoteError as error:
            return None, error
        except (OperationalError, UserError):
            raise  # of this database, and none of the peer's
        except Exception as error:  # noqa: BLE001 - a shape that no Odoo answers
            _logger.info("connection %s: %s in a check", self.id, where(error))
            return None, BadReply("The other Odoo answered something unexpected.")

    def _check_values(self, label, detail, error):
        return {
            "name": label,
            "state": "failed" if error else "passed",
            "detail": str(error) if error else detail or False,
            "advice": error and self._advice(error),
        }

    def _check_version(self, client):
        self.server_version = str(client.version()["server_version"])[:32]
        return self.env._("Odoo %s", self.server_version)

    def _check_login(self, client):
        client.authenticate()
        return self.env._("Logged in as %s", client.login)

    def _probe(self):
        """Ask a parked connection for a login; return ``(client, error)``."""
        try:
            with self._client(deadline=PROBE_DEADLINE) as client:
                client.authenticate()
                return client, None
        except RemoteError as error:
            return None, error

    def _note_contact(self, client=None, error=None):
        """Keep how calls to this Odoo ended: the one rule for parking.

        An error that lies in the connection (not reachable, no answer, no Odoo, wrong
        account) parks it: its messages wait for a probe. A refusal parks nothing,
        because the other Odoo answered.

        :param client: the ``OdooClient`` that was let in; not needed with an error
        :param error: the ``RemoteError`` that ended the calls, or None
        """
        if error and error.parks:
            self._contact_failed(error, park=True)
        elif client and not error:
            self._contact_worked(client)

    def _contact_worked(self, client):
        """This account was let in: forget the failures, close the activity."""
        self.ensure_one()
        now = fields.Datetime.now()
        fresh = self.last_success and now - self.last_success < timedelta(minutes=1)
        if fresh and self.state == "connected" and not self.next_probe:
            return
        if self.next_probe:
            self.env["remote.odoo.message"]._wake()
        self.write(
            {
                "state": "connected",
                "last_success": now,
                "failure_count": 0,
                "next_probe": False,
                "last_error": False,
                **({"uid": client.uid} if client.uid != self.uid else {}),
            }
        )
        self.activity_feedback(
            [ACTIVITY], feedback=self.env._("The connection works again.")
        )

    def _contact_failed(self, error, park=False):
        """Count a failure; the first one opens an activity; ``park`` holds messages."""
        self.ensure_one()
        count = self.failure_count + 1
        values = {
            "state": "failed",
            "failure_count": count,
            "last_error": str(error),
        }
        if park:
            delays = self._backoff()
            delay = delays[min(count, len(delays)) - 1]
            values["next_probe"] = fields.Datetime.now() + timedelta(seconds=delay)
        if isinstance(error, OtherDatabase):
            values["foreign_stamp"] = error.stamp
        self.write(values)
        _logger.info("connection %s: %s (%s in a row)", self.id, error.failure, count)
        activities = self.activity_search([ACTIVITY])
        if not activities:
            self.activity_schedule(
                ACTIVITY,
                summary=self.env._("Connection %s does not work", self.name),
                note=escape(f"{error} {self._advice(error)}"),
                user_id=self._activity_user().id,
            )
        for activity in activities:
            if not self._can_act(activity.user_id):
                activity.user_id = self._activity_user()

    def _activity_user(self):
        """Return who can act now: people leave, change their work or lose a right.

        The responsible, else who made the connection, else a manager of its app, else
        an administrator.
        """
        owner = self.env.get(self.owner_model)
        groups = ["base.group_system"]
        if owner is not None and owner._remote_manager_group:
            groups.insert(0, owner._remote_manager_group)
        people = self.responsible_id | self.create_uid
        for group in groups:
            people |= group_users(self.env.ref(group)).sorted("id")
        able = (user for user in people if self._can_act(user))
        return next(able, self.env.ref("base.user_admin"))

    def _can_act(self, user):
        return (
            user.active and not user.share and self.with_user(user).has_access("read")
        )

    @api.model
    def _backoff(self):
        """Return the waits in seconds; the parameter is for drills and tests."""
        parameters = self.env["ir.config_parameter"].sudo()
        value = parameters.get_param("remote_odoo.backoff_seconds")
        return [int(item) for item in value.split(",")] if value else BACKOFF

    @api.model
    def _advice(self, error):
        """Return what a person can do about this error."""
        if isinstance(error, Untrusted):
            return self.env._(
                "Ask there for a valid one. If you trust that server and the network, "
                "turn Verify SSL off and enter the password again."
            )
        return {
            "login": self.env._(
                "Enter the user name and the password or API key again."
            ),
            "database": self.env._("Compare the database name with the other Odoo."),
            "model": self.env._(
                "Ask the administrator of the other Odoo for the missing right "
                "or addon."
            ),
            "unreachable": self.env._(
                "Check the address and whether the other server runs. Waiting "
                "messages are kept."
            ),
            "unknown": self.env._("Try again later; nothing is sent twice."),
            "rejected": self.env._(
                "Correct what the other Odoo names, then try again."
            ),
            "bad_reply": self.env._(
                "Check the address: it must be that of the other Odoo itself."
            ),
            "displaced": self.env._(
                "If this is a copy for tests, remove its passwords. If this is the "
                "real one, stop the other database, then click Take Over on this "
                "connection."
            ),
        }[error.what if isinstance(error, Denied) else error.failure]

    @api.model
    def _notification(self, kind, message, title=""):
        """Return a toast that also refreshes the screen; bad news stays on it."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "title": title,
                "message": message,
                "sticky": kind in ("danger", "warning"),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _cron_test_connections(self):
        """Test what was not tested for a day, each in its own transaction."""
        ends = time.monotonic() + CRON_RUN
        yesterday = fields.Datetime.now() - timedelta(hours=20)
        due = [("last_test", "=", False), ("last_test", "<", yesterday)]
        remotes = self.search(
            [("secret_token", "!=", False), "|", *due], order="last_test NULLS FIRST"
        )
        for remote in remotes:
            if time.monotonic() > ends:  # a worker of Odoo is killed after a while
                self.env.ref("remote_odoo.ir_cron_test_connections")._trigger()
                return
            owner = remote._owner()
            if not (owner and "active" in owner._fields and not owner.active):
                try:
                    with self.env.cr.savepoint():
                        remote._test_connection(owner)
                except Exception as error:  # noqa: BLE001 - nor does it stop the others
                    _logger.error("connection %s: %s", remote.id, where(error))
                    remote.last_test = fields.Datetime.now()
            commit_progress(self.env, 1, 0)

    @api.model
    @public()
    def waiting_figures(self):
        """Return figures for a monitor; for managers of the connections only."""
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only managers may read these figures."))
        remotes = self.search([], limit=1000)
        rows = self.env["remote.odoo.message"]._waiting_figures(remotes)
        return {
            "connections": [
                {
                    "id": remote.id,
                    "name": remote.name,
                    "state": remote.state,
                    "failures_in_a_row": remote.failure_count,
                    **rows[remote.id],
                }
                for remote in remotes
            ]
        }
