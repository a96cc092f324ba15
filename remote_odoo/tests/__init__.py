from . import (
    test_client,
    test_faults,
    test_hostile_peers,
    test_odoo12_faults,
    test_parsing,
    test_payload,
    test_real_odoo,
    test_replies,
    test_secrets,
    test_text,
    test_tls,
    test_wire,
)
