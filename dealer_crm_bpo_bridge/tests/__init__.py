from . import (
    test_callback,
    test_companies,
    test_connection,
    test_hostile,
    test_hostile_bpo,
    test_import,
    test_intake,
    test_people_gone,
    test_reconcile,
    test_security,
    test_tours,
)
