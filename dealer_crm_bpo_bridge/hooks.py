def uninstall_hook(env):
    """Nothing is sent any more; endorsed leads stay as the dealer's own."""
    messages = env["remote.odoo.message"].search(
        [
            ("action", "in", ("bpo_callback", "bpo_receipt")),
            ("state", "in", ("pending", "sending", "failed")),
        ]
    )
    messages.write({"state": "cancelled"})
    env["bpo.crm.connection"].with_context(active_test=False).search([]).unlink()
