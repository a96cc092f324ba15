import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.remote_odoo.compat import OR, Constraint
from odoo.addons.remote_odoo.public import public
from odoo.addons.vehicle_crm.models.crm_stage import OPEN_STEPS

from .crm_dealership import MANAGER

# Lets a model be archived although open leads use it. Compared by identity, so
# that no RPC context can open it.
FORCE_ARCHIVE = object()
NO_ORIGIN = "-"  # of what no distributor gave


class CrmVehicleModel(models.Model):
    """One sellable vehicle variant of a brand, as the distributor lists it."""

    _name = "crm.vehicle.model"
    _description = "Vehicle Model"
    _inherit = ["vehicle.crm.folded"]
    _order = "brand_id, name, id"
    _rec_names_search = ["name", "default_code", "external_ref"]

    name = fields.Char(string="Model Name", required=True, index="trigram")
    brand_id = fields.Many2one(
        "crm.brand", required=True, index=True, ondelete="restrict"
    )
    default_code = fields.Char(string="Internal Reference", index="trigram")
    external_ref = fields.Char(
        string="External Reference",
        copy=False,
        index="trigram",
        help="The distributor's product id: the key of the sync.",
    )
    category = fields.Char()
    # Not Monetary, which looks up the currency of each row: a fifth of a first sync.
    list_price = fields.Float(
        digits=(16, 2),
        help="For information: the dealer's own price counts when an order is made.",
    )
    currency_id = fields.Many2one(
        "res.currency", default=lambda self: self.env.company.currency_id
    )
    description = fields.Text()
    # One size only: a thumbnail of each would cost four attachments a model.
    image_1920 = fields.Image(string="Image", max_width=1920, max_height=1920)
    active = fields.Boolean(default=True)
    distributor_product_id = fields.Integer(
        string="Distributor Product ID", copy=False, groups=MANAGER
    )
    # In which database, and model there, the external reference is an id: the same id
    # is another product elsewhere.
    distributor_origin = fields.Char(
        required=True, readonly=True, default=NO_ORIGIN, copy=False
    )
    lead_ids = fields.One2many("crm.lead", "vehicle_model_id")
    lead_count = fields.Integer(compute="_compute_lead_count")
    open_lead_count = fields.Integer(compute="_compute_lead_count")

    _brand_external_ref_uniq = Constraint(
        "UNIQUE (brand_id, distributor_origin, external_ref)",
        "This brand already has a vehicle model with this external reference.",
    )

    @api.depends_context("uid")
    def _compute_lead_count(self):
        groups = self.env["crm.lead"]._read_group(
            [("vehicle_model_id", "in", self.ids)],
            ["vehicle_model_id", "step"],
            ["__count"],
        )
        self.lead_count = self.open_lead_count = 0
        for vehicle, step, count in groups:
            vehicle.lead_count += count
            if step in OPEN_STEPS:
                vehicle.open_lead_count += count

    @api.depends("name", "default_code")
    def _compute_display_name(self):
        for vehicle in self:
            code = f"[{vehicle.default_code}] " if vehicle.default_code else ""
            vehicle.display_name = f"{code}{vehicle.name or ''}"

    @api.model
    def _search_display_name(self, operator, value):
        """Find "[G7] Tunland" as it is shown, as an export writes it."""
        domain = super()._search_display_name(operator, value)
        if operator not in ("=", "in", "ilike", "=ilike"):
            return domain
        shown = [value] if isinstance(value, str) else value or []
        parts = [re.fullmatch(r"\[(.+?)\] (.+)", str(text)) for text in shown]
        both = [
            [("default_code", "=", part[1]), ("name", "=", part[2])]
            for part in parts
            if part
        ]
        return OR([domain, *both]) if both else domain

    def write(self, vals):
        if "brand_id" in vals and any(
            vehicle.brand_id.id != vals["brand_id"] for vehicle in self
        ):
            raise UserError(
                self.env._(
                    "The brand of a vehicle model is fixed. Create the model under "
                    "the other brand and archive this one."
                )
            )
        if not vals.get("active", True):
            self.filtered("active")._check_archive()
        return super().write(vals)

    def _check_archive(self):
        if self.env.context.get("bpo_crm_force_archive") is FORCE_ARCHIVE:
            return
        leads = (
            self.env["crm.lead"]
            .sudo()
            .search([("vehicle_model_id", "in", self.ids), ("step", "in", OPEN_STEPS)])
        )
        if leads:
            raise UserError(
                self.env._(
                    "Open leads still ask for this model: %(leads)s. Close them or "
                    "give them another model first; a BPO Manager can also use "
                    "Archive Anyway on the model's form.",
                    leads=leads.with_env(self.env)._names(),
                )
            )

    @public()
    def action_force_archive(self):
        """Retire models that open leads still ask for: a manager's own word."""
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only a BPO Manager may archive a model in use.")
            )
        self.with_context(bpo_crm_force_archive=FORCE_ARCHIVE).active = False
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @public(one=True)
    def action_view_leads(self):
        return self.env["crm.lead"]._get_bpo_action(
            [("vehicle_model_id", "=", self.id)], search_default_open=1
        )
