from odoo import SUPERUSER_ID, api

from odoo.addons.vehicle_crm.hooks import fold_existing


def migrate(cr, version):
    """Names, cities, codes and references without what nobody sees."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for model in ("crm.dealership", "crm.vehicle.model"):
        fold_existing(env, model)
