from . import (
    bpo_crm_connection,
    bpo_crm_connection_import,
    bpo_crm_connection_reconcile,
    bpo_crm_connection_source,
    bpo_crm_discrepancy,
    crm_lead,
    crm_lead_callback,
    crm_lead_intake,
    crm_lead_intake_owner,
    crm_lead_intake_values,
)
