from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.remote_odoo.compat import Constraint

REASONS = (
    "price",
    "competitor",
    "not_ready",
    "financing",
    "no_stock",
    "cancelled",
    "other",
)


class CrmLostReason(models.Model):
    _inherit = "crm.lost.reason"

    code = fields.Char(
        copy=False,
        help="The reason's name between databases. Only reasons with a code are "
        "offered by Mark Lost.",
    )

    _code_uniq = Constraint("UNIQUE (code)", "Another reason already has this code.")

    @api.model
    def _from_code(self, code):
        """The reason with this code, archived ones too, or an empty recordset."""
        if not code or not isinstance(code, str):
            return self.browse()
        return self.with_context(active_test=False).search([("code", "=", code)])

    def write(self, vals):
        if "code" in vals:
            shipped = self.filtered(
                lambda reason: reason.code in REASONS and reason.code != vals["code"]
            )
            shipped._refuse_change()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_shipped(self):
        self.filtered(lambda reason: reason.code in REASONS)._refuse_change()

    def _refuse_change(self):
        if self:
            raise UserError(
                self.env._(
                    "The code of these lost reasons is known to other databases, so "
                    "they can be renamed or archived, but not deleted or recoded: "
                    "%(reasons)s.",
                    reasons=", ".join(self.mapped("name")),
                )
            )
