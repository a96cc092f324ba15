from . import test_client, test_secrets
from . import test_payload
