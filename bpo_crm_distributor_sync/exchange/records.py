"""What becomes of a distributor's rows here: the values of our records.

Pure: no env, no network. Whatever a stranger's row holds, what comes out of here fits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from odoo.addons.vehicle_crm.phone import as_text

from . import text
from .distributor import CONTACT, Mapping

# Raise it when a text is read otherwise: all rows are then compared once more.
READING = 2
LARGEST_ID = 2**31 - 1  # that our columns hold
NEVER = "1970-01-01 00:00:00"  # of a lead whose time of creation is not told
_NAMES = ("first_name", "last_name")
_DATE_LENGTH = 60


class BadRow(ValueError):
    """A row that cannot become a record; the text says why."""


def moment(value: Any) -> datetime | None:
    """Return the peer's time in whole seconds; None when there is none."""
    if not isinstance(value, str):
        value = text.storable(value)
    try:
        return datetime.fromisoformat(value[:19])
    except ValueError:
        return None


def latest(rows: list[dict], limit: str) -> str:
    """Return the last time of change of `rows` up to `limit`; empty when none is."""
    times = (str(row.get("write_date") or "")[:19] for row in rows)
    last = moment(max((time for time in times if time <= limit), default=""))
    return str(last or "")


def link(value: Any) -> tuple[int, str]:
    """Return id and name of a many2one as `read` gives it; zero when it is empty."""
    name = ""
    if isinstance(value, list | tuple) and value:
        name = text.line(value[1]) if len(value) > 1 else ""
        value = value[0]
    if isinstance(value, int) and 0 < value <= LARGEST_ID and value is not True:
        return value, name
    return 0, ""


def number(value: Any) -> float:
    """Return a finite number; BadRow for what is none."""
    if not value:
        return 0.0
    try:
        result = float(value)
    except (TypeError, ValueError):
        raise BadRow(f"the price is not a number: {text.line(value)[:40]}") from None
    if not -1e15 < result < 1e15:  # also NaN and the infinities
        raise BadRow(f"the price is out of bounds: {value}")
    return result


def title(mapping: Mapping, row: dict) -> str:
    """Return what a person calls this row."""
    names = (text.name(mapping.value(row, key)) for key in ("name", "default_code"))
    return next(filter(None, names), f"{mapping.model} {row.get('id')}")


def reference(mapping: Mapping, row: dict) -> str | bool:
    """Return a product's internal reference, as we keep it; False when it has none."""
    return _short(mapping.value(row, "default_code"))


def name(mapping: Mapping, row: dict) -> str:
    """Return the name of a record as we keep it, empty when it has none."""
    return _short(mapping.value(row, "name")) or ""


def same(there: list[tuple], here: list[tuple]) -> dict:
    """Return `{key there: key here}` of those that are the same by code and name.

    Both lists have `(key, code, name)`. What several share says nothing.
    """
    return _matched(there, here, lambda _key, code, name: (code, name.casefold()))


def same_code(there: list[tuple], here: list[tuple]) -> dict:
    """Return the same as `same`, by the code alone."""
    return _matched(there, here, lambda _key, code, _name: code)


def _matched(there: list[tuple], here: list[tuple], label) -> dict:
    theirs, ours = _alone(there, label), _alone(here, label)
    return {theirs[key]: ours[key] for key in theirs.keys() & ours.keys()}


def _alone(items: list[tuple], label) -> dict:
    """Return `{label: key}` of the items with a code whose label no other item has."""
    keys = {}
    for item in items:
        if item[1]:
            keys.setdefault(label(*item), set()).add(item[0])
    return {key: found.pop() for key, found in keys.items() if len(found) == 1}


def category(mapping: Mapping, row: dict) -> tuple[int, str | bool]:
    """Return id and name of a product's category, a many2one there or a text."""
    value = mapping.value(row, "category")
    key, name = (0, value) if isinstance(value, str) else link(value)
    return key, _short(name)


def _short(value: Any) -> str | bool:
    """Return one line without HTML that a column and its index take, or False."""
    return text.shorten(text.line(text.plain(value)), text.LINE_LENGTH) or False


def _required_name(mapping: Mapping, row: dict, unsaid: set[str]) -> str:
    name = _short(mapping.value(row, "name"))
    if "name" in unsaid:
        raise BadRow("its name did not come with it")
    if not name:
        raise BadRow("it has no name")
    return name


