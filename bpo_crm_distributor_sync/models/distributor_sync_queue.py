import logging
import time

import psycopg2

from odoo import api, fields, models
from odoo.service.model import retrying

from odoo.addons.remote_odoo.compat import commit_progress
from odoo.addons.remote_odoo.errors import (
    OutcomeUnknown,
    RemoteError,
    TooSlow,
    Unreachable,
)

from ..sync import JOBS
from ..sync.books import Cancelled
from ..sync.pages import OutOfTime
from ..sync.writer import Later
from .crm_brand_sync import LAST_SYNC
from .distributor_sync_run import KINDS

_logger = logging.getLogger(__name__)

KIND_NUMBER = {kind: number for number, (kind, _label) in enumerate(KINDS)}
LOCK = 0x4453  # our advisory locks: (LOCK + kind, id of the brand)
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
            if got:
                waiting._ask_again()  # a person knows that it is up again
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
        deadline = time.monotonic() + runs._seconds("button")
        job = JOBS[kind](run, deadline=deadline, has_issues=has_issues)
        try:
            done = job.execute()
        except Later:
            return run._go_on_later(
                self.env._(
                    "That is a lot to read, so it is synced in the background. You "
                    "get a message when it is done; the bar on the brand shows how "
                    "far it is."
                )
            )
        except (TooSlow, OutOfTime):
            return run._go_on_later(
                self.env._(
                    "The distributor takes long to answer, so it is synced in the "
                    "background. You get a message when it is done."
                )
            )
        except RemoteError as error:
            run._fail(error)
            return self.env["remote.odoo"]._notification("danger", run.message)
        if not done:
            return run._go_on_later(
                self.env._(
                    "The rows are here. The distributor takes long to send its "
                    "pictures, so they come in the background. You get a message when "
                    "it is done."
                ),
                reset=False,
            )
        run._finish()
        return run._result()

    def _go_on_later(self, sentence, reset=True):
        """Leave to the cron what was begun in a request; return the toast.

        `reset`: nothing of it is kept.
        """
        if reset:
            self._reset()
        self.state = "queued"
        self._wake()
        return self.env["remote.odoo"]._notification("info", sentence)

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
                "rows_done": False,
                "picture_cursor": 0,
                "created": 0,
                "updated": 0,
                "unchanged": 0,
                "failed": 0,
                "images": 0,
                "done": 0,
                "cursor": 0,
                "mark": False,
                "reads": False,
            }
        )

    def _ask_again(self):
        """Do not wait for the next try of a distributor that did not answer."""
        if self.next_try:
            self.next_try = False
        if self.brand_id.remote_id.next_probe:
            self.brand_id.remote_id.next_probe = False

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
        ends = time.monotonic() + self._seconds("cron")
        due = self._due()
        for left, run in zip(range(len(due) - 1, -1, -1), due, strict=True):
            now = time.monotonic()
            # The cron of web leads forgets its own, and a distributor that failed just
            # now is not asked for something else.
            if run.exists() and not run._is_parked():
                run._process_apart(now + (ends - now) / (left + 1))
            commit_progress(self.env, 1, left)
            if left and time.monotonic() > ends:
                break
        if self._due():
            self._wake()

    @api.model
    def _due(self):
        """Return the runs that wait for their turn, the one that waited longest first.

        Not those whose distributor did not answer and is not to be asked yet.
        """
        now = fields.Datetime.now()
        domain = [("state", "in", ("queued", "running"))]
        for name in ("next_try", "brand_id.remote_id.next_probe"):
            domain += ["|", (name, "=", False), (name, "<=", now)]
        return self.search(domain, order="served NULLS FIRST, id")

    def _is_parked(self):
        """Tell whether the distributor is not to be asked before its next probe."""
        probe = self.brand_id.remote_id.next_probe
        return bool(probe and probe > fields.Datetime.now())

    def _process_apart(self, deadline):
        """Give one run its turn; whatever happens to it, the others have theirs."""
        try:
            self._process(deadline)
        except Exception:
            self.env.cr.rollback()
            _logger.exception("sync run %s", self.id)
            # Not among the first next time.
            self.exists().served = fields.Datetime.now()

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
                "served": fields.Datetime.now(),
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
    def _cron_full_check(self):
        """Queue the daily comparison of whatever was synced once, of every brand."""
        brands = self.env["crm.brand"].search([("remote_id", "!=", False)])
        for brand in brands:
            for kind in ("product", "dealer"):
                if brand[LAST_SYNC[kind]]:
                    self._queue(brand, kind, full=True)
