from odoo import fields, models
from odoo.exceptions import AccessError

SUPERVISOR = "bpo_crm.bpo_crm_group_supervisor"


class Digest(models.Model):
    _inherit = "digest.digest"

    kpi_bpo_lead_in = fields.Boolean("BPO Leads In")
    kpi_bpo_lead_in_value = fields.Integer(compute="_compute_kpi_bpo_lead_in_value")
    kpi_bpo_lead_won = fields.Boolean("BPO Leads Won")
    kpi_bpo_lead_won_value = fields.Integer(compute="_compute_kpi_bpo_lead_won_value")

    def _compute_kpi_bpo_lead_in_value(self):
        self._check_bpo_kpi_reader()
        self._calculate_company_based_kpi(
            "crm.lead",
            "kpi_bpo_lead_in_value",
            additional_domain=[("pipeline", "=", "bpo")],
        )

    def _compute_kpi_bpo_lead_won_value(self):
        self._check_bpo_kpi_reader()
        self._calculate_company_based_kpi(
            "crm.lead",
            "kpi_bpo_lead_won_value",
            date_field="date_won",
            additional_domain=[("pipeline", "=", "bpo"), ("step", "=", "won")],
        )

    def _check_bpo_kpi_reader(self):
        """The digest leaves a figure out for whom this raises."""
        if not self.env.user.has_group(SUPERVISOR):
            raise AccessError(self.env._("These figures are for BPO Supervisors."))

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env.ref("bpo_crm.menu_root").id
        for name in ("kpi_bpo_lead_in", "kpi_bpo_lead_won"):
            actions[name] = f"bpo_crm.bpo_crm_report_action?menu_id={menu}"
        return actions