def product_values(mapping: Mapping, row: dict) -> dict:
    """Return the values of a `crm.vehicle.model`, without what `row` does not say."""
    unsaid = mapping.unsaid(row)
    category_id, category_name = category(mapping, row)
    values = {
        "external_ref": str(row["id"]),
        "distributor_product_id": row["id"],
        "name": _required_name(mapping, row, unsaid),
        "default_code": reference(mapping, row),
        "category": category_name,
        "distributor_category_id": category_id,
        "list_price": number(mapping.value(row, "list_price")),
        "description": text.plain(mapping.value(row, "description")) or False,
        "distributor_write_date": moment(row.get("write_date")) or False,
    }
    for key in unsaid & values.keys():
        del values[key]
    if "category" in unsaid:
        del values["distributor_category_id"]
    return values


def dealer_values(mapping: Mapping, row: dict) -> dict:
    """Return the values of a `crm.dealership`, without its code.

    What `row` does not say is not among them.
    """
    unsaid = mapping.unsaid(row)
    keys = [key for key in CONTACT if key not in unsaid]
    values = {key: _short(mapping.value(row, key)) for key in keys}
    for key in ("phone", "mobile"):
        if values.get(key):
            values[key] = as_text(values[key])
    return {"name": _required_name(mapping, row, unsaid), **values}


def dealer_code(mapping: Mapping, row: dict) -> str:
    """Return a dealer's own code, empty when it has none."""
    code = text.line(text.plain(mapping.value(row, "code")))
    return text.shorten(code, text.CODE_LENGTH)


def dealer_codes(mapping: Mapping, row: dict, brand_code: str):
    """Yield the codes to try for a new dealership, until one is free."""
    code = dealer_code(mapping, row) or f"DIST-{row['id']}"
    yield code
    yield f"{code}-{row['id']}"
    yield f"{code}-{row['id']}-{brand_code}"
    for count in range(2, 10):
        yield f"{code}-{row['id']}-{brand_code}-{count}"


@dataclass
class WebLead:
    """A web lead, cleaned; `typed` holds what the visitor typed, in full."""

    remote_id: int
    created: str
    status: str
    contact: str
    email: str
    mobile: str
    phone: str
    city: str
    notes: str
    preferred_date: str
    vehicle: tuple[int, str]
    vehicle_model: str
    dealer: tuple[int, str]
    typed: list[tuple[str, str]]


def created(row: dict) -> str:
    """Return when a web lead was submitted, in the peer's time."""
    return str(moment(row.get("create_date")) or NEVER)


def web_lead(mapping: Mapping, row: dict, show: Callable[[datetime], str]) -> WebLead:
    """Return the lead of one row of a web form.

    `show` writes a time of the peer, which is UTC, in the zone of who reads it.
    """

    def value(key: str) -> Any:
        name, found = mapping.found(row, key)
        if mapping.facts(name).get("type") == "datetime" and moment(found):
            return show(moment(found))
        return found

    full_name = value("name") or " ".join(
        filter(None, (text.storable(value(key)) for key in _NAMES))
    )
    vehicle, dealer = value("vehicle"), value("dealer")
    relation = mapping.facts(mapping.found(row, "vehicle")[0]).get("relation")
    raw = {
        "Name": full_name,
        "E-mail": value("email"),
        "Mobile": value("mobile"),
        "Phone": value("phone"),
        "City": value("city"),
        "Vehicle": vehicle if isinstance(vehicle, str) else link(vehicle)[1],
        "Dealer": dealer if isinstance(dealer, str) else link(dealer)[1],
        "Preferred date": value("preferred_date"),
        "Message": value("message"),
    }
    typed = [
        (label, text.shorten(text.decoded(found), text.FULL_LENGTH))
        for label, found in raw.items()
        if text.decoded(found)
    ]
    return WebLead(
        remote_id=row["id"],
        created=created(row),
        status=text.line(mapping.value(row, "status")),
        contact=text.name(full_name),
        email=text.emails(raw["E-mail"]),
        mobile=text.phone(raw["Mobile"]),
        phone=text.phone(raw["Phone"]),
        city=text.name(raw["City"]),
        notes=text.shorten(text.plain(raw["Message"]), text.NOTES_LENGTH),
        preferred_date=text.shorten(text.name(raw["Preferred date"]), _DATE_LENGTH),
        vehicle=(link(vehicle)[0], text.label(raw["Vehicle"])),
        vehicle_model=relation or "",
        dealer=(link(dealer)[0], text.name(raw["Dealer"])),
        typed=typed,
    )
