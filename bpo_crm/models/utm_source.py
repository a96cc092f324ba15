from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.remote_odoo.compat import Constraint

from .crm_dealership import MANAGER


class UtmSource(models.Model):
    _inherit = "utm.source"

    code = fields.Char(
        copy=False, help="Stable and unique: imports and endorsements use it."
    )

    _code_uniq = Constraint("UNIQUE (code)", "Another source has this code.")

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._clean_code(values) for values in vals_list])

    def write(self, vals):
        vals = self._clean_code(vals)
        if "code" in vals and any(
            source.code and source.code != vals["code"] for source in self
        ):
            self._check_recode()
        return super().write(vals)

    def _check_recode(self):
        """Odoo lets every employee edit sources; a code is known to other databases."""
        if not (self.env.su or self.env.user.has_group(MANAGER)):
            raise AccessError(
                self.env._("Only a BPO Manager may change the code of a lead source.")
            )

    @api.model
    def _clean_code(self, values):
        """An empty code is none: two sources without one do not collide."""
        if "code" not in values:
            return values
        return dict(values, code=(values["code"] or "").strip() or False)
