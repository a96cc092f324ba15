from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import config

from odoo.addons.remote_odoo.public import public

from .crm_brand import MANAGER

KINDS = [("product", "Vehicle models"), ("dealer", "Dealers"), ("lead", "Web leads")]
# What a person may set, after "bpo_crm_distributor_sync." in the system parameters.
SETTINGS = {"page_size": 1000, "web_lead_limit": 100, "run_retention_days": 90}
# Seconds, and the share of the time after which Odoo ends a worker (120 seconds unless
# its settings say otherwise): of one cron call, of one call of a distributor in it, and
# of a button before the rest is left to the cron. Parameters, too, named `…_seconds`.
SECONDS = {"cron": (60, 0.4), "call": (30, 0.25), "button": (20, 0.15)}


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

    # Where to go on after a worker was killed, while the same is read as then.
    reads = fields.Char(readonly=True)
    cursor = fields.Integer(readonly=True)
    mark = fields.Char(readonly=True)
    peer_clock = fields.Datetime(
        "Distributor's Time",
        readonly=True,
        help="When it was first read, by its clock.",
    )
    rows_done = fields.Boolean("All Rows Read", readonly=True)
    picture_cursor = fields.Integer(readonly=True)
    # How much to ask for in a call, where the distributor is slow.
    pace = fields.Json(readonly=True)
    served = fields.Datetime("Last Turn", readonly=True)
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
    def _setting(self, name):
        """Return a whole number above zero, whatever a person has typed."""
        parameters = self.env["ir.config_parameter"].sudo()
        value = str(parameters.get_param(f"bpo_crm_distributor_sync.{name}") or "")
        return value.isdecimal() and int(value) or SETTINGS[name]

    @api.model
    def _seconds(self, name):
        """Return how long the cron, a button or a call may take, in seconds."""
        parameters = self.env["ir.config_parameter"].sudo()
        key = f"bpo_crm_distributor_sync.{name}_seconds"
        value = str(parameters.get_param(key) or "")
        if value.isdecimal() and int(value):
            return int(value)
        seconds, share = SECONDS[name]
        limit = config["limit_time_real"]
        if name != "button" and config["limit_time_real_cron"] >= 0:
            limit = config["limit_time_real_cron"]
        return min(seconds, limit * share) if limit else seconds

    # -- buttons ---------------------------------------------------------------

    @public()
    def action_cancel(self):
        """Stop after the page that is being written; what is in stays in."""
        self._check_manager()
        for run in self.sudo():
            if run.state in ("queued", "running"):
                run._close("cancelled", self.env._("Cancelled. What was synced stays."))
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @public(one=True)
    def action_view_issues(self):
        """Open what could not be synced in this run."""
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
        days = self._setting("run_retention_days")
        limit = fields.Datetime.now() - timedelta(days=days)
        self.search(
            [("state", "not in", ("queued", "running")), ("create_date", "<", limit)]
        ).unlink()
