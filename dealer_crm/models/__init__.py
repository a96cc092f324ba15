from . import crm_brand
from . import crm_lead
from . import crm_lead_quotation
from . import crm_lead_won
from . import crm_stage
from . import dealer_crm_call_log
from . import product_template
from . import sale_order
