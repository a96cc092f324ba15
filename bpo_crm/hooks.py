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
    dealerships = (
        env["crm.dealership"].with_context(active_test=False).sudo().search([])
    )
    remotes = dealerships.remote_id
    messages = env["remote.odoo.message"].sudo()
    messages.search([("remote_id", "in", remotes.ids)]).action_cancel()
    dealerships.remote_id = False
    remotes.unlink()
