import hashlib
import json
from datetime import datetime

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.remote_odoo.public import public

from ..exchange import distributor, records
from .crm_brand import MANAGER

LAST_SYNC = {
    "product": "distributor_last_sync",
    "dealer": "distributor_last_dealer_sync",
    "lead": "distributor_last_lead_sync",
}


class CrmBrand(models.Model):
    """The buttons of a brand, and what a sync notes on it."""

    _inherit = "crm.brand"

    sync_run_ids = fields.One2many("distributor.sync.run", "brand_id", groups=MANAGER)
    sync_run_count = fields.Integer(
        compute="_compute_sync_run_count", groups=MANAGER, string="Syncs"
    )
    sync_issue_count = fields.Integer(
        compute="_compute_sync_issue_count", groups=MANAGER, string="Sync Issues"
    )
    sync_progress = fields.Float(
        compute="_compute_sync_progress",
        groups=MANAGER,
        help="Of the sync that runs now, in percent; 0 when none runs.",
    )

    def _compute_sync_run_count(self):
        counts = dict(
            self.env["distributor.sync.run"]._read_group(
                [("brand_id", "in", self.ids)], ["brand_id"], ["__count"]
            )
        )
        for brand in self:
            brand.sync_run_count = counts.get(brand, 0)

    def _compute_sync_issue_count(self):
        counts = dict(
            self.env["distributor.sync.issue"]._read_group(
                [("brand_id", "in", self.ids), ("state", "=", "open")],
                ["brand_id"],
                ["__count"],
            )
        )
        for brand in self:
            brand.sync_issue_count = counts.get(brand, 0)

    def _compute_sync_progress(self):
        running = self.env["distributor.sync.run"].search(
            [("brand_id", "in", self.ids), ("state", "in", ("queued", "running"))]
        )
        progress = {run.brand_id: run.progress for run in running}
        for brand in self:
            brand.sync_progress = progress.get(brand, 0)

    # -- buttons ---------------------------------------------------------------

    @public(one=True)
    def action_sync_vehicle_models(self):
        """Pull the catalog of this brand; return a notification."""
        return self._action_sync("product")

    @public(one=True)
    def action_sync_dealers(self):
        """Pull the dealers of this brand; return a notification."""
        return self._action_sync("dealer")

    @public(one=True)
    def action_full_check(self):
        """Compare everything, also what a time of change cannot tell.

        The vehicle models now, the dealers in the background.
        """
        answer = self._action_sync("product", full=True)
        if self.distributor_last_dealer_sync:
            self.env["distributor.sync.run"]._queue(self, "dealer", full=True)
        return answer

    @public(one=True)
    def action_import_web_leads(self):
        """Import the waiting web leads now, in the background.

        Never in the request: it writes to the distributor.
        """
        self._check_can_sync()
        run = self.env["distributor.sync.run"]._queue(self, "lead")
        if not run.user_id:  # the scheduler's, which has just begun: ours now
            run.user_id = self.env.uid
        return self.env["remote.odoo"]._notification(
            "info", self.env._("The import of web leads begins.")
        )

    @public()
    def action_view_sync_runs(self):
        """Open the history of this brand's syncs."""
        self._check_manager()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "bpo_crm_distributor_sync.distributor_sync_run_action"
        )
        action["domain"] = [("brand_id", "in", self.ids)]
        action["context"] = {}
        return action

    @public()
    def action_view_sync_issues(self):
        """Open what could not be synced."""
        self._check_manager()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "bpo_crm_distributor_sync.distributor_sync_issue_action"
        )
        action["domain"] = [("brand_id", "in", self.ids)]
        return action

    @public(one=True)
    def action_load_mapping(self):
        """Add the default lines that this brand's mapping lacks, to edit them."""
        self._check_manager()
        self.check_access("write")
        self.env["distributor.mapping"]._load(self)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _action_sync(self, kind, **options):
        self._check_can_sync()
        return self.env["distributor.sync.run"]._start(self, kind, **options)

    def _check_manager(self):
        if not (self.env.su or self.env.user.has_group(MANAGER)):
            raise AccessError(
                self.env._("Only a BPO Manager may sync with a distributor.")
            )

    def _check_can_sync(self):
        """One brand, a manager's, not archived, with a connection."""
        self.ensure_one()
        self._check_manager()
        self.check_access("write")
        if not self.active:
            raise UserError(
                self.env._(
                    "%s is archived, so it is not synced. Unarchive it first.",
                    self.name,
                )
            )
        if not self.sudo().remote_id.url:
            raise UserError(
                self.env._(
                    "%s has no distributor yet. Fill in the tab Distributor "
                    "Connection, then press Test Connection.",
                    self.name,
                )
            )

    # -- what a sync needs to know and notes -----------------------------------

    def _distributor_gate(self):
        """Return the context in which a write does not count as an edit by hand."""
        return {"distributor_sync_gate": GATE}

    def _distributor_open_issues(self, kind):
        issues = self.env["distributor.sync.issue"].sudo()
        found = issues.search(
            [("brand_id", "=", self.id), ("kind", "=", kind), ("state", "=", "open")]
        )
        return {issue.remote_id: issue for issue in found}

    def _distributor_fingerprint(self, kind):
        """Return what a mark is worth for: other rows or fields need a full read."""
        mapping = self._distributor_mapping(kind)
        facts = [
            self._distributor_origin(kind),
            mapping.domain(self._distributor_filters()),
            mapping.row_fields(),
            mapping.names("image") if kind == "product" else [],
            records.READING,
        ]
        return hashlib.sha1(json.dumps(facts).encode()).hexdigest()

    def _distributor_mark(self, kind, fingerprint):
        """Return `(mark in the peer's time, when taken in ours)`, or None."""
        mark = (self.sudo().distributor_marks or {}).get(kind)
        if not mark or mark["of"] != fingerprint:
            return None
        return (
            datetime.strptime(mark["mark"], distributor.DATETIME),
            fields.Datetime.to_datetime(mark["at"]),
        )

    def _distributor_worked(self, client):
        """Keep the number of the account, so that no run logs in again."""
        remote = self.sudo().remote_id
        reached = (client.url, client.db, client.login)
        if reached != (remote.url.rstrip("/"), remote.database, remote.username):
            return  # changed meanwhile: another account, with another number
        if remote.next_probe:
            remote._contact_worked(client)
        elif client.uid != remote.uid:
            remote.uid = client.uid

    def _distributor_synced(self, kind, mark=False, fingerprint=False):
        """Note a success of `kind`, with the mark of the next sync and what it is
        worth for."""
        now = fields.Datetime.now()
        values = {LAST_SYNC[kind]: now}
        if mark:
            values["distributor_marks"] = {
                **(self.distributor_marks or {}),
                kind: {
                    "mark": mark,
                    "at": fields.Datetime.to_string(now),
                    "of": fingerprint,
                },
            }
        self.sudo().write(values)

    def _distributor_scan_marks(self, form):
        """Return from where the leads that wait in a form are looked through."""
        marks = (self.sudo().distributor_marks or {}).get(form) or {}
        if marks.get("of") != self._distributor_fingerprint(form):
            marks = {}
        return {"front": marks.get("front", 0), "back": marks.get("back", 0)}

    def _distributor_set_scan_marks(self, form, front, back):
        if self._distributor_scan_marks(form) == {"front": front, "back": back}:
            return  # nearly always: few leads wait
        self.sudo().distributor_marks = {
            **(self.sudo().distributor_marks or {}),
            form: {
                "front": front,
                "back": back,
                "of": self._distributor_fingerprint(form),
            },
        }

    def _web_lead_context(self, source_code):
        """Return the defaults of imported leads: each in the values costs a query."""
        leads = self.env["crm.lead"]
        defaults = self.env["ir.default"]._get_model_defaults("crm.lead")
        source = self.env["utm.source"].search([("code", "=", source_code)], limit=1)
        return {
            "default_pipeline": "bpo",
            "default_type": "opportunity",
            "default_user_id": False,
            # Otherwise computed lead by lead.
            "default_team_id": defaults.get("team_id", False),
            "default_stage_id": leads._pipeline_stage("bpo", "new").id,
            "default_source_id": source.id,
            "tracking_disable": True,
        }


class _Gate:
    """Compared by identity: nothing that RPC can send opens it."""

    def __repr__(self):
        return "<distributor sync gate>"


GATE = _Gate()
