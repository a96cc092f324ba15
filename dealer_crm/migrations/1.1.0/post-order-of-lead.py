from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """A lead with several orders is now about the confirmed one."""
    env = api.Environment(
        cr, SUPERUSER_ID, {"active_test": False, "tracking_disable": True}
    )
    cr.execute(
        """
        SELECT dealer_crm_lead_id
          FROM sale_order
         WHERE dealer_crm_lead_id IS NOT NULL
      GROUP BY dealer_crm_lead_id
        HAVING count(*) > 1
        """
    )
    leads = env["crm.lead"].browse(row[0] for row in cr.fetchall())
    env.add_to_compute(leads._fields["sale_order_id"], leads)
    env.flush_all()
