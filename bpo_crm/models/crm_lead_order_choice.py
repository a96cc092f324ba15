from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.remote_odoo.public import public


class CrmLead(models.Model):
    """An order that nobody expected is at the dealer: a person says what it is."""

    _inherit = "crm.lead"

    handoff_orders = fields.Json(
        readonly=True,
        copy=False,
        help="Orders at the dealer about which a person decides.",
    )
    handoff_asks = fields.Boolean(compute="_compute_handoff_asks")
    handoff_order_name = fields.Char(compute="_compute_handoff_asks")

    @api.depends("handoff_orders")
    def _compute_handoff_asks(self):
        for lead in self:
            lead.handoff_asks = bool(lead.handoff_orders)
            usable = lead._get_usable_order()
            lead.handoff_order_name = usable and usable["name"]

    def _get_usable_order(self):
        """Return ``{"id", "name", "live"}`` of the order that may be used, or False."""
        live = [order for order in self.handoff_orders or [] if order["live"]]
        return live[0] if live else False

    def _check_order_choice(self):
        self.ensure_one()
        self._check_pipeline_user()
        if self.handoff_state != "failed" or not self.handoff_orders:
            raise UserError(
                self.env._("There is nothing to decide about an order of this lead.")
            )

    @public(one=True)
    def action_use_order(self):
        """The order that was found at the dealer is the one for this lead."""
        self._check_order_choice()
        usable = self._get_usable_order()
        if not usable:
            raise UserError(
                self.env._(
                    "The order is cancelled at the dealer. Create a new one, or mark "
                    "the lead as lost."
                )
            )
        self._message_log(
            body=self.env._("Order %s at the dealer is used.", usable["name"])
        )
        self._resend_handoff(use_order=usable["id"])
        return self._handoff_notification()

    @public(one=True)
    def action_order_anew(self):
        """The orders that were found are not for this lead: create one more."""
        self._check_order_choice()
        orders = self.handoff_orders
        self._message_log(
            body=self.env._(
                "A new order is created at the dealer, beside %s.",
                ", ".join(order["name"] for order in orders),
            )
        )
        self._resend_handoff(accepted=[order["id"] for order in orders])
        return self._handoff_notification()
