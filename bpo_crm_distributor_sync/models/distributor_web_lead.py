from odoo import fields, models
from odoo.exceptions import AccessError

from odoo.addons.bpo_crm.models.crm_vehicle_model import NO_ORIGIN
from odoo.addons.remote_odoo.compat import Constraint

from ..exchange.records import NEVER
from .crm_brand import MANAGER


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
        [("pending", "To Mark"), ("done", "Marked")],
        default="pending",
        required=True,
        readonly=True,
        index=True,
        help="Whether the distributor knows that this lead was imported.",
    )
    attempts = fields.Integer(readonly=True)
    error = fields.Char(readonly=True)

    _remote_uniq = Constraint(
        "UNIQUE (brand_id, origin, remote_id, remote_created)",
        "This web lead has been imported already.",
    )

    def _done(self):
        self.write({"state": "done", "error": False})

    def _note_error(self, reason):
        for attempts, origins in self.grouped("attempts").items():
            origins.write({"attempts": attempts + 1, "error": reason})

    def action_retry(self):
        """Try now to mark these leads at their distributors."""
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only a BPO Manager may sync with a distributor.")
            )
        for brand in self.brand_id:
            brand.action_import_web_leads()
        return self.env["remote.odoo"]._notification(
            "info", self.env._("They are marked at the distributor in a moment.")
        )
