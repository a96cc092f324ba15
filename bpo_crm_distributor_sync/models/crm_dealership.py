from odoo import fields, models

from ..sync.dealers import COMPARED
from .crm_brand_sync import GATE


class CrmDealership(models.Model):
    _inherit = "crm.dealership"

    source_ids = fields.One2many(
        "crm.dealership.source",
        "dealership_id",
        "Distributors",
        groups="bpo_crm.bpo_crm_group_manager",
    )
    distributor_resync = fields.Boolean(
        copy=False, help="Edited here; the next sync takes it from the distributor."
    )

    def write(self, vals):
        """An edit by hand lasts until the next sync, as for vehicle models."""
        by_hand = self.env.context.get("distributor_sync_gate") is not GATE
        if by_hand and {*COMPARED} & vals.keys():
            synced = self.sudo().filtered("source_ids")
            if synced:
                super(CrmDealership, synced).write({"distributor_resync": True})
        return super().write(vals)
