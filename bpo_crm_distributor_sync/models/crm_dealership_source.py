from odoo import fields, models

from odoo.addons.remote_odoo.compat import Constraint


class CrmDealershipSource(models.Model):
    """Which dealer of which brand's distributor a dealership is.

    One branch may come from the distributors of two brands: then it has two sources.
    """

    _name = "crm.dealership.source"
    _description = "Dealership at a Distributor"
    _rec_name = "remote_id"

    dealership_id = fields.Many2one(
        "crm.dealership", required=True, index=True, ondelete="cascade"
    )
    brand_id = fields.Many2one("crm.brand", required=True, ondelete="cascade")
    remote_id = fields.Integer("ID There", required=True, readonly=True)

    _brand_remote_uniq = Constraint(
        "UNIQUE (brand_id, remote_id)",
        "This dealer of the distributor belongs to a dealership already.",
    )
