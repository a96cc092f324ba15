from . import (
    crm_lead2opportunity_partner,
    crm_lead_log_call,
    crm_lead_lost,
    crm_lead_mark_lost,
)
