from datetime import timedelta

from odoo import fields, models

from odoo.addons.remote_odoo.errors import RemoteError

from .crm_brand import MANAGER

RETRIES = 5  # of a queued run when the distributor does not answer


class DistributorSyncRun(models.Model):
    """How a run ends, and how people are told."""

    _inherit = "distributor.sync.run"

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
            end = "" if message.endswith((".", "!", "?")) else "."
            message = f"{message}{end} {remote._advice(error)}"
            remote._note_contact(error=error)
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
            if self.updated and not self.created:
                parts = [self.env._("%s web leads marked there", self.updated)]
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

    def _is_doubtful(self):
        return self.failed or self.warning or self._is_empty()

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
        kind = "warning" if self._is_doubtful() else "success"
        return self.env["remote.odoo"]._notification(kind, self.message)

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
        if kind == "success" and self._is_doubtful():
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
