def uninstall_hook(env):
    """Connections to distributors go with their passwords."""
    env["crm.brand"]._discard_connections()
