"""What Mark Won asks of a dealer that runs plain Odoo: record values ⇄ payload and
the search domains. No env, no HTTP; the calls are in `models/crm_lead_handoff.py`.

The price is never part of it: the dealer's own price list counts (C45).
"""

import html
import re

import phonenumbers

from odoo.addons.remote_odoo import stamp
from odoo.addons.vehicle_crm.phone import mobile_key, mobile_numbers

from . import order_reply

PEER_MODELS = ("res.partner",)
PARTNER_FIELDS = ("phone", "mobile", "email", "street", "city", "zip")
ASKED_FIELDS = (*PARTNER_FIELDS, "email_normalized")  # that one is searched, not sent
REGIONS = {"country_id": "res.country", "state_id": "res.country.state"}
ALL_ORDERS_GROUP = "sales_team.group_sale_salesman_all_leads"
OWN_ORDERS_GROUP = "sales_team.group_sale_salesman"


# (model, right) that the service account needs, in the order of use.
REQUIRED_RIGHTS = (
    ("sale.order", "read"),
    ("sale.order", "create"),
    ("sale.order.line", "read"),
    ("sale.order.line", "create"),
    ("res.partner", "read"),
    ("res.partner", "create"),
    ("product.product", "read"),
)
# A variant is never created without its template.
PRODUCT_RIGHTS = (("product.template", "create"), ("product.product", "create"))


def order_reference(lead_code: str, key: str) -> str:
    """What the order is found again by: LEAD/00042 · 1a2b3c4d."""
    return f"{lead_code} · {key.replace('-', '')[:8]}"


def number_to_find(
    number: str | None, region: str | None, ignore: frozenset[str] = frozenset()
) -> dict:
    """{"key", "region", "like"} that finds a mobile number however it is spelled at
    the peer, or {} when it is none. The pattern allows anything between the digits;
    what it finds is verified with `same_number`.

    `ignore`: numbers that are nobody's, as `vehicle_crm.phone.tail` gives them."""
    key = mobile_key(number, region, ignore=ignore)
    if not key:
        return {}
    digits = phonenumbers.national_significant_number(phonenumbers.parse(key))
    return {"key": key, "region": region or "", "like": f"%{'%'.join(digits)}%"}


def same_number(number: str | None, wanted: dict) -> bool:
    return bool(wanted) and wanted["key"] in mobile_numbers(number, wanted["region"])


def order_payload(
    *,
    lead_code: str,
    key: str,
    source: str,
    customer: dict,
    vehicle: dict,
    quantity: float,
    create_product: bool,
    region: str | None,
    ignore: frozenset[str] = frozenset(),
) -> dict:
    """Everything a delivery needs, frozen when the hand-off begins.

    ``source``: the identifier of the BPO's database.
    """
    return {
        "lead": lead_code,
        "source": source,
        "reference": order_reference(lead_code, key),
        "customer": {name: value for name, value in customer.items() if value},
        "number": _number(customer, region, ignore),
        "vehicle": vehicle,
        "quantity": quantity,
        "create_product": create_product,
    }


def has_identity(
    customer: dict, region: str | None, ignore: frozenset[str] = frozenset()
) -> bool:
    """Whether the customer can be found again at the dealer, so that a hand-off that
    is sent twice makes one partner."""
    return bool(_number(customer, region, ignore) or customer.get("email"))


def _number(customer: dict, region: str | None, ignore: frozenset[str]) -> dict:
    """What finds the customer by number: a mobile number, in whichever field it is."""
    found = (
        number_to_find(customer.get(name), region, ignore)
        for name in ("mobile", "phone")
    )
    return next(filter(None, found), {})


def order_origin(payload: dict) -> str:
    """What the dealer sees as source: LEAD/00042 · identifier of the BPO's database."""
    source = payload.get("source")
    return f"{payload['lead']} · {source}" if source else payload["lead"]


def read_peer_fields(call) -> dict[str, list[str]]:
    """Ask the peer which of the fields that we use it has; others are not kept."""
    return {
        model: order_reply.read_fields(
            call(model, "fields_get", list(ASKED_FIELDS), ["type"]), ASKED_FIELDS
        )
        for model in PEER_MODELS
    } | {stamp.MODEL: stamp.owner_fields(call)}


