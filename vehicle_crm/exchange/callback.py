"""What became of an endorsement at the dealer, and the BPO's answer:
``docs/contract.md``.
"""

from odoo.addons.remote_odoo.payload import (
    Schema,
    boolean,
    build_payload,
    integer,
    key,
    line,
    moment,
    text,
)

from .endorsement import CONTRACT, MAX_TEXT
from .receipt import DEALER_NAMES

OUTCOMES = ("accepted", "declined", "won", "lost")

CALLBACK: Schema = {
    "contract": integer(CONTRACT, CONTRACT, required=True),
    "endorsement_key": key(required=True),
    "source_lead_id": integer(1, required=True),
    "outcome": text(16, required=True, choices=OUTCOMES),
    # A person at the dealer says that what was reported before is to be replaced.
    "correction": boolean(),
    **DEALER_NAMES,
    "date": moment(),
    "reason": line(200, cuttable=True),
    "notes": text(MAX_TEXT, cuttable=True),
}
ANSWER: Schema = {
    "status": text(16, required=True, choices=("ok", "already", "conflict", "busy")),
    "lead": text(64),
    "step": text(32),
}


def build_callback(values: dict) -> dict:
    """Return a callback; PayloadError for what no BPO takes."""
    return build_payload({"contract": CONTRACT, **values}, CALLBACK)
