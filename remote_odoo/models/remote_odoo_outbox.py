import logging
import time
from contextlib import contextmanager
from datetime import timedelta

from psycopg2 import DatabaseError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying

from ..compat import try_lock
from ..errors import BadReply, Busy, RemoteError, where
from .remote_odoo_message import UNSURE, _json

_logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=15)  # longer than the deadline of a delivery
# A cron worker of Odoo is killed after 120 seconds: RUN + DEADLINE stay below.
RUN = 15  # seconds in which deliveries may begin
DEADLINE = 90  # seconds for all calls of one delivery
SLICE = 5  # seconds for one connection before the next gets its turn
BUSY = (0.2, 0.5, 1, 2)  # seconds between questions to a peer that is at the record
LONGEST_WAIT = timedelta(hours=1)  # a later date is the work of a clock put back
LOCK = 0x524F  # our advisory locks: (LOCK, id of the connection)


class RemoteOdooMessage(models.Model):
    """Delivery. Every step is committed before the next, so that a process may die
    anywhere: a row is sent again when its lease has run out; its key makes that safe.
    """

    _inherit = "remote.odoo.message"

    @api.model
    def _cron_deliver(self):
        """Send what is due, connection by connection, for at most ``RUN`` seconds."""
        if self.env["ir.config_parameter"].sudo().get_param("database.is_neutralized"):
            return
        ends = time.monotonic() + RUN
        finished = turn = self.env["remote.odoo"]
        while time.monotonic() < ends:
            due = self._due_remotes() - finished
            if not due - turn:
                turn = turn.browse()
            remote = (due - turn)[:1]
            if not remote:
                return
            turn |= remote
            try:
                with self._exclusive(remote) as got:
                    if not got or self._deliver_remote(remote, ends):
                        finished |= remote
            except Exception as error:  # noqa: BLE001 - no connection stops another
                _logger.error("connection %s: broke off, %s", remote.id, where(error))
                finished |= remote
        self._trigger_lanes()

    @contextmanager
    def _exclusive(self, remote):
        """Hold a connection for this worker; PostgreSQL frees it when we die."""
        cr = self.env.cr
        cr.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, remote.id])
        got = cr.fetchone()[0]
        self._look_anew()
        try:
            yield got
        except Exception:
            cr.rollback()
            raise
        finally:
            if got:
                cr.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, remote.id])

    def _deliver_remote(self, remote, ends):
        """Send the due messages of a connection; return whether none is left."""
        ends = min(ends, time.monotonic() + SLICE)
        if remote.next_probe:
            client, error = remote._probe()
            self._look_anew()
            self._commit(remote._note_contact, client, error)
            if error:
                return True
        while time.monotonic() < ends:
            message = self._commit(self._claim, remote)
            if not message:
                return True
            message._deliver()
            if remote.next_probe:
                return True
        return False

    def _look_anew(self):
        """End the transaction: the rows may have changed while we waited."""
        self.env.cr.commit()  # pylint: disable=invalid-commit
        self.env.invalidate_all()

    # -- what is due -----------------------------------------------------------

    @api.model
    def _due_domain_sql(self):
        now = fields.Datetime.now()
        horizon = now + LONGEST_WAIT
        return (
            """
            ((m.state = 'pending' AND (m.next_attempt <= %s OR m.next_attempt > %s))
             OR (m.state = 'sending' AND (m.lease_until <= %s OR m.lease_until > %s)))
            AND NOT EXISTS (
                SELECT 1 FROM remote_odoo_message e
                 WHERE e.res_id = m.res_id AND e.res_model = m.res_model
                   AND e.remote_id = m.remote_id AND e.id < m.id
                   AND e.state IN ('pending', 'sending'))
            """,
            [now, horizon, now, horizon],
        )

    @api.model
    def _due_remotes(self):
        """Return the connections with something to send now, longest waiting first."""
        where, params = self._due_domain_sql()
        now = fields.Datetime.now()
        self.flush_model()
        self.env.cr.execute(
            f"""
            SELECT m.remote_id FROM remote_odoo_message m
              JOIN remote_odoo r ON r.id = m.remote_id
             WHERE {where} AND r.foreign_stamp IS NULL
               AND (r.next_probe IS NULL OR r.next_probe <= %s OR r.next_probe > %s)
             GROUP BY m.remote_id ORDER BY min(m.next_attempt)
            """,
            [*params, now, now + LONGEST_WAIT],
        )
        return self.env["remote.odoo"].browse(
            [row[0] for row in self.env.cr.fetchall()]
        )

    @api.model
    def _claim(self, remote):
        """Take the next due message, with a lease; the caller commits."""
        where, params = self._due_domain_sql()
        self.env.invalidate_all()
        self.env.cr.execute(
            f"SELECT m.id FROM remote_odoo_message m WHERE m.remote_id = %s AND {where}"
            # What failed just now stands behind what has not been tried since.
            " ORDER BY m.next_attempt, m.id LIMIT 1",
            [remote.id, *params],
        )
        message = try_lock(self.browse([row[0] for row in self.env.cr.fetchall()]))
        now = fields.Datetime.now()
        if message:
            if message.state == "sending":  # its worker died on it
                message.failure = "unknown"
            model = self.env.get(message.res_model)
            if getattr(model, f"_remote_creates_{message.action}", False):
                remote._new_stamp()
            message.write(
                {
                    "state": "sending",
                    "lease_until": now + self._lease(),
                    "sent_at": now if not message.replied else message.sent_at,
                    # Counted before sending, so that a crash cannot loop for free.
                    "attempts": message.attempts + (not message.replied),
                }
            )
        return message

    # -- one message -----------------------------------------------------------

    def _deliver(self):
        """Send a claimed message and apply the reply; never raises a RemoteError."""
        record = self._acting_record()
        if problem := self._local_problem(record):
            return self._step(self._close_local, record, problem)
        if not self.replied and not self._send(record):
            return None
        try:
            self._step(self._apply_reply, record)
        except Exception as caught:  # noqa: BLE001 - kept for Retry, see _close_local
            self._step(self._close_local, record, self._explain_local(caught))
        return None

    def _send(self, record):
        """Make the calls and store how they ended; return whether a reply came."""
        started = time.monotonic()
        error = problem = reply = client = None
        remote = self.remote_id
        try:
            with self.env.cr.savepoint(flush=False):
                with remote._client(deadline=DEADLINE) as client:
                    deliver = getattr(record, f"_remote_deliver_{self.action}")
                    reply = _reply_json(self._ask(deliver, client))
        except RemoteError as caught:
            error = caught
        except Exception as caught:  # noqa: BLE001 - one bad message stops no other
            problem = self._explain_local(caught)
        self._look_anew()
        if problem:
            self._step(self._close_local, record, problem)
        elif error:
            self._step(self._settle_error, record, error)
        else:
            duration = time.monotonic() - started
            return self._step(self._store_reply, remote, reply, client, duration)
        return False

    def _step(self, function, *args):
        """Commit one step of a delivery; return whether it was done.

        Not done when the message is no longer ours: an addon that was uninstalled
        meanwhile has cancelled it.
        """

        def step():
            self.env.cr.execute(
                "SELECT 1 FROM remote_odoo_message WHERE id = %s AND state = 'sending'"
                " FOR UPDATE",
                [self.id],
            )
            if not self.env.cr.fetchone():
                _logger.info("message %s was cancelled while it was sent", self.id)
                return False
            function(*args)
            return True

        return self._commit(step)

    def _ask(self, deliver, client):
        """Send; a busy peer is well, and so its connection need not be parked."""
        for wait in BUSY:
            try:
                return deliver(client, self.payload)
            except Busy:
                time.sleep(wait)
        return deliver(client, self.payload)

    def _commit(self, function, *args):
        """Run a step in a transaction of its own, again if PostgreSQL asks for it."""
        return retrying(lambda: function(*args), self.env)

    def _acting_record(self):
        """Return the record as the user who asked, with sudo; None when it is gone."""
        user = self.requester_id or self.env.ref("base.user_root")
        users = user.with_user(user)
        # Odoo keeps what context_get() says: no language is read for each message.
        return self._record(users.sudo().with_context(**users.context_get()).env)

    def _local_problem(self, record):
        model = self.env.get(self.res_model)
        if model is None or not hasattr(model, f"_remote_deliver_{self.action}"):
            return self.env._(
                "The addon that sends this message (%s) is not installed.", self.action
            )
        return None if record else self.env._("The record of this message was deleted.")

    def _explain_local(self, error):
        """Return a sentence about a mistake of ours, and log where it was made."""
        if isinstance(error.__cause__, DatabaseError):
            error = error.__cause__  # Odoo's sentence about it may quote a customer
        if isinstance(error, UserError):
            return str(error)
        _logger.warning("message %s (%s): %s", self.id, self.action, where(error))
        return self.env._("An error in this database (%s).", where(error))

    # -- times -----------------------------------------------------------------

    def _earliest(self):
        """Return when an unanswered message may be asked about again."""
        self.ensure_one()
        now = fields.Datetime.now()
        if self.failure not in UNSURE or self.replied or not self.sent_at:
            return now
        record = self._record()
        wait = getattr(record, f"_remote_wait_{self.action}", 0)
        return max(now, self.sent_at + timedelta(seconds=wait))

    @api.model
    def _lease(self):
        """Return the length of a lease; the parameter is for drills and tests."""
        parameters = self.env["ir.config_parameter"].sudo()
        seconds = parameters.get_param("remote_odoo.lease_seconds")
        return timedelta(seconds=int(seconds)) if seconds else LEASE


def _reply_json(reply):
    try:
        return _json(reply)
    except (ValueError, RecursionError) as error:  # NaN, or deeper than anything of use
        raise BadReply("The other Odoo answered something unexpected.") from error
