def uninstall_hook(env):
    """Dealer leads become ordinary leads, so that none goes with the addon."""
    env["crm.lead"]._pipeline_uninstall("dealer", "dealer_crm")
