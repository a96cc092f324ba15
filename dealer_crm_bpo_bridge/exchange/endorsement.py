"""A dealer's lead and an endorsement: payload → values and record → payload.

Pure: attribute access only, no env, no network. The shapes are in
``vehicle_crm.exchange``.
"""

from typing import Any

from odoo.addons.remote_odoo.payload import MOMENT_FORMAT
from odoo.addons.vehicle_crm.exchange.callback import build_callback
from odoo.addons.vehicle_crm.exchange.receipt import build_receipt

SERVICE_GROUP_THERE = "bpo_crm.bpo_crm_group_dealer_service"

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
    lead: Any,
    outcome: str,
    reason: str | bool = False,
    notes: str | bool = False,
    correction: bool = False,
) -> dict:
    """Return the answer to an endorsement: what became of it here.

    ``correction``: it replaces what was reported before.
    """
    date = lead.date_won if outcome == "won" else lead.date_lost
    values = {
        "endorsement_key": lead.bpo_endorsement_key,
        "source_lead_id": lead.bpo_source_lead_id,
        "outcome": outcome,
        "correction": correction,
        "dealer_lead_id": lead.id,
        "dealer_lead_name": lead.code,
        "dealer_so_id": lead.sale_order_id.id,
        "dealer_so_name": lead.sale_order_id.name,
        "date": date.strftime(MOMENT_FORMAT) if date else False,
        "reason": reason,
        "notes": notes,
    }
    return build_callback(values)


def receipt_payload(lead: Any) -> dict:
    """Return the receipt of an endorsement that we have."""
    values = {
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
    return build_receipt(values)
