from . import bpo_crm_discrepancy_ignore, crm_lead_decline
