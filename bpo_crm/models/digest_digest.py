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
        self._count_bpo_leads("kpi_bpo_lead_in_value", "create_date", [])

    def _compute_kpi_bpo_lead_won_value(self):
        self._count_bpo_leads(
            "kpi_bpo_lead_won_value", "date_won", [("step", "=", "won")]
        )

    def _count_bpo_leads(self, name, date_field, domain):
        """As `_calculate_company_based_kpi`, which leaves out what has no company:
        every web lead until somebody claims it."""
        self._check_bpo_kpi_reader()
        start, end, companies = self._get_kpi_compute_parameters()
        counts = dict(
            self.env["crm.lead"]._read_group(
                [
                    ("pipeline", "=", "bpo"),
                    ("company_id", "in", [False, *companies.ids]),
                    (date_field, ">=", start),
                    (date_field, "<", end),
                    *domain,
                ],
                ["company_id"],
                ["__count"],
            )
        )
        for digest in self:
            company = digest.company_id or self.env.company
            digest[name] = counts.get(company, 0) + counts.get(company.browse(), 0)

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
