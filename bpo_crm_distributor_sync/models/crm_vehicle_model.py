from odoo import fields, models

from ..sync.products import COMPARED
from .crm_brand_sync import GATE

SYNCED = {*COMPARED, "image_1920"}


class CrmVehicleModel(models.Model):
    _inherit = "crm.vehicle.model"

    distributor_write_date = fields.Datetime(
        "Changed at Distributor", readonly=True, copy=False
    )
    distributor_category_id = fields.Integer(readonly=True, copy=False)
    distributor_image_checksum = fields.Char(readonly=True, copy=False)
    distributor_picture_run = fields.Integer(
        readonly=True,
        copy=False,
        help="The sync that wrote the row, while its picture has not come.",
    )
    distributor_resync = fields.Boolean(
        copy=False, help="Edited here; the next sync takes it from the distributor."
    )

    def write(self, vals):
        """An edit by hand lasts until the next sync (the peer need not change)."""
        by_hand = self.env.context.get("distributor_sync_gate") is not GATE
        if by_hand and SYNCED & vals.keys():
            vals = {**vals, "distributor_resync": True}
            if "image_1920" in vals:
                vals["distributor_image_checksum"] = False
        return super().write(vals)
