from . import (
    test_data_rules,
    test_endorsement,
    test_endorsement_push,
    test_handoff,
    test_order_exchange,
    test_pipeline_rule,
    test_reporting,
    test_roles,
    test_tours,
    test_uninstall,
    test_wire,
    test_wire_security,
)
