from . import (
    test_access,
    test_outbox,
    test_outbox_end,
    test_outbox_life,
    test_outbox_local,
    test_owner,
    test_words,
)
