"""What the BPO knows of each endorsement, for the dealer to compare:
``docs/contract.md``.
"""

from odoo.addons.remote_odoo.payload import (
    Schema,
    anything,
    build_payload,
    integer,
    items,
    key,
    line,
    moment,
    text,
)

from .endorsement import MAX_TEXT, PAGE_LIMIT
from .receipt import DEALER_NAMES

# What the dealer asks for, and one page of the answer. Rows are checked one by one, so
# that a bad one does not fail the comparison.
STATES_QUERY: Schema = {
    "since": moment(required=True),
    "after": text(1000),
    "limit": integer(1, PAGE_LIMIT, default=PAGE_LIMIT),
}
STATES_PAGE: Schema = {"leads": items(anything(), PAGE_LIMIT), "next": text(1000)}
STATE: Schema = {
    "endorsement_key": key(required=True),
    "source_lead_id": integer(1, required=True),
    "source_lead_name": line(64, cuttable=True),
    "state": text(32, required=True),
    "step": text(32, required=True),
    "date": moment(),
    "dealer_date": moment(),
    "reason": line(200, cuttable=True),
    "error": text(MAX_TEXT, cuttable=True),
    **DEALER_NAMES,
}


def build_state(values: dict) -> dict:
    """Return the row of one endorsement; PayloadError for what no dealer reads."""
    return build_payload(values, STATE)
