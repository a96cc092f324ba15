from odoo.addons.vehicle_crm.hooks import (
    add_empty_columns,
    keep_business_records,
)


def pre_init_hook(env):
    """Ordinary leads have no vehicle and no order of ours, and stay as they are."""
    add_empty_columns(env, "crm_lead", product_id="int4", sale_order_id="int4")


def uninstall_hook(env):
    """Dealer leads become ordinary leads, so that none goes with the addon."""
    env["crm.lead"]._pipeline_uninstall("dealer")
    keep_business_records(env, "dealer_crm", "product.product", "product.template")
