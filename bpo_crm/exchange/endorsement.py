"""What the BPO's leads say on the wire: record → values of ``vehicle_crm.exchange``.

Pure: attribute access only, no env, no network.
"""

from typing import Any

from odoo.addons.remote_odoo.payload import MOMENT_FORMAT
from odoo.addons.vehicle_crm.exchange.endorsement import build_endorsement
from odoo.addons.vehicle_crm.exchange.states import build_state


def endorsement_payload(lead: Any, source_db: str, source_url: str) -> dict:
    """Return the endorsement of a lead as it is now.

    Raises PayloadError naming the field that every dealer would refuse.
    """
    vehicle = lead.vehicle_model_id
    values = {
        "endorsement_key": lead.endorsement_key,
        "source_db": source_db,
        "source_lead_id": lead.id,
        "source_lead_name": lead.code,
        "source_url": source_url,
        "endorsed_by": lead.endorsed_by_name or lead.endorsed_by.name,
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
        "currency": lead.company_currency.name,
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
    return build_endorsement(values)


def customer_payload(lead: Any) -> dict:
    """Return who wants the car: what the lead says, else its customer's record."""
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
    """Return what the BPO knows of an endorsement, for the dealer to compare."""
    date = lead.date_won or lead.date_lost
    dealer_date = lead.dealer_date_closed
    values = {
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
    return build_state(values)
