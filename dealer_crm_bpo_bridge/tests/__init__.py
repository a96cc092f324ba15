from . import (
    test_callback,
    test_connection,
    test_hostile,
    test_import,
    test_intake,
    test_reconcile,
    test_security,
    test_tours,
)
