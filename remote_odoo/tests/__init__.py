from . import test_client, test_real_odoo, test_secrets
from . import test_payload
