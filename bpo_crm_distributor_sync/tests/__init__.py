from . import test_connection
from . import test_dealers
from . import test_exchange
from . import test_products
from . import test_runs
from . import test_web_leads
