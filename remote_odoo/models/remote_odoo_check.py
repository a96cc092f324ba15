from odoo import fields, models


class RemoteOdooCheck(models.Model):
    _name = "remote.odoo.check"
    _description = "Check of a Connection"
    _order = "remote_id, id"

    remote_id = fields.Many2one(
        "remote.odoo", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(required=True, readonly=True)
    state = fields.Selection(
        [("passed", "Passed"), ("failed", "Failed"), ("skipped", "Not Tried")],
        required=True,
        readonly=True,
    )
    detail = fields.Char(readonly=True)
    advice = fields.Char("What to Do", readonly=True)
