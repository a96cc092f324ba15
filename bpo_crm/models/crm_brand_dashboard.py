from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.remote_odoo.public import public
from odoo.addons.vehicle_crm.models.crm_stage import OPEN_STEPS

DAYS = 30


class CrmBrand(models.Model):
    """The figures of a brand's card on the managers' dashboard, as the reader may see
    them."""

    _inherit = "crm.brand"

    bpo_unclaimed_count = fields.Integer(compute="_compute_bpo_dashboard")
    bpo_open_count = fields.Integer(compute="_compute_bpo_dashboard")
    bpo_at_dealer_count = fields.Integer(compute="_compute_bpo_dashboard")
    bpo_handoff_pending_count = fields.Integer(compute="_compute_bpo_dashboard")
    bpo_handoff_failed_count = fields.Integer(compute="_compute_bpo_dashboard")
    bpo_in_count = fields.Integer(compute="_compute_bpo_dashboard")
    bpo_won_count = fields.Integer(compute="_compute_bpo_dashboard")
    bpo_lost_count = fields.Integer(compute="_compute_bpo_dashboard")
    bpo_hours_to_claim = fields.Float(compute="_compute_bpo_dashboard")
    bpo_hours_to_call = fields.Float(compute="_compute_bpo_dashboard")

    @api.depends_context("uid")
    def _compute_bpo_dashboard(self):
        since = fields.Datetime.now() - timedelta(days=DAYS)
        is_open = ("step", "in", OPEN_STEPS)
        for name, domain in {
            "bpo_unclaimed_count": [is_open, ("user_id", "=", False)],
            "bpo_open_count": [is_open],
            "bpo_at_dealer_count": [
                is_open,
                ("endorsement_state", "in", ("waiting", "received", "accepted")),
            ],
            "bpo_handoff_pending_count": [is_open, ("handoff_state", "=", "pending")],
            "bpo_handoff_failed_count": [
                is_open,
                "|",
                ("handoff_state", "=", "failed"),
                ("endorsement_state", "=", "refused"),
            ],
            "bpo_in_count": [("create_date", ">=", since)],
            "bpo_won_count": [("date_won", ">=", since), ("step", "=", "won")],
            "bpo_lost_count": [("date_lost", ">=", since), ("step", "=", "lost")],
        }.items():
            counts = dict(
                self.env["crm.lead"]._read_group(
                    [
                        ("pipeline", "=", "bpo"),
                        ("brand_id", "in", self.ids),
                        *domain,
                    ],
                    ["brand_id"],
                    ["__count"],
                )
            )
            for brand in self:
                brand[name] = counts.get(brand, 0)
        self.bpo_hours_to_claim = self.bpo_hours_to_call = 0
        if not self.env["bpo.crm.report"].has_access("read"):
            return
        for brand, claim, call in self.env["bpo.crm.report"]._read_group(
            [("brand_id", "in", self.ids), ("create_date", ">=", since)],
            ["brand_id"],
            ["hours_to_claim:avg", "hours_to_call:avg"],
        ):
            brand.bpo_hours_to_claim = claim or 0
            brand.bpo_hours_to_call = call or 0

    @public(one=True)
    def action_open_bpo_leads(self):
        """The leads behind one figure of the card: its filters are in the context."""
        filters = {
            key: value
            for key, value in self.env.context.items()
            if key.startswith("search_default_")
        }
        action = self.env["crm.lead"]._get_bpo_action(
            [("brand_id", "=", self.id)], default_brand_id=self.id, **filters
        )
        action["display_name"] = self.name
        return action
