import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.remote_odoo.compat import Constraint
from odoo.addons.remote_odoo.public import public
from odoo.addons.remote_odoo.text import fold

CODE = re.compile(r"[A-Z0-9&_-]{1,10}")


class CrmBrand(models.Model):
    _name = "crm.brand"
    _description = "Vehicle Brand"
    _inherit = ["mail.thread", "vehicle.crm.folded"]
    _order = "sequence, name, id"
    _rec_names_search = ["name", "code"]

    name = fields.Char("Brand Name", required=True, tracking=True)
    code = fields.Char(
        "Brand Code",
        required=True,
        copy=False,
        tracking=True,
        help="Short key that other systems know this brand by, such as CHERY. "
        "At most 10 letters, digits or & _ -. Do not rename it casually.",
    )
    logo = fields.Image(max_width=512, max_height=512)
    has_logo = fields.Boolean(compute="_compute_has_logo", store=True)
    color = fields.Integer("Brand Color", help="Colour of the brand's leads.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    note = fields.Html("Internal Notes")
    lead_count = fields.Integer("Leads", compute="_compute_lead_count")

    _code_uniq = Constraint("UNIQUE (code)", "Another brand already has this code.")

    @api.depends("logo")
    def _compute_has_logo(self):
        for brand in self:
            brand.has_logo = bool(brand.logo)

    def _compute_lead_count(self):
        counts = dict(
            self.env["crm.lead"]._read_group(
                [("brand_id", "in", self.ids), ("pipeline", "!=", False)],
                ["brand_id"],
                ["__count"],
            )
        )
        for brand in self:
            brand.lead_count = counts.get(brand, 0)

    @api.constrains("code")
    def _check_code(self):
        for brand in self:
            if not CODE.fullmatch(brand.code or ""):
                raise ValidationError(
                    self.env._(
                        "%(code)s cannot be a brand code. Use 1 to 10 letters, "
                        "digits or & _ -, without spaces.",
                        code=brand.code,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._clean_code(vals) for vals in vals_list]
        self._check_code_free([vals["code"] for vals in vals_list if vals.get("code")])
        return super().create(vals_list)

    def write(self, vals):
        vals = self._clean_code(vals)
        if vals.get("code"):
            self._check_code_free([vals["code"]] * len(self))
        return super().write(vals)

    def _check_code_free(self, codes):
        """Said before the database refuses: an import of 18.0 drops its sentence."""
        brands = self.with_context(active_test=False).sudo()
        taken = brands.search([("code", "in", codes), ("id", "not in", self.ids)])
        double = {code for code in codes if codes.count(code) > 1}
        if double := double | set(taken.mapped("code")):
            raise ValidationError(
                self.env._(
                    "Another brand already has the code %(codes)s.",
                    codes=", ".join(sorted(double)),
                )
            )

    @api.model
    def _clean_code(self, vals):
        if isinstance(vals.get("code"), str):
            vals = dict(vals, code=fold(vals["code"]).upper())
        return vals

    def copy_data(self, default=None):
        default = dict(default or {})
        vals_list = super().copy_data(default)
        if "code" in default:
            return vals_list
        # The codes given here have a dash; only such ones can be in the way.
        brands = self.with_context(active_test=False).sudo()
        taken = set(brands.search([("code", "like", "-")]).mapped("code"))
        for brand, vals in zip(self, vals_list, strict=True):
            number = 2
            while (code := f"{brand.code[:7]}-{number}") in taken:
                number += 1
            taken.add(code)
            vals["code"] = code
            vals.setdefault("name", brand.name)
            if "name" not in default:
                vals["name"] = self.env._("%(name)s (copy)", name=brand.name)
        return vals_list

    @public()
    def action_view_leads(self):
        """Open the brand's leads, the open ones first."""
        action = self.env["res.users"]._crm_pipeline_action()
        return dict(
            action,
            name=self.env._("Leads"),
            domain=[
                ("brand_id", "in", self.ids),
                ("pipeline", "in", self.env.user._crm_pipelines()),
            ],
            context={
                "default_brand_id": self[:1].id,
                "default_type": "opportunity",
                "default_pipeline": self.env.user._crm_pipelines()[:1]
                and self.env.user._crm_pipelines()[0],
                "search_default_open": 1,
            },
        )
