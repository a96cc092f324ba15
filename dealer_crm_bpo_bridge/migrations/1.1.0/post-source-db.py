def migrate(cr, version):
    """The database that endorsed the last lead is the BPO's."""
    cr.execute(
        """
        UPDATE bpo_crm_connection c SET source_db = last.source_db
          FROM (SELECT DISTINCT ON (bpo_connection_id)
                       bpo_connection_id AS id, bpo_source_db AS source_db
                  FROM crm_lead
                 WHERE bpo_connection_id IS NOT NULL AND bpo_source_db IS NOT NULL
                 ORDER BY bpo_connection_id, id DESC) last
         WHERE last.id = c.id AND c.source_db IS NULL
        """
    )
