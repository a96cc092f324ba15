from odoo.addons.vehicle_crm.hooks import keep_business_records


def uninstall_hook(env):
    """Dealer leads become ordinary leads, so that none goes with the addon."""
    env["crm.lead"]._pipeline_uninstall("dealer")
    keep_business_records(env, "dealer_crm", "product.product", "product.template")
