from odoo import models


class CrmTeamMember(models.Model):
    _inherit = "crm.team.member"

    def _get_lead_from_date(self, *args, **kwargs):
        members = self.with_context(vehicle_crm_ordinary=True)
        return super(CrmTeamMember, members)._get_lead_from_date(*args, **kwargs)
