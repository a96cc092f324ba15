def migrate(cr, version):
    """Keep what was known before these columns: who endorsed, and what the dealer said.

    The cron is the administrator's from now on: an upgrade leaves its interval alone.
    """
    cr.execute(
        """
        UPDATE crm_lead l
           SET endorsed_by_name = COALESCE(
                   (SELECT p.name FROM res_users u
                      JOIN res_partner p ON p.id = u.partner_id
                     WHERE u.id = l.endorsed_by),
                   'A former user')
         WHERE l.endorsement_key IS NOT NULL AND l.endorsed_by_name IS NULL
        """
    )
    cr.execute(
        """
        UPDATE crm_lead l
           SET dealer_outcome = s.step
          FROM crm_stage s
         WHERE s.id = l.stage_id AND s.step IN ('won', 'lost')
           AND l.endorsement_state = 'closed' AND l.dealer_date_closed IS NOT NULL
           AND l.dealer_outcome IS NULL
        """
    )
    cr.execute(
        """
        UPDATE ir_model_data SET noupdate = TRUE
         WHERE module = 'bpo_crm' AND name = 'ir_cron_expire_endorsements'
        """
    )
