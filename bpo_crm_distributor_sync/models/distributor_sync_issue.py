import time

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.remote_odoo.compat import Constraint
from odoo.addons.remote_odoo.public import public

from .crm_brand import MANAGER

KINDS = [
    ("product", "Vehicle model"),
    ("image", "Picture"),
    ("dealer", "Dealer"),
    ("quotation", "Web quotation"),
    ("test_drive", "Test drive"),
]
# What is synced again when an issue is retried.
RUN_KINDS = {
    "product": "product",
    "image": "product",
    "dealer": "dealer",
    "quotation": "lead",
    "test_drive": "lead",
}


class DistributorSyncIssue(models.Model):
    """One record of a distributor that could not be synced, and why."""

    _name = "distributor.sync.issue"
    _description = "Sync Issue"
    _order = "state, write_date desc, id desc"

    brand_id = fields.Many2one(
        "crm.brand", required=True, readonly=True, index=True, ondelete="cascade"
    )
    run_id = fields.Many2one(
        "distributor.sync.run", "Last Run", readonly=True, ondelete="set null"
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    remote_id = fields.Integer("ID There", required=True, readonly=True)
    name = fields.Char(readonly=True)
    message = fields.Char("Reason", readonly=True)
    attempts = fields.Integer(default=1, readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("solved", "Solved")],
        default="open",
        required=True,
        readonly=True,
    )

    _brand_kind_remote_uniq = Constraint(
        "UNIQUE (brand_id, kind, remote_id)", "There is an issue for this already."
    )

    @api.model
    def _note(self, run, kind, remote_id, name, reason):
        """Open the issue of one remote record, or count another failure of it."""
        issues = self.sudo()
        values = {
            "run_id": run.id,
            "name": name[:120],
            "message": reason,
            "state": "open",
        }
        issue = issues.search(
            [
                ("brand_id", "=", run.brand_id.id),
                ("kind", "=", kind),
                ("remote_id", "=", remote_id),
            ]
        )
        if issue:
            attempts = issue.attempts + 1 if issue.state == "open" else 1
            issue.write({**values, "attempts": attempts})
            return issue
        keys = {"brand_id": run.brand_id.id, "kind": kind, "remote_id": remote_id}
        return issues.create({**keys, **values})

    @api.model
    def _reason(self, error):
        """Return one sentence on `error`, without SQL and without a traceback."""
        diagnosis = getattr(error, "diag", None)
        text = (diagnosis and diagnosis.message_primary) or str(error)
        return " ".join(text.split())[:500] or type(error).__name__

    @public()
    def action_retry(self):
        """Sync the records of these issues again; return a notification."""
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only a BPO Manager may sync with a distributor.")
            )
        runs = self.env["distributor.sync.run"]
        answer, ends = None, time.monotonic() + runs._seconds("button")
        for (brand, kind), issues in self.grouped(
            lambda issue: (issue.brand_id, RUN_KINDS[issue.kind])
        ).items():
            brand._check_can_sync()
            ids = issues.mapped("remote_id")
            if kind == "lead":
                issues.sudo().attempts = 0
                runs._queue(brand, kind)
            elif time.monotonic() > ends:  # a request of Odoo is ended after a while
                runs._queue(brand, kind, only_ids=ids)
            else:
                answer = runs._start(brand, kind, only_ids=ids)
        again = self.env._("They are tried again.")
        return answer or self.env["remote.odoo"]._notification("info", again)

    @public()
    def action_ignore(self):
        """Close issues that nobody will solve; a new failure opens them again."""
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only a BPO Manager may close sync issues."))
        self.sudo().state = "solved"
        return {"type": "ir.actions.client", "tag": "soft_reload"}
