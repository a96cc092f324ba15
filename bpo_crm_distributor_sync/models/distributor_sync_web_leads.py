import logging
import time

from odoo import api, fields, models

from odoo.addons.remote_odoo.compat import commit_progress
from odoo.addons.remote_odoo.errors import where

_logger = logging.getLogger(__name__)

FIRST = 10  # seconds for a brand before the others had their turn
SECOND = 30  # seconds for one that took longer, when they had it
BUDGET = 60  # seconds of one cron call: a worker of Odoo is killed after 120
CRON = "bpo_crm_distributor_sync.ir_cron_import_web_leads"


class DistributorSyncRun(models.Model):
    """The cron of web leads: every brand has its turn, whatever the others do."""

    _inherit = "distributor.sync.run"

    @api.model
    def _cron_import_web_leads(self):
        """Import the web leads of every brand, who waits longest first.

        A distributor that takes long is asked again, with more patience, when all
        brands had their turn. Whoever the time does not suffice for is the first of
        the next call, which begins at once.
        """
        ends = time.monotonic() + BUDGET
        queue, seen = self._web_lead_brands().ids, set()
        while queue and time.monotonic() < ends:
            brand = self.env["crm.brand"].browse(queue.pop(0))
            if self._import_of_brand(brand) and brand.id not in seen:
                seen.add(brand.id)
                queue.append(brand.id)
            commit_progress(self.env, 1, len(queue))
        if queue:
            self.env.ref(CRON).sudo()._trigger()

    @api.model
    def _web_lead_brands(self):
        """Return the brands whose distributor may be asked now, in fair order."""
        brands = self.env["crm.brand"].search([("remote_id", "!=", False)])
        now = fields.Datetime.now()

        def may_be_asked(brand):
            remote = brand.remote_id
            parked = remote.next_probe and remote.next_probe > now
            return remote.url and remote.has_password and not parked

        return brands.filtered(may_be_asked).sorted(
            lambda brand: (str(brand.distributor_lead_turn or ""), brand.id)
        )

    @api.model
    def _import_of_brand(self, brand):
        """Import the web leads of one brand; return whether it takes longer.

        Nothing that happens here stops the next brand: no error leaves it.
        """
        try:
            # Kept first: a brand that ends the worker is the last one next time.
            brand.distributor_lead_turn = fields.Datetime.now()
            run = self._waiting(brand, "lead") or self.create(
                {"brand_id": brand.id, "kind": "lead"}
            )
            self.env.cr.commit()  # pylint: disable=invalid-commit
            run._process(time.monotonic() + run._patience())
            takes_longer = bool(run.exists()) and run.state == "running"
            run._forget_idle()
            self.env.cr.commit()  # pylint: disable=invalid-commit
        except Exception as error:  # noqa: BLE001 - nor does it stop the others
            self.env.cr.rollback()
            _logger.error("web leads of brand %s: %s", brand.id, where(error))
            return False
        return takes_longer

    def _patience(self):
        """Return the seconds that this run of web leads has now."""
        return SECOND if self.attempts else FIRST

    def _forget_idle(self):
        """Drop a run of the five-minute cron in which nothing happened.

        When it ended as the one before it did, drop that one.
        """
        for run in self.exists():
            if run.user_id or run.created or run.updated or run.failed:
                continue
            if run.state == "done" and not run.warning:
                run.unlink()
            elif run.state in ("done", "failed"):
                same = [(name, "=", run[name]) for name in ("kind", "state", "message")]
                mine = [("brand_id", "=", run.brand_id.id), ("user_id", "=", False)]
                self.search(
                    [*same, *mine, ("created", "=", 0), ("updated", "=", 0)]
                    + [("failed", "=", 0), ("id", "<", run.id)],
                    limit=1,
                ).unlink()
