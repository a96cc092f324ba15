from odoo import api, fields, models

from odoo.addons.remote_odoo.compat import OR, Constraint

from .crm_lead_endorsement import OPEN_STATES


class CrmDealership(models.Model):
    _inherit = "crm.dealership"

    endorsement_hours = fields.Integer(
        string="Endorsements Expire After (hours)",
        tracking=True,
        help="An endorsed lead that nobody accepted at the dealer goes back to its "
        "agent after this time. 0: never.",
    )

    _endorsement_hours_positive = Constraint(
        "CHECK (endorsement_hours >= 0)",
        "The hours until an endorsement expires cannot be negative. 0 means never.",
    )

    def _get_manager_fields(self):
        return super()._get_manager_fields() | {"endorsement_hours"}

    def _domain_leads_out(self):
        endorsed = [
            ("endorsement_dealership_id", "in", self.ids),
            ("endorsement_state", "in", OPEN_STATES),
        ]
        return OR([super()._domain_leads_out(), endorsed])

    @api.model
    def _lead_fields(self):
        return [*super()._lead_fields(), "endorsement_dealership_id"]
