"""An endorsement, its withdrawal, and the page that brings both: ``docs/contract.md``.

Shared by the addon of the BPO, which sends them, and that of the dealer, which takes
them.
"""

from odoo.addons.remote_odoo.payload import (
    PayloadError,
    Schema,
    anything,
    boolean,
    build_payload,
    group,
    integer,
    items,
    key,
    line,
    moment,
    number,
    shortened,
    text,
    url,
)

CONTRACT = 1
PAGE_LIMIT = 500  # rows in one answer
MAX_QUANTITY = 10_000
MAX_AMOUNT = 10**12
MAX_TEXT = 10_000  # characters of a note or a reason

# Cut is only what the agent who endorses cannot correct; he is asked about the rest.
ENDORSEMENT: Schema = {
    "contract": integer(CONTRACT, CONTRACT, required=True),
    "endorsement_key": key(required=True),
    "source_db": text(64, required=True),
    "source_lead_id": integer(1, required=True),
    "source_lead_name": line(64, required=True),
    "source_url": url(required=True),
    "endorsed_by": line(200, required=True, cuttable=True),
    "endorsed_at": moment(required=True),
    "with_quotation": boolean(),
    "dealership_code": line(64),
    "customer": group(
        {
            "name": line(200, required=True),
            "mobile": line(64),
            "phone": line(64),
            "email": line(254),
            "street": line(500),
            "city": line(128),
            "zip": line(24),
            "state_code": line(16),
            "country_code": line(2),
        },
        required=True,
    ),
    "brand_code": line(10, required=True),
    "vehicle": group(
        {
            "name": line(300, cuttable=True),
            "default_code": line(100),
            "external_ref": line(200),
        }
    ),
    "vehicle_model_text": line(300),
    "quantity": integer(maximum=MAX_QUANTITY),
    # Of the amounts: expected_price, budget_min, budget_max and down_payment.
    "currency": text(3),
    "expected_price": number(maximum=MAX_AMOUNT),
    "preferred_color": line(100),
    "budget_min": number(maximum=MAX_AMOUNT),
    "budget_max": number(maximum=MAX_AMOUNT),
    "has_trade_in": boolean(),
    "trade_in_details": text(MAX_TEXT),
    "financing_type": text(16, choices=("cash", "bank", "in_house", "lease", "other")),
    "down_payment": number(maximum=MAX_AMOUNT),
    "customer_notes": text(MAX_TEXT),
    "priority": text(1, choices=("0", "1", "2", "3")),
    "source": line(64, cuttable=True),
}

# What the dealer asks for, and one page of the answer. Endorsements and withdrawals are
# checked one by one, each by its own schema: a bad one does not fail its page.
PULL: Schema = {
    "after": text(1000),
    "limit": integer(1, PAGE_LIMIT, default=100),
    "keys": items(key(required=True), PAGE_LIMIT),
    "about": boolean(),
}
PULLED: Schema = {
    "leads": items(anything(), PAGE_LIMIT),
    "withdrawn": items(anything(), PAGE_LIMIT),
    "next": text(1000),
    "about": items(anything(), 1000),
}
# A withdrawal is taken whatever its reason is like: the key says all that matters.
WITHDRAWAL: Schema = {
    "endorsement_key": key(required=True),
    "reason": shortened(MAX_TEXT),
}
ABOUT: Schema = {
    "code": line(64, cuttable=True),
    "name": line(300, cuttable=True),
    "brand_codes": items(line(10, required=True), 100),
}


def build_endorsement(values: dict) -> dict:
    """Return the payload of an endorsement; PayloadError for what no dealer takes."""
    return build_payload({"contract": CONTRACT, **values}, ENDORSEMENT)


def build_withdrawal(endorsement_key: str, reason: str | bool) -> dict:
    """Return the row that tells a dealer of a withdrawn endorsement."""
    values = {"endorsement_key": endorsement_key, "reason": reason}
    return build_payload(values, WITHDRAWAL)


def build_about(code: str, name: str, brand_codes: list[str]) -> dict:
    """Return the row about a dealership for which the caller speaks."""
    values = {"code": code, "name": name, "brand_codes": brand_codes[:100]}
    return build_payload(values, ABOUT)


def row_key(row: object) -> str | bool:
    """Return the endorsement key of a row that may be anything; False without one."""
    value = row.get("endorsement_key") if isinstance(row, dict) else False
    try:
        return key()(value, "endorsement_key")
    except PayloadError:
        return False
