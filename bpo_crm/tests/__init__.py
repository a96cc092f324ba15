from . import (
    test_data_rules,
    test_handoff,
    test_order_exchange,
    test_roles,
)
