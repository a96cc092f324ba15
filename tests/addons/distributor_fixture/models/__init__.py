from . import web_lead_mixin
from . import cheryweb_quotation
from . import cherywebsite_test_drive
from . import distributor_seed
from . import product_template
from . import res_partner
