from odoo import api, models

from ..folding import fold_values


class VehicleCrmFolded(models.AbstractModel):
    """Lines of text without what a reader cannot see, whichever way they come in.

    A name with a zero-width space is another name to every comparison.
    """

    _name = "vehicle.crm.folded"
    _description = "Record with Folded Lines of Text"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([fold_values(self._fields, vals) for vals in vals_list])

    def write(self, vals):
        return super().write(fold_values(self._fields, vals))
