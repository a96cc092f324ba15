import logging
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.remote_odoo.compat import commit_progress
from odoo.addons.remote_odoo.errors import (
    BadReply,
    Denied,
    OutcomeUnknown,
    RemoteError,
    Unreachable,
)

from ..sync import JOBS
from ..sync.job import Cancelled, Later
from .crm_brand import MANAGER

_logger = logging.getLogger(__name__)

KINDS = [("product", "Vehicle models"), ("dealer", "Dealers"), ("lead", "Web leads")]
KIND_NUMBER = {kind: number for number, (kind, _label) in enumerate(KINDS)}
LOCK = 0x4453  # our advisory locks: (LOCK + kind, id of the brand)
BUDGET = 60  # seconds of one cron call: a worker of Odoo is killed after 120
RETRIES = 5  # of a queued run when the distributor does not answer
RETENTION = 90  # days
CRON = "bpo_crm_distributor_sync.ir_cron_process_sync_runs"


class DistributorSyncRun(models.Model):
    """One sync of one kind of record of one brand: how far it is, what it came to."""

    _name = "distributor.sync.run"
    _description = "Distributor Sync"
    _order = "id desc"
    _rec_name = "kind"

    brand_id = fields.Many2one(
        "crm.brand", required=True, readonly=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    full = fields.Boolean("Full Check", readonly=True)
    only_ids = fields.Json(readonly=True)
    state = fields.Selection(
        [
            ("queued", "Queued"),
            ("running", "Running"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        default="queued",
        required=True,
        readonly=True,
        index=True,
    )
    user_id = fields.Many2one("res.users", "Started By", readonly=True)
    started = fields.Datetime(readonly=True)
    finished = fields.Datetime(readonly=True)
    duration = fields.Float("Seconds", digits=(12, 1), readonly=True)
    speed = fields.Float("Rows per Second", readonly=True)

    total = fields.Integer("Rows to Read", readonly=True)
    done = fields.Integer("Rows Read", readonly=True)
    progress = fields.Float("Progress (%)", compute="_compute_progress")
    created = fields.Integer(readonly=True)
    updated = fields.Integer(readonly=True)
    unchanged = fields.Integer(readonly=True)
    failed = fields.Integer(readonly=True)
    images = fields.Integer("Pictures", readonly=True)
    requests = fields.Integer(readonly=True)
    message = fields.Char(readonly=True)
    warning = fields.Char(readonly=True)
    issue_ids = fields.One2many("distributor.sync.issue", "run_id", "Issues")

    # Where to go on after a worker was killed.
    cursor = fields.Integer(readonly=True)
    mark = fields.Char(readonly=True)
    attempts = fields.Integer(readonly=True)
    next_try = fields.Datetime(readonly=True)

    @api.depends("total", "done", "state")
    def _compute_progress(self):
        for run in self:
            share = min(run.done / run.total, 1) if run.total else 0
            run.progress = 100 if run.state == "done" else 100 * share

    @api.depends("brand_id", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for run in self:
            run.display_name = f"{run.brand_id.code}: {kinds.get(run.kind)}"

    @api.model
    def _parameter(self, name, default):
        """Return a whole number from the system parameters."""
        value = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param(f"bpo_crm_distributor_sync.{name}")
        )
        return int(value) if str(value or "").isdigit() and int(value) else default

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
            return run._notification(
                "info",
                self.env._(
                    "The catalog is large, so it is synced in the background. You get "
                    "a message when it is done; the bar on the brand shows how far "
                    "it is."
                ),
            )
        except RemoteError as error:
            run._fail(error)
            return run._notification("danger", run.message)
        run._finish()
        return run._result()

    @api.model
    def _queue(self, brand, kind, **options):
        """Have the cron do it; the run that waits already is that run."""
        runs = self.sudo()
        run = runs._waiting(brand, kind) or runs.create(
            {"brand_id": brand.id, "kind": kind, "user_id": self.env.uid, **options}
        )
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
        return self._notification(
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
            if not self._lock(lock_cr, self.brand_id, self.kind)[0]:
                return
            # Look anew, now that nobody else is at it.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            self.invalidate_recordset()
            if self.state not in ("queued", "running"):
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
            self._execute(deadline)

    def _execute(self, deadline):
        job = JOBS[self.kind](self, owned=True, deadline=deadline)
        try:
            if not job.execute():
                return
            self._finish()
        except Cancelled:
            self.env.cr.rollback()
            self.write({"finished": fields.Datetime.now()})
        except RemoteError as error:
            self.env.cr.rollback()
            self._fail(error, retry=isinstance(error, (Unreachable, OutcomeUnknown)))
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("sync run %s of brand %s", self.id, self.brand_id.id)
            self._fail(error)
        if self.state != "queued":
            self._tell()
        # The next run of the queue begins in a transaction of its own.
        self.env.cr.commit()  # pylint: disable=invalid-commit

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
        """Queue the daily comparison of every catalog that was synced once."""
        brands = self.env["crm.brand"].search(
            [("remote_id", "!=", False), ("distributor_last_sync", "!=", False)]
        )
        for brand in brands:
            self._queue(brand, "product", full=True)

    def _forget_idle(self):
        """Drop a run of the five-minute cron in which nothing happened."""
        idle = self.filtered(
            lambda run: (
                run.state == "done"
                and not (run.created or run.updated or run.failed or run.warning)
                and not run.user_id
            )
        )
        idle.unlink()

    # -- ending ----------------------------------------------------------------

    def _close(self, state, message):
        self.write(
            {
                "state": state,
                "finished": fields.Datetime.now(),
                "speed": self.done / self.duration if self.duration else 0,
                "message": message,
            }
        )

    def _finish(self):
        self._close("done", self._summary())

    def _fail(self, error, retry=False):
        """Note the failure; a queued run is tried again while nobody answers."""
        message = self.env["distributor.sync.issue"]._reason(error)
        if isinstance(error, RemoteError):
            remote = self.brand_id.remote_id
            message = f"{message} {remote._advice(error)}"
            if not isinstance(error, Denied) or error.what != "model":
                if isinstance(error, (Unreachable, OutcomeUnknown, BadReply, Denied)):
                    remote._contact_failed(error, park=True)
        if retry and self.kind != "lead" and self.attempts < RETRIES:
            self.attempts += 1
            self.next_try = fields.Datetime.now() + timedelta(minutes=self.attempts)
            self.write({"state": "queued", "message": message})
            self._wake(self.next_try)
            return
        self._close("failed", message)

    def _summary(self):
        """Return what happened, in the words of the manual."""
        self.ensure_one()
        if self.kind == "lead":
            parts = [self.env._("%s web leads imported", self.created)]
        else:
            what = {
                "product": self.env._("Vehicle models"),
                "dealer": self.env._("Dealers"),
            }[self.kind]
            counts = self.env._(
                "%(created)s created, %(updated)s updated, %(unchanged)s unchanged",
                created=self.created,
                updated=self.updated,
                unchanged=self.unchanged,
            )
            parts = [f"{what}: {counts}"]
        if self.failed:
            parts.append(self.env._("%s failed, see Sync Issues", self.failed))
        sentences = [f"{', '.join(parts)}."]
        if self._is_empty():
            sentences = [self._empty_sentence()]
        if self.warning:
            sentences.append(self.warning)
        return " ".join(sentences)

    def _is_empty(self):
        return self.kind != "lead" and not (
            self.created or self.updated or self.unchanged or self.failed
        )

    def _empty_sentence(self):
        """Say what may be too strict, as the manual advises."""
        if self.kind == "dealer":
            return self.env._(
                "The distributor has no dealers: no contact there is marked as one."
            )
        filters = self.brand_id._distributor_filter_labels()
        if not filters:
            return self.env._("The distributor has no products.")
        return self.env._(
            "0 vehicle models found with the Sync Filters %s. Turn them off one at a "
            "time: the distributor may not mark units, or track them by lot.",
            ", ".join(filters),
        )

    def _result(self):
        kind = "warning" if self.failed or self._is_empty() else "success"
        return self._notification(kind, self.message)

    @api.model
    def _notification(self, kind, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": message,
                "sticky": kind in ("danger", "warning"),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # -- telling ---------------------------------------------------------------

    def _send_progress(self):
        """Move the bar of every manager who looks at it."""
        group = self.env["ir.model.data"]._xmlid_to_res_id(MANAGER)
        self.env["res.groups"].browse(group)._bus_send(
            "bpo_crm_distributor_sync.progress",
            {
                "run_id": self.id,
                "brand_id": self.brand_id.id,
                "state": self.state,
                "progress": round(self.progress, 1),
                "done": self.done,
                "total": self.total,
            },
        )

    def _tell(self):
        """Tell the user who started it how it ended."""
        self._send_progress()
        root = self.env["ir.model.data"]._xmlid_to_res_id("base.user_root")
        if self.user_id.id in (False, root):
            return
        kind = {"done": "success", "failed": "danger"}.get(self.state, "info")
        if kind == "success" and (self.failed or self._is_empty()):
            kind = "warning"
        self.user_id._bus_send(
            "simple_notification",
            {
                "type": kind,
                "title": self.display_name,
                "message": self.message or self.env._("The sync was cancelled."),
                "sticky": kind != "success",
            },
        )

    # -- buttons ---------------------------------------------------------------

    def action_cancel(self):
        """Stop after the page that is being written; what is in stays in."""
        self._check_manager()
        for run in self.sudo():
            if run.state in ("queued", "running"):
                run._close("cancelled", self.env._("Cancelled. What was synced stays."))
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_view_issues(self):
        """Open what could not be synced in this run."""
        self.ensure_one()
        self._check_manager()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "bpo_crm_distributor_sync.distributor_sync_issue_action"
        )
        action["domain"] = [("run_id", "=", self.id)]
        action["context"] = {}
        return action

    def _check_manager(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only a BPO Manager may sync with a distributor.")
            )

    @api.autovacuum
    def _gc_runs(self):
        """Forget old runs; their open issues stay."""
        days = self._parameter("run_retention_days", RETENTION)
        limit = fields.Datetime.now() - timedelta(days=days)
        self.search(
            [("state", "not in", ("queued", "running")), ("create_date", "<", limit)]
        ).unlink()
