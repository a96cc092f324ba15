from . import test_outbox, test_owner
