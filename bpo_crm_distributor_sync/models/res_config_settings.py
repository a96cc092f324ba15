from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .distributor_sync_run import SETTINGS

PREFIX = "bpo_crm_distributor_sync"


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    distributor_page_size = fields.Integer(
        "Rows in a page",
        config_parameter=f"{PREFIX}.page_size",
        default=SETTINGS["page_size"],
    )
    distributor_web_lead_limit = fields.Integer(
        "Web leads in a run",
        config_parameter=f"{PREFIX}.web_lead_limit",
        default=SETTINGS["web_lead_limit"],
    )
    distributor_run_retention_days = fields.Integer(
        "Keep sync history",
        config_parameter=f"{PREFIX}.run_retention_days",
        default=SETTINGS["run_retention_days"],
    )

    @api.constrains(*(f"distributor_{name}" for name in SETTINGS))
    def _check_distributor_settings(self):
        for settings in self:
            if min(settings[f"distributor_{name}"] for name in SETTINGS) < 1:
                raise ValidationError(
                    self.env._("The numbers of the distributor sync begin at 1.")
                )
            if settings.distributor_page_size > 10000:
                raise ValidationError(
                    self.env._(
                        "A page of more than 10,000 rows takes a distributor too long."
                    )
                )
