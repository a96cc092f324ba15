from odoo.addons.vehicle_crm.hooks import (
    add_empty_columns,
    keep_business_records,
)


def pre_init_hook(env):
    """Ordinary leads have no vehicle and no dealership, and stay as they are."""
    add_empty_columns(env, "crm_lead", vehicle_model_id="int4", dealership_id="int4")


def uninstall_hook(env):
    """BPO leads become ordinary leads, so that none goes with the addon; connections
    go with their secrets and messages."""
    env["crm.lead"]._pipeline_uninstall("bpo")
    keep_business_records(env, "bpo_crm", "crm.dealership", "crm.vehicle.model")
    env["crm.dealership"]._discard_connections()
