from odoo import models


class CrmLead2opportunityPartner(models.TransientModel):
    _inherit = "crm.lead2opportunity.partner"

    def _action_merge(self):
        """The core deletes what it merged; pipeline leads are archived instead."""
        leads = self.duplicated_lead_ids | self.lead_id
        if leads.filtered("pipeline"):
            return leads.merge_opportunity()
        return super()._action_merge()
