from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

STATUSES = [
    ("new", "New"),
    ("pending", "Pending"),
    ("sent", "Sent"),
    ("synced", "Synced"),
    ("closed", "Closed"),
]


class DistributorWebLeadMixin(models.AbstractModel):
    """What both web forms of the distributor's site have in common."""

    _name = "distributor.web.lead.mixin"
    _description = "Distributor Web Lead"

    email = fields.Char()
    mobile = fields.Char()
    phone = fields.Char()
    city = fields.Char()
    dealer_id = fields.Many2one("res.partner", domain=[("chery_dealer", "=", True)])
    brand_code = fields.Char(index=True, help="The marque whose site was visited.")
    status = fields.Selection(STATUSES, default="new", required=True, index=True)

    refusal = fields.Selection(
        [
            ("validation", "Validation"),
            ("rule", "Record rule"),
            ("email", "No e-mail address"),
            ("broken", "Broken automation"),
            ("constraint", "Constraint of the database"),
            ("method", "Broken addon"),
        ],
        help="How a write of the service account on this lead is refused.",
    )

    @api.model
    def _is_old_branch(self):
        """Whether this distributor runs the branch that has no `synced`."""
        parameters = self.env["ir.config_parameter"].sudo()
        return bool(parameters.get_param("distributor_fixture.old_branch"))

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        result = super().fields_get(allfields, attributes)
        if "selection" in result.get("status", ()) and self._is_old_branch():
            result["status"]["selection"] = [
                item for item in result["status"]["selection"] if item[0] != "synced"
            ]
        return result

    def write(self, vals):
        service = self.env.user.has_group("distributor_fixture.group_bpo_service")
        if service and not self.env.su and set(vals) - {"status"}:
            raise AccessError(
                self.env._("The BPO's service account may write the status only.")
            )
        if service and not self.env.su:
            self._refuse()
        if vals.get("status") == "synced" and self._is_old_branch():
            # What the ORM of a branch without this value says.
            raise ValueError(f"Wrong value for {self._name}.status: 'synced'")
        return super().write(vals)

    def _refuse(self):
        """Refuse as an Odoo does; a record rule does so by itself."""
        for lead in self.sudo():
            if lead.refusal == "validation":
                raise ValidationError(
                    self.env._("The phone number of request %s is not valid.", lead.id)
                )
            if lead.refusal == "email":
                raise UserError(
                    self.env._(
                        "Unable to log message, please configure the sender's email "
                        "address."
                    )
                )
            if lead.refusal == "broken":
                raise KeyError("mobile_country")
            if lead.refusal == "constraint":
                self.env.cr.execute("SELECT 1 / 0")
            if lead.refusal == "method":
                return lead.city.no_such_method()
        return None
