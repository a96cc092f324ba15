"""Is there an order for this lead at the dealer already? No env, no HTTP.

A backup of the BPO knows nothing of what it ordered after it was made, and a copy may
have ordered for itself. So orders are looked for by the reference of the lead, not
only by that of the hand-off, and a person decides about those that were not expected.
"""

from dataclasses import dataclass

from odoo.addons.remote_odoo.errors import BadReply, Rejected
from odoo.addons.remote_odoo.payload import (
    PayloadError,
    Schema,
    anything,
    check_payload,
    group,
    integer,
    items,
    shortened,
)

COLUMNS = ("name", "client_order_ref", "origin", "state", "partner_id", "create_uid")
LIMIT = 50  # orders of one lead that are looked at
ROWS: Schema = {
    "rows": items(
        group(
            {
                "id": integer(1, required=True),
                "name": shortened(64),
                "client_order_ref": shortened(200),
                "origin": shortened(1000),
                "state": shortened(32),
                "partner_id": anything(),
                "create_uid": anything(),
            },
            required=True,
        ),
        LIMIT,
    )
}


class OrderExists(Rejected):
    """Orders that nobody expected are there; ``orders`` as ``Order.as_dict``."""

    def __init__(self, message: str, orders: list):
        super().__init__(message)
        self.orders = [order.as_dict() for order in orders]


@dataclass(frozen=True)
class Order:
    """An order at the dealer that has the reference of our lead."""

    id: int
    name: str
    reference: str
    customer: str
    live: bool  # not cancelled
    same: bool  # of this very hand-off
    ours: bool  # this BPO, or a copy of it, has made it

    def as_dict(self) -> dict:
        return {"id": self.id, "name": self.name, "live": self.live}


def domain(payload: dict) -> list:
    """Orders of the lead, whatever hand-off made them."""
    lead = payload["lead"]
    for char in "\\_%":
        lead = lead.replace(char, f"\\{char}")
    return [("client_order_ref", "=like", f"{lead} · %")]


def by_id(order_id: int) -> list:
    return [("id", "=", order_id)]


def read(rows, payload: dict, uid: int) -> list[Order]:
    """Check what the peer answered; raise ``BadReply`` when these are no orders."""
    try:
        rows = check_payload({"rows": rows}, ROWS, "reply")["rows"]
    except PayloadError as error:
        raise BadReply("The other Odoo answered something unexpected.") from error
    return [_order(row, payload, uid) for row in rows]


def _order(row: dict, payload: dict, uid: int) -> Order:
    source, origin = payload.get("source"), row["origin"] or ""
    return Order(
        id=row["id"],
        name=row["name"] or str(row["id"]),
        reference=row["client_order_ref"] or "",
        customer=_label(row["partner_id"]),
        live=row["state"] != "cancel",
        same=row["client_order_ref"] == payload["reference"],
        ours=bool(
            (source and source in origin)
            or origin == payload["lead"]  # made before the origin named the database
            or _number(row["create_uid"]) == uid
        ),
    )


def pick(orders: list[Order], payload: dict) -> tuple[Order | None, list[Order]]:
    """Return the order of this hand-off, or those about which a person decides.

    An order is not used again once it was cancelled, and one of another hand-off is
    never used unasked: after a restore it may be another customer's.
    """
    if chosen := payload.get("use_order"):
        return next((o for o in orders if o.id == chosen and o.live), None), []
    live = sorted((o for o in orders if o.same and o.live), key=lambda o: o.id)
    if live:
        return live[0], []
    accepted = set(payload.get("accepted") or ())
    doubtful = [
        order
        for order in orders
        if order.id not in accepted and (order.same or (order.live and order.ours))
    ]
    return None, sorted(doubtful, key=lambda o: (not o.live, -o.id))


def _label(value) -> str:
    """The name in a many2one as Odoo answers it."""
    if isinstance(value, list | tuple) and len(value) == 2:
        return str(value[1])[:100]
    return ""


def _number(value) -> int | None:
    return value[0] if isinstance(value, list | tuple) and value else None
