from odoo import fields, models

from odoo.addons.bpo_crm.models.crm_vehicle_model import NO_ORIGIN
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
    origin = fields.Char(
        "Database and Model There",
        required=True,
        readonly=True,
        default=NO_ORIGIN,
        help="The number of the distributor's database, as this brand has met them, "
        "and the model there: the same id is another dealer elsewhere.",
    )
    remote_code = fields.Char(
        "Code There",
        readonly=True,
        help="By it the dealer is found in another database.",
    )

    _brand_remote_uniq = Constraint(
        "UNIQUE (brand_id, origin, remote_id)",
        "This dealer of the distributor belongs to a dealership already.",
    )
