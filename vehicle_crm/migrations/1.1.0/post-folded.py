from odoo import SUPERUSER_ID, api

from odoo.addons.vehicle_crm.hooks import fold_existing


def migrate(cr, version):
    """Names and codes without what nobody sees; keys of numbers by the rules of now.

    The keys follow in the background: there may be many contacts.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    for model, domain in (
        ("res.partner", []),
        ("crm.brand", []),
        ("crm.lead", [("pipeline", "!=", False)]),
    ):
        fold_existing(env, model, domain)
    env["res.company"]._queue_all_keys()
