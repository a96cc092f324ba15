"""What a dealer answers about an endorsement that it got: ``docs/contract.md``.

A receipt goes out after a pull, an intake reply answers a push. Both name the dealer's
lead and order alike. The reply repeats them under the names that a BPO of before 1.1
reads, and such a reply is still understood.
"""

from odoo.addons.remote_odoo.payload import (
    Schema,
    anything,
    boolean,
    build_payload,
    check_payload,
    integer,
    items,
    key,
    line,
    text,
    url,
)

RECEIPT_LIMIT = 500  # receipts in one call

# How every answer of a dealer names its lead and its order.
DEALER_NAMES: Schema = {
    "dealer_lead_id": integer(),
    "dealer_lead_name": line(64, cuttable=True),
    "dealer_so_id": integer(),
    "dealer_so_name": line(64, cuttable=True),
}
RECEIPT: Schema = {
    "endorsement_key": key(required=True),
    "source_lead_id": integer(),
    **DEALER_NAMES,
    "url": url(),
    "error": text(2000, cuttable=True),
    # Given (true or false) only in the answer to a withdrawal.
    "kept": boolean(default=None),
}
# Receipts are checked one by one: a bad one does not fail its call.
RECEIPTS: Schema = {"receipts": items(anything(), RECEIPT_LIMIT)}
ACKNOWLEDGED: Schema = {
    "status": text(16, required=True),
    "acknowledged": items(key(required=True), RECEIPT_LIMIT),
    "conflicts": items(key(required=True), RECEIPT_LIMIT),
    "refused": items(anything(), RECEIPT_LIMIT),
}
REFUSED: Schema = {"endorsement_key": key(), "error": text(2000, cuttable=True)}

# The names of before, in the reply to a push.
OLD_NAMES = {
    "dealer_lead_id": "lead_id",
    "dealer_lead_name": "reference",
    "dealer_so_id": "sale_order_id",
    "dealer_so_name": "sale_order_name",
}
INTAKE_REPLY: Schema = {
    "status": text(16, required=True, choices=("ok", "already", "busy")),
    **DEALER_NAMES,
    **{old: DEALER_NAMES[new] for new, old in OLD_NAMES.items()},
    "url": url(),
    "error": text(2000, cuttable=True),
}


def build_receipt(values: dict) -> dict:
    """Return one receipt; PayloadError when it has no valid key."""
    return build_payload(values, RECEIPT)


def build_intake_reply(status: str, receipt: dict) -> dict:
    """Return the reply to a push.

    ``status``: ``ok``, ``already`` or ``busy``; ``receipt``: what
    :func:`build_receipt` returned, empty without a lead.
    """
    names = (*DEALER_NAMES, "url", "error")
    reply = {name: receipt.get(name) or False for name in names}
    reply |= {old: reply[new] for new, old in OLD_NAMES.items()}
    return build_payload({"status": status, **reply}, INTAKE_REPLY)


def read_intake_reply(reply: object) -> dict:
    """Return ``status`` and the fields of a receipt; PayloadError for a wrong shape."""
    reply = check_payload(reply, INTAKE_REPLY, "reply")
    named = {new: reply[new] or reply[old] for new, old in OLD_NAMES.items()}
    rest = {name: reply[name] for name in ("status", "url", "error")}
    return {**rest, **named}
