from . import crm_lead_endorse_withdraw, crm_lead_override
