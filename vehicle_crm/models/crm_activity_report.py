from odoo import fields, models


class CrmActivityReport(models.Model):
    _inherit = "crm.activity.report"

    # Through the lead and not a column of the view: uninstalling this addon would
    # drop the column with CASCADE, and the core's view with it.
    pipeline = fields.Selection(related="lead_id.pipeline")
