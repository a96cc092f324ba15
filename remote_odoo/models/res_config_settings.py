from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    remote_odoo_refuse_private = fields.Boolean(
        "Refuse private addresses",
        config_parameter="remote_odoo.refuse_private",
    )
    remote_odoo_keep_days = fields.Integer(
        "Keep done messages",
        config_parameter="remote_odoo.keep_days",
        default=90,
    )
