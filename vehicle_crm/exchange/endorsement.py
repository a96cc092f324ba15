"""An endorsement as it crosses the wire: ``docs/contract.md``.

Shared by the addon of the BPO, which makes it, and that of the dealer, which takes it.
"""

from odoo.addons.remote_odoo.payload import (
    Schema,
    boolean,
    group,
    integer,
    key,
    moment,
    number,
    text,
    url,
)

CONTRACT = 1
PAGE_LIMIT = 500  # endorsements in one answer
MAX_QUANTITY = 10_000
MAX_AMOUNT = 10**12

ENDORSEMENT: Schema = {
    "contract": integer(CONTRACT, CONTRACT, required=True),
    "endorsement_key": key(required=True),
    "source_db": text(64, required=True),
    "source_lead_id": integer(1, required=True),
    "source_lead_name": text(64, required=True),
    "source_url": url(required=True),
    "endorsed_by": text(200, required=True),
    "endorsed_at": moment(required=True),
    "with_quotation": boolean(),
    "dealership_code": text(64),
    "customer": group(
        {
            "name": text(200, required=True),
            "mobile": text(64),
            "phone": text(64),
            "email": text(254),
            "street": text(500),
            "city": text(128),
            "zip": text(24),
            "state_code": text(16),
            "country_code": text(2),
        },
        required=True,
    ),
    "brand_code": text(10, required=True),
    "vehicle": group(
        {"name": text(300), "default_code": text(100), "external_ref": text(200)}
    ),
    "vehicle_model_text": text(300),
    "quantity": integer(maximum=MAX_QUANTITY),
    "expected_price": number(maximum=MAX_AMOUNT),
    "preferred_color": text(100),
    "budget_min": number(maximum=MAX_AMOUNT),
    "budget_max": number(maximum=MAX_AMOUNT),
    "has_trade_in": boolean(),
    "trade_in_details": text(10_000),
    "financing_type": text(16, choices=("cash", "bank", "in_house", "lease", "other")),
    "down_payment": number(maximum=MAX_AMOUNT),
    "customer_notes": text(10_000),
    "priority": text(1, choices=("0", "1", "2", "3")),
    "source": text(64),
}
