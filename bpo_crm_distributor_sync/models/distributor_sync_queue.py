import logging
import time

import psycopg2

from odoo import api, fields, models
from odoo.service.model import retrying

from odoo.addons.remote_odoo.compat import commit_progress
from odoo.addons.remote_odoo.errors import OutcomeUnknown, RemoteError, Unreachable

from ..sync import JOBS
from ..sync.job import Cancelled
from ..sync.writer import Later
from .crm_brand_sync import LAST_SYNC
from .distributor_sync_run import KINDS

_logger = logging.getLogger(__name__)

KIND_NUMBER = {kind: number for number, (kind, _label) in enumerate(KINDS)}
LOCK = 0x4453  # our advisory locks: (LOCK + kind, id of the brand)
BUDGET = 60  # seconds of one cron call: a worker of Odoo is killed after 120
CRON = "bpo_crm_distributor_sync.ir_cron_process_sync_runs"


class DistributorSyncRun(models.Model):
    """How a run begins, waits for its turn and goes on: one of a brand and kind."""

    _inherit = "distributor.sync.run"

    @api.model
    def _lock(self, cr, brand, kind):
        """Take this brand and kind until the transaction of `cr` ends.

        :return: whether we got it, the run that waits or runs already if any, and
            whether the brand has open issues: one statement for all three
        """
        self.flush_model(["brand_id", "kind", "state"])
        self.env["distributor.sync.issue"].flush_model(["brand_id", "state"])
        cr.execute(
            """
            SELECT pg_try_advisory_xact_lock(%s, %s),
                   (SELECT id FROM distributor_sync_run
                     WHERE brand_id = %s AND kind = %s
                       AND state IN ('queued', 'running') LIMIT 1),
                   EXISTS (SELECT FROM distributor_sync_issue
                            WHERE brand_id = %s AND state = 'open')
            """,
            [LOCK + KIND_NUMBER[kind], brand.id, brand.id, kind, brand.id],
        )
        got, waiting, has_issues = cr.fetchone()
        return got, self.browse(waiting or []), has_issues

    # -- starting --------------------------------------------------------------

    @api.model
    def _start(self, brand, kind, **options):
        """Sync now when it is one page, else in the background; tell the user which.

        The caller has checked the rights.
        """
        runs = self.sudo()
        got, waiting, has_issues = runs._lock(self.env.cr, brand, kind)
        if waiting:
            if got and waiting.next_try:
                waiting.next_try = False  # a person knows that it is up again
            runs._wake()  # of a worker that was killed, perhaps
        if waiting or not got:
            return runs._busy(brand, kind, waiting)
        run = runs.create(
            {
                "brand_id": brand.id,
                "kind": kind,
                "state": "running",
                "user_id": self.env.uid,
                "started": fields.Datetime.now(),
                **options,
            }
        )
        try:
            JOBS[kind](run, has_issues=has_issues).execute()
        except Later:
            run._reset()
            runs._wake()
            return self.env["remote.odoo"]._notification(
                "info",
                self.env._(
                    "That is a lot to read, so it is synced in the background. You "
                    "get a message when it is done; the bar on the brand shows how "
                    "far it is."
                ),
            )
        except RemoteError as error:
            run._fail(error)
            return self.env["remote.odoo"]._notification("danger", run.message)
        run._finish()
        return run._result()

    @api.model
    def _queue(self, brand, kind, **options):
        """Have the cron do it; the run that waits already is that run."""
        runs = self.sudo()
        run = runs._waiting(brand, kind) or runs.create(
            {"brand_id": brand.id, "kind": kind, "user_id": self.env.uid, **options}
        )
        if options.get("full") and not (run.full or run.reads or run.only_ids):
            run.full = True  # it has not begun: it may read more
        runs._wake()
        return run

    @api.model
    def _waiting(self, brand, kind):
        return self.search(
            [
                ("brand_id", "=", brand.id),
                ("kind", "=", kind),
                ("state", "in", ("queued", "running")),
            ],
            limit=1,
        )

    def _reset(self):
        """Begin again in the background what was begun in a request."""
        self.write(
            {
                "state": "queued",
                "created": 0,
                "updated": 0,
                "unchanged": 0,
                "failed": 0,
                "images": 0,
                "done": 0,
                "cursor": 0,
                "mark": False,
            }
        )

    @api.model
    def _wake(self, at=None):
        self.env.ref(CRON).sudo()._trigger(at)

    @api.model
    def _busy(self, brand, kind, run):
        who = run.user_id.name or self.env._("the scheduler")
        return self.env["remote.odoo"]._notification(
            "warning",
            self.env._(
                "%(brand)s is being synced already (%(kind)s, started by %(who)s). "
                "Nothing was started twice.",
                brand=brand.name,
                kind=dict(self._fields["kind"]._description_selection(self.env))[kind],
                who=who,
            ),
        )

    # -- background ------------------------------------------------------------

    @api.model
    def _cron_process(self):
        """Work off the queue; a run that was killed goes on behind its last page."""
        ends = time.monotonic() + BUDGET
        due = self.search(
            [
                ("state", "in", ("queued", "running")),
                "|",
                ("next_try", "=", False),
                ("next_try", "<=", fields.Datetime.now()),
            ],
            order="id",
        )
        for left, run in zip(range(len(due) - 1, -1, -1), due, strict=True):
            if run.exists():  # the cron of web leads forgets its own
                run._process(ends)
            commit_progress(self.env, 1, left)
            if left and time.monotonic() > ends:
                break
        if self.search_count(
            [("state", "in", ("queued", "running")), ("next_try", "=", False)], limit=1
        ):
            self._wake()

    def _process(self, deadline=None):
        """Sync in a transaction of our own, committed page by page."""
        self.ensure_one()
        # A cursor that is kept open: the other one commits after each page.
        with self.env.registry.cursor() as lock_cr:
            if self._lock(lock_cr, self.brand_id, self.kind)[0]:
                # Two kinds write their brand and its connection, and people cancel:
                # who comes second goes on behind its last commit.
                retrying(lambda: self._go_on(deadline), self.env)

    def _go_on(self, deadline):
        # Look anew, now that nobody else is at it.
        self.env.cr.commit()  # pylint: disable=invalid-commit
        self.invalidate_recordset()
        if not self.exists() or self.state not in ("queued", "running"):
            return
        self.write(
            {
                "state": "running",
                "started": self.started or fields.Datetime.now(),
                "next_try": False,
            }
        )
        # Who looks at the run has to see that it began.
        self.env.cr.commit()  # pylint: disable=invalid-commit
        job = JOBS[self.kind](self, owned=True, deadline=deadline)
        try:
            if not job.execute():
                return
            self._finish()
        except Cancelled:
            self.env.cr.rollback()
            self.write({"finished": fields.Datetime.now()})
        except psycopg2.OperationalError:
            raise
        except RemoteError as error:
            self.env.cr.rollback()
            self._fail(error, retry=isinstance(error, (Unreachable, OutcomeUnknown)))
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("sync run %s of brand %s", self.id, self.brand_id.id)
            self._fail(error)
        if self.state != "queued":
            self._tell()

    @api.model
    def _cron_import_web_leads(self):
        """Import the web leads of every brand; a failure does not stop the next."""
        brands = self.env["crm.brand"].search([("remote_id", "!=", False)])
        for left, brand in zip(range(len(brands) - 1, -1, -1), brands, strict=True):
            remote = brand.remote_id
            parked = remote.next_probe and remote.next_probe > fields.Datetime.now()
            if remote.url and remote.has_password and not parked:
                run = self._waiting(brand, "lead") or self.create(
                    {"brand_id": brand.id, "kind": "lead"}
                )
                run._process()
                run._forget_idle()
            commit_progress(self.env, 1, left)

    @api.model
    def _cron_full_check(self):
        """Queue the daily comparison of whatever was synced once, of every brand."""
        brands = self.env["crm.brand"].search([("remote_id", "!=", False)])
        for brand in brands:
            for kind in ("product", "dealer"):
                if brand[LAST_SYNC[kind]]:
                    self._queue(brand, kind, full=True)

    def _forget_idle(self):
        """Drop a run of the five-minute cron in which nothing happened.

        When it failed as the one before it did, drop that one.
        """
        for run in self:
            if run.user_id or run.created or run.updated or run.failed:
                continue
            if run.state == "failed":
                same = [(name, "=", run[name]) for name in ("kind", "state", "message")]
                mine = [("brand_id", "=", run.brand_id.id), ("user_id", "=", False)]
                self.search([*same, *mine, ("id", "<", run.id)], limit=1).unlink()
            elif run.state == "done" and not run.warning:
                run.unlink()
