"""What a plain Odoo of any series may answer to the calls of a hand-off. Pure.

Each function returns the checked answer or raises BadReply; what is shown or stored is
cut to the length of its column.
"""

import re
from typing import Any

from odoo.addons.remote_odoo.errors import BadReply
from odoo.addons.remote_odoo.payload import (
    Check,
    boolean,
    check_reply,
    group,
    integer,
    items,
    shortened,
)

ROWS = 200  # of one search; a customer or a product is found among far fewer
ROWS_SIZE = 1024 * 1024  # bytes of such a reply
NAME_LENGTH = 64  # of the column that keeps the number of an order
_ID = integer(1, required=True)
_COLUMNS: dict[str, Check] = {"sale_ok": boolean()}


def read_id(reply: Any) -> int:
    """The id of a record that was created."""
    return check_reply(reply, _ID)


def read_ids(reply: Any) -> list[int]:
    """What ``search`` found."""
    return check_reply(reply, items(_ID, ROWS, required=True))


def read_yes(reply: Any) -> bool:
    """The answer to a question that has two."""
    return check_reply(reply, boolean())


def read_rows(reply: Any, columns: list[str]) -> list[dict]:
    """Rows of ``search_read`` with their id and these columns; a column that the peer
    does not say is False."""
    texts = {name: _COLUMNS.get(name, shortened(320)) for name in columns}
    row = group({"id": _ID, **texts}, required=True)
    return check_reply(reply, items(row, ROWS, required=True))


def read_orders(reply: Any) -> list[dict]:
    """Orders, each with its ``id``, a ``name`` that is never empty, and its ``state``,
    False where that was not asked for."""
    texts = {"name": shortened(NAME_LENGTH), "state": shortened(32)}
    row = group({"id": _ID, **texts}, required=True)
    rows = check_reply(reply, items(row, ROWS, required=True))
    return [{**row, "name": row["name"] or f"#{row['id']}"} for row in rows]


def read_order(reply: Any) -> dict:
    """The one order that was created."""
    orders = read_orders(reply)
    if not orders:
        raise BadReply("The other Odoo names no order that it created.")
    return orders[0]


def read_fields(reply: Any, asked: list[str] | tuple[str, ...]) -> list[str]:
    """Which of the fields that were asked for the peer has."""
    known = check_reply(reply, group(dict.fromkeys(asked, _is_there), required=True))
    return [name for name in asked if known[name]]


def _is_there(value: Any, path: str) -> bool:
    return isinstance(value, dict)


def series(version: Any) -> int:
    """The major number in what a server says of its version, 0 when there is none:
    12 of "12.0-20191231", 17 of "saas~17.4+e"."""
    found = re.search(r"\d{1,3}", version) if isinstance(version, str) else None
    return int(found[0]) if found else 0
