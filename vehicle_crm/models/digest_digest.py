from odoo import models


class Digest(models.Model):
    """The core's figures count what the windows behind them show."""

    _inherit = "digest.digest"

    def _compute_kpi_crm_lead_created_value(self):
        digests = self.with_context(vehicle_crm_ordinary=True)
        return super(Digest, digests)._compute_kpi_crm_lead_created_value()

    def _compute_kpi_crm_opportunities_won_value(self):
        digests = self.with_context(vehicle_crm_ordinary=True)
        return super(Digest, digests)._compute_kpi_crm_opportunities_won_value()
