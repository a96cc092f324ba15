"""What the BPO and a dealer's Odoo say to each other: ``docs/contract.md``.

Pure: attribute access only, no env, no network. The dealer's addon has the other half
of this contract; the endorsement itself is in ``vehicle_crm``, because both know it.
"""

from typing import Any

from odoo.addons.remote_odoo.payload import (
    MOMENT_FORMAT,
    Schema,
    boolean,
    clean,
    group,
    integer,
    items,
    key,
    moment,
    text,
    url,
)
from odoo.addons.vehicle_crm.exchange.endorsement import CONTRACT, PAGE_LIMIT

RECEIPT_LIMIT = 500
OUTCOMES = ("accepted", "declined", "won", "lost")

PULL: Schema = {
    "after": text(1000),
    "limit": integer(1, PAGE_LIMIT, default=100),
    "keys": items(key(required=True), PAGE_LIMIT),
    "about": boolean(),
}

RECEIPT: Schema = {
    "endorsement_key": key(required=True),
    "source_lead_id": integer(),
    "dealer_lead_id": integer(),
    "dealer_lead_name": text(64),
    "dealer_so_id": integer(),
    "dealer_so_name": text(64),
    "url": url(),
    "error": text(2000),
    # Given (true or false) only in the answer to a withdrawal.
    "kept": boolean(default=None),
}
RECEIPTS: Schema = {"receipts": items(group(RECEIPT, required=True), RECEIPT_LIMIT)}

CALLBACK: Schema = {
    "contract": integer(CONTRACT, CONTRACT, required=True),
    "endorsement_key": key(required=True),
    "source_lead_id": integer(1, required=True),
    "outcome": text(16, required=True, choices=OUTCOMES),
    "dealer_lead_id": integer(),
    "dealer_lead_name": text(64),
    "dealer_so_id": integer(),
    "dealer_so_name": text(64),
    "date": moment(),
    "reason": text(200),
    "notes": text(10_000),
}

STATES: Schema = {
    "since": moment(required=True),
    "after": text(1000),
    "limit": integer(1, PAGE_LIMIT, default=PAGE_LIMIT),
}

# What the dealer's Odoo answers to a pushed endorsement.
REPLY: Schema = {
    "status": text(16, required=True, choices=("ok", "already", "busy")),
    "lead_id": integer(),
    "reference": text(64),
    "sale_order_id": integer(),
    "sale_order_name": text(64),
    "url": url(),
    "error": text(2000),
}


def endorsement_payload(lead: Any, source_db: str, source_url: str) -> dict:
    """The endorsement of a lead as it is now; the receiver checks it once more."""
    vehicle = lead.vehicle_model_id
    values = {
        "contract": CONTRACT,
        "endorsement_key": lead.endorsement_key,
        "source_db": source_db,
        "source_lead_id": lead.id,
        "source_lead_name": lead.code,
        "source_url": source_url,
        "endorsed_by": lead.endorsed_by.name,
        "endorsed_at": lead.endorsed_at.strftime(MOMENT_FORMAT),
        "with_quotation": lead.with_quotation,
        "dealership_code": lead.endorsement_dealership_id.code,
        "customer": customer_payload(lead),
        "brand_code": lead.brand_id.code,
        "vehicle": {
            "name": vehicle.name,
            "default_code": vehicle.default_code,
            "external_ref": vehicle.external_ref,
        },
        "vehicle_model_text": lead.vehicle_model_text,
        "quantity": lead.quantity,
        "expected_price": lead.expected_price,
        "preferred_color": lead.preferred_color,
        "budget_min": lead.budget_min,
        "budget_max": lead.budget_max,
        "has_trade_in": lead.has_trade_in,
        "trade_in_details": lead.trade_in_details,
        "financing_type": lead.financing_type,
        "down_payment": lead.down_payment,
        "customer_notes": lead.customer_notes,
        "priority": lead.priority,
        "source": lead.source_id.code,
    }
    return clean(values)


def customer_payload(lead: Any) -> dict:
    """Who wants the car: what the lead says, else what its customer's record says."""
    partner = lead.partner_id
    return {
        "name": lead.contact_name or lead.partner_name or partner.name or lead.name,
        "mobile": lead.mobile or partner.mobile,
        "phone": lead.phone or partner.phone,
        "email": lead.email_from or partner.email,
        "street": lead.street,
        "city": lead.city,
        "zip": lead.zip,
        "state_code": lead.state_id.code,
        "country_code": lead.country_id.code,
    }


def state_payload(lead: Any) -> dict:
    """What the BPO knows of an endorsement, for the dealer to compare with its own."""
    date = lead.date_won or lead.date_lost
    dealer_date = lead.dealer_date_closed
    return {
        "endorsement_key": lead.endorsement_key,
        "source_lead_id": lead.id,
        "source_lead_name": lead.code,
        "state": lead.endorsement_state,
        "step": lead.step,
        "date": date.strftime(MOMENT_FORMAT) if date else False,
        "dealer_date": dealer_date.strftime(MOMENT_FORMAT) if dealer_date else False,
        "reason": lead.lost_reason_id.code,
        "error": lead.endorsement_error,
        "dealer_lead_id": lead.dealer_lead_id,
        "dealer_lead_name": lead.dealer_lead_name,
        "dealer_so_id": lead.dealer_so_id,
        "dealer_so_name": lead.dealer_so_name,
    }
