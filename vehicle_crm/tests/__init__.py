from . import (
    test_apart,
    test_brand,
    test_country,
    test_customer,
    test_exchange,
    test_folded,
    test_mail_address,
    test_merge,
    test_other_customer,
    test_phone,
    test_pipeline,
    test_stage,
)