def right_question(series: int, verb: str) -> tuple:
    """The method and arguments that ask whether the account may create, read …"""
    if 0 < series < 18:
        return ("check_access_rights", verb, False)
    return ("has_access", [], verb)


def group_question(series: int, uid: int, group: str) -> tuple:
    """The method and arguments that ask whether the account is in a group."""
    return ("has_group", group) if 0 < series < 18 else ("has_group", [uid], group)


def saves_and_reads(series: int) -> bool:
    """Whether one call creates an order and reads its number."""
    return not 0 < series < 17


def partner_domain(payload: dict, peer_fields: list[str]) -> list:
    """One search for the customer by number and by e-mail."""
    leaves = []
    if like := payload["number"].get("like"):
        leaves += [
            (name, "=ilike", like)
            for name in ("mobile", "phone")
            if name in peer_fields
        ]
    if email := payload["customer"].get("email"):
        if "email_normalized" in peer_fields:
            leaves.append(("email_normalized", "=", email))
        else:  # before 13.0
            leaves.append(("email", "=ilike", re.sub(r"([\\%_])", r"\\\1", email)))
    return ["|"] * (len(leaves) - 1) + leaves


def partner_columns(peer_fields: list[str]) -> list[str]:
    """What `pick_partner` needs of each row."""
    email = "email_normalized" if "email_normalized" in peer_fields else "email"
    return [*(name for name in ("phone", "mobile") if name in peer_fields), email]


def pick_partner(payload: dict, rows: list[dict]) -> int | None:
    """The number decides, then the e-mail; of several the oldest. Never the name."""
    email = payload["customer"].get("email")

    def has_email(row):
        found = row.get("email_normalized") or row.get("email") or ""
        return bool(email) and found.strip().lower() == email.lower()

    def has_number(row):
        return any(
            same_number(row.get(name) or None, payload["number"])
            for name in ("mobile", "phone")
        )

    ranked = sorted(
        (not has_number(row), not has_email(row), row["id"])
        for row in rows
        if has_number(row) or has_email(row)
    )
    return ranked[0][2] if ranked else None


def region_domains(payload: dict) -> dict[str, list]:
    """How the customer's country and state are found there: {field: domain}."""
    country, state = (
        payload["customer"].get(f"{n}_code") for n in ("country", "state")
    )
    domains = {}
    if country:
        domains["country_id"] = [("code", "=", country)]
    if country and state:
        domains["state_id"] = [("code", "=", state), ("country_id.code", "=", country)]
    return domains


def partner_values(payload: dict, peer_fields: list[str]) -> dict:
    """Only fields that the peer has: Odoo 19 knows no mobile, so it becomes the
    phone there, and a landline beside it goes to the internal notes."""
    customer = dict(payload["customer"])
    if "mobile" not in peer_fields and customer.get("mobile"):
        landline = customer.get("phone")
        if landline and not same_number(landline, payload["number"]):
            customer["comment"] = f"<p>Landline: {html.escape(landline)}</p>"
        customer["phone"] = customer.pop("mobile")
    names = ("name", *PARTNER_FIELDS, "comment")
    return {name: customer[name] for name in names if name in customer}


def product_domain(payload: dict) -> list:
    vehicle = payload["vehicle"]
    leaves = [("name", "=", vehicle["name"])]
    if vehicle.get("default_code"):
        leaves.append(("default_code", "=", vehicle["default_code"]))
    return ["|"] * (len(leaves) - 1) + leaves


def pick_product(payload: dict, rows: list[dict]) -> int | None:
    """The reference decides, then the exact name; of several one that is for sale,
    then the oldest."""
    code = payload["vehicle"].get("default_code")
    ranked = sorted(
        (
            not (code and row.get("default_code") == code),
            not row.get("sale_ok"),
            row["id"],
        )
        for row in rows
    )
    return ranked[0][2] if ranked else None


def product_values(payload: dict) -> dict:
    vehicle = payload["vehicle"]
    values = {"name": vehicle["name"]}
    if vehicle.get("default_code"):
        values["default_code"] = vehicle["default_code"]
    return values


def order_values(payload: dict, partner_id: int, product_id: int) -> dict:
    return {
        "partner_id": partner_id,
        "client_order_ref": payload["reference"],
        "origin": order_origin(payload),
        "order_line": [
            (0, 0, {"product_id": product_id, "product_uom_qty": payload["quantity"]})
        ],
    }
