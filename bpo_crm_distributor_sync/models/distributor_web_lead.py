from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessError

from odoo.addons.bpo_crm.models.crm_vehicle_model import NO_ORIGIN
from odoo.addons.remote_odoo.compat import Constraint
from odoo.addons.remote_odoo.public import public

from ..exchange.records import NEVER
from .crm_brand import MANAGER

# Minutes between two tries to mark a lead that its distributor refuses: at the next
# run, then rarely.
BACKOFF = (0, 15, 60, 360, 1440)


class DistributorWebLead(models.Model):
    """The origin of one imported web lead: what keeps it from coming twice.

    It outlives the lead. The database there is part of the key, and so is the time of
    creation: the ids of a distributor begin again when its database is another one.
    """

    _name = "distributor.web.lead"
    _description = "Imported Web Lead"
    _order = "id desc"
    _rec_name = "remote_id"

    brand_id = fields.Many2one(
        "crm.brand", required=True, readonly=True, index=True, ondelete="cascade"
    )
    remote_model = fields.Char("Form There", required=True, readonly=True)
    remote_id = fields.Integer("ID There", required=True, readonly=True)
    origin = fields.Char(
        "Database and Model There", required=True, readonly=True, default=NO_ORIGIN
    )
    remote_created = fields.Datetime(
        "Submitted", required=True, readonly=True, default=NEVER
    )
    lead_id = fields.Many2one(
        "crm.lead", readonly=True, index="btree_not_null", ondelete="set null"
    )
    state = fields.Selection(
        [("pending", "To Mark"), ("incomplete", "Incomplete"), ("done", "Marked")],
        default="pending",
        required=True,
        readonly=True,
        index=True,
        help="Whether the distributor knows that this lead was imported. An "
        "incomplete lead came without a field that the distributor used to give; it "
        "is completed, and marked there, when the field can be read again.",
    )
    attempts = fields.Integer("Tries", readonly=True)
    error = fields.Char(readonly=True)
    next_try = fields.Datetime(
        readonly=True, help="Not marked there before this time; Retry does not wait."
    )

    _remote_uniq = Constraint(
        "UNIQUE (brand_id, origin, remote_id, remote_created)",
        "This web lead has been imported already.",
    )

    def _done(self):
        """Note that the distributor knows these leads."""
        errors = set(self.mapped("error")) - {False, self._reopened()}
        self.write({"state": "done", "error": False, "next_try": False})
        if errors:
            # What was wrong with these is not wrong any more: let the others try too.
            self.search(
                [
                    ("brand_id", "in", self.brand_id.ids),
                    ("remote_model", "in", list(set(self.mapped("remote_model")))),
                    ("state", "=", "pending"),
                    ("next_try", "!=", False),
                    ("error", "in", list(errors)),
                ]
            ).write({"next_try": False})

    def _reopen(self):
        """Mark again what waits at the distributor although it was marked."""
        self._refused(self._reopened())
        self.write({"state": "pending"})

    def _reopened(self):
        return self.env._("It was marked at the distributor and waits there again.")

    def _refused(self, reason):
        """Keep why these leads could not be marked, and wait longer each time."""
        for attempts, origins in self.grouped("attempts").items():
            minutes = BACKOFF[min(attempts, len(BACKOFF) - 1)]
            when = minutes and fields.Datetime.now() + timedelta(minutes=minutes)
            origins.write(
                {"attempts": attempts + 1, "error": reason, "next_try": when or False}
            )

    def _broken_off(self, reason):
        """Note a call without an answer: these are tried in smaller batches.

        The connection itself waits then, so only a lead that stands alone does too.
        """
        if len(self) == 1:
            self._refused(reason)
            return
        for attempts, origins in self.grouped("attempts").items():
            origins.write({"attempts": attempts + 1, "error": reason})

    @public()
    def action_retry(self):
        """Try now to mark these leads at their distributors."""
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only a BPO Manager may sync with a distributor.")
            )
        # As new ones: they come before what was refused and is tried again.
        waiting = self.filtered(lambda origin: origin.state != "done")
        waiting.sudo().write({"attempts": 0, "next_try": False})
        for brand in self.brand_id:
            brand.action_import_web_leads()
        return self.env["remote.odoo"]._notification(
            "info", self.env._("They are marked at the distributor in a moment.")
        )
