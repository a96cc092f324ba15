def uninstall_hook(env):
    """BPO leads become ordinary leads, so that none goes with the addon."""
    env["crm.lead"]._pipeline_uninstall("bpo")
