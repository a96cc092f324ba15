def migrate(cr, version):
    """Messages that ended earlier keep no customer data and can be cleaned up."""
    cr.execute(
        """
        UPDATE remote_odoo_message
           SET payload = NULL, reply = NULL, done_at = COALESCE(done_at, write_date)
         WHERE state IN ('done', 'cancelled')
           AND (payload IS NOT NULL OR reply IS NOT NULL OR done_at IS NULL)
        """
    )
