from odoo import models


class CrmTeam(models.Model):
    """The counters and the assignment of sales teams leave pipeline leads out."""

    _inherit = "crm.team"

    def _ordinary_leads(self):
        return self.with_context(vehicle_crm_ordinary=True)

    def _compute_lead_unassigned_count(self):
        super(CrmTeam, self._ordinary_leads())._compute_lead_unassigned_count()

    # The next two are counters of 18.0; 19.0 has dropped them.
    def _compute_opportunities_data(self):
        super(CrmTeam, self._ordinary_leads())._compute_opportunities_data()

    def _compute_opportunities_overdue_data(self):
        super(CrmTeam, self._ordinary_leads())._compute_opportunities_overdue_data()

    def _allocate_leads(self, *args, **kwargs):
        return super(CrmTeam, self._ordinary_leads())._allocate_leads(*args, **kwargs)

    def _assign_and_convert_leads(self, *args, **kwargs):
        return super(CrmTeam, self._ordinary_leads())._assign_and_convert_leads(
            *args, **kwargs
        )
