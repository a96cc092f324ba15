def uninstall_hook(env):
    """Nothing is sent any more; endorsed leads stay as the dealer's own."""
    connections = env["bpo.crm.connection"]
    connections._discard_connections()
    connections.with_context(active_test=False).search([]).unlink()
