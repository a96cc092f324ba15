"""What a dealer's Odoo and the BPO say to each other: ``docs/contract.md``.

Pure: attribute access only, no env, no network. The BPO's addon has the other half of
this contract; the endorsement itself is in ``vehicle_crm``, because both know it.
"""

from typing import Any

from odoo.addons.remote_odoo.payload import (
    MOMENT_FORMAT,
    Schema,
    anything,
    clean,
    group,
    integer,
    items,
    key,
    moment,
    text,
)
from odoo.addons.vehicle_crm.exchange.endorsement import CONTRACT, PAGE_LIMIT

SERVICE_GROUP_THERE = "bpo_crm.bpo_crm_group_dealer_service"

# The BPO's answers. Endorsements are checked one by one: a bad one stops no other.
PULLED: Schema = {
    "leads": items(anything(), PAGE_LIMIT),
    "withdrawn": items(
        group({"endorsement_key": key(required=True), "reason": text(10_000)}),
        PAGE_LIMIT,
    ),
    "next": text(1000),
    "about": items(
        group(
            {
                "code": text(64),
                "name": text(300),
                "brand_codes": items(text(10, required=True), 100),
            }
        ),
        1000,
    ),
}
ACKNOWLEDGED: Schema = {
    "status": text(16, required=True),
    "acknowledged": items(key(required=True), PAGE_LIMIT),
    "conflicts": items(key(required=True), PAGE_LIMIT),
}
ANSWER: Schema = {
    "status": text(16, required=True, choices=("ok", "already", "conflict", "busy")),
    "lead": text(64),
    "step": text(32),
}
STATES: Schema = {
    "leads": items(
        group(
            {
                "endorsement_key": key(required=True),
                "source_lead_id": integer(1, required=True),
                "source_lead_name": text(64),
                "state": text(32, required=True),
                "step": text(32, required=True),
                "date": moment(),
                "dealer_date": moment(),
                "reason": text(200),
                "error": text(10_000),
                "dealer_lead_id": integer(),
                "dealer_lead_name": text(64),
                "dealer_so_id": integer(),
                "dealer_so_name": text(64),
            }
        ),
        PAGE_LIMIT,
    ),
    "next": text(1000),
}

# Fields of an endorsement that a lead of ours has under the same name.
SAME_NAME = (
    "vehicle_model_text",
    "quantity",
    "expected_price",
    "preferred_color",
    "budget_min",
    "budget_max",
    "has_trade_in",
    "trade_in_details",
    "financing_type",
    "down_payment",
    "customer_notes",
    "priority",
)


def origin_values(endorsement: dict) -> dict:
    """What a lead keeps of where it came from."""
    return {
        "bpo_endorsement_key": endorsement["endorsement_key"],
        "bpo_source_db": endorsement["source_db"],
        "bpo_source_lead_id": endorsement["source_lead_id"],
        "bpo_source_lead_name": endorsement["source_lead_name"],
        "bpo_source_url": endorsement["source_url"],
        "bpo_endorsed_by": endorsement["endorsed_by"],
        "bpo_endorsed_at": endorsement["endorsed_at"],
        "bpo_with_quotation": endorsement["with_quotation"],
    }


def interest_values(endorsement: dict) -> dict:
    """What the customer wants; nothing that the BPO left open."""
    vehicle = endorsement["vehicle"]
    values = {name: endorsement[name] for name in SAME_NAME if endorsement[name]}
    if not values.get("vehicle_model_text") and vehicle["name"]:
        values["vehicle_model_text"] = vehicle["name"]
    return values


def callback_payload(
    lead: Any, outcome: str, reason: str | bool = False, notes: str | bool = False
) -> dict:
    """The answer to an endorsement: what became of it here."""
    date = lead.date_won if outcome == "won" else lead.date_lost
    values = {
        "contract": CONTRACT,
        "endorsement_key": lead.bpo_endorsement_key,
        "source_lead_id": lead.bpo_source_lead_id,
        "outcome": outcome,
        "dealer_lead_id": lead.id,
        "dealer_lead_name": lead.code,
        "dealer_so_id": lead.sale_order_id.id,
        "dealer_so_name": lead.sale_order_id.name,
        "date": date.strftime(MOMENT_FORMAT) if date else False,
        "reason": reason,
        "notes": notes,
    }
    return clean(values)


def receipt_payload(lead: Any) -> dict:
    """The receipt of an endorsement that we have."""
    return {
        "endorsement_key": lead.bpo_endorsement_key,
        "source_lead_id": lead.bpo_source_lead_id,
        "dealer_lead_id": lead.id,
        "dealer_lead_name": lead.code,
        "dealer_so_id": lead.sale_order_id.id,
        "dealer_so_name": lead.sale_order_id.name,
        "url": f"{lead.get_base_url()}/odoo/action-dealer_crm.crm_lead_action_all"
        f"/{lead.id}",
        "error": lead.bpo_quotation_error,
    }
