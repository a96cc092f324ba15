from odoo import api, fields, models

from odoo.addons.remote_odoo.compat import Constraint


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
        return super().write(self._clean_code(vals))

    @api.model
    def _clean_code(self, values):
        """An empty code is none: two sources without one do not collide."""
        if "code" not in values:
            return values
        return dict(values, code=(values["code"] or "").strip() or False)
