from . import (
    test_apart,
    test_brand,
    test_customer,
    test_exchange,
    test_merge,
    test_phone,
    test_pipeline,
    test_stage,
)
