from odoo import api, fields, models
from odoo.exceptions import ValidationError

DAY = 24 * 60  # minutes


class CrmCallLogMixin(models.AbstractModel):
    """One telephone call about a lead. Each app has its own table of calls."""

    _name = "crm.call.log.mixin"
    _description = "Call Log"
    _order = "date desc, id desc"
    _rec_names_search = ["lead_id", "summary"]

    lead_id = fields.Many2one(
        "crm.lead", required=True, index=True, ondelete="cascade", readonly=True
    )
    partner_id = fields.Many2one(related="lead_id.partner_id", string="Customer")
    brand_id = fields.Many2one(related="lead_id.brand_id", store=True)
    company_id = fields.Many2one(related="lead_id.company_id", store=True)
    user_id = fields.Many2one(
        "res.users",
        "Agent",
        required=True,
        index=True,
        default=lambda self: self.env.user,
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now, index=True)
    duration = fields.Float("Duration (minutes)", aggregator="sum")
    result = fields.Selection(
        [
            ("answered", "Answered"),
            ("no_answer", "No Answer"),
            ("busy", "Busy"),
            ("voicemail", "Voicemail"),
            ("wrong_number", "Wrong Number"),
        ],
        required=True,
        default="answered",
    )
    summary = fields.Text()

    @api.constrains("duration")
    def _check_duration(self):
        if not all(0 <= call.duration <= DAY for call in self):
            raise ValidationError(
                self.env._(
                    "A call lasts from 0 to %s minutes, which is a day. It was not "
                    "recorded.",
                    DAY,
                )
            )

    @api.depends("lead_id.code", "date")
    def _compute_display_name(self):
        for call in self:
            when = fields.Datetime.context_timestamp(self, call.date)
            lead = call.lead_id.code or call.lead_id.name or ""
            call.display_name = f"{lead} {when:%Y-%m-%d %H:%M}".strip()
