from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.remote_odoo.public import public

from ..sync.dealers import COMPARED
from .crm_brand import MANAGER
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

    @public()
    def action_merge(self):
        """Make one dealership of several that are one branch at two distributors.

        The first made keeps its name and code. It takes over the brands, the leads with
        their endorsements, the connection and the distributors of the others, which are
        archived.
        """
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only a BPO Manager may merge dealerships."))
        self.check_access("write")
        if len(self) < 2:
            raise UserError(self.env._("Select at least two dealerships to merge."))
        self._check_merge()
        kept = self._get_merge_target()
        others = self - kept
        kept = kept.with_context(distributor_sync_gate=GATE)
        kept._take_over(others)
        others.sudo().source_ids.dealership_id = kept
        others.active = False
        for other in others:
            kept._message_log(
                body=self.env._(
                    "%s was merged into this dealership and archived.",
                    other.complete_name,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.dealership",
            "res_id": kept.id,
            "views": [(False, "form")],
        }
