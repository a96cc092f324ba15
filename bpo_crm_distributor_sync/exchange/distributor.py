"""The distributor's models and fields, under our own keys.

The only file that knows them. Pure: no env, no network. A `Mapping` says what to ask
the peer for, and finds our keys in the rows it answers with. False stands for empty on
the wire (XML-RPC has no null).
"""

import ast
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from odoo.addons.remote_odoo.errors import BadReply

DATETIME = "%Y-%m-%d %H:%M:%S"
# A slow transaction there commits behind rows that we have seen already.
OVERLAP = timedelta(minutes=5)
LONGEST_FACT, MOST_VALUES = 200, 500  # that are kept of what a peer says of a field

# Per kind of record: our key, and the remote names to take it from. Several names are
# tried in this order; the editor shows the keys and lets a brand override each.
DEFAULTS = {
    "product": {
        "model": "product.template",
        "domain": "[]",
        "is_unit": "is_unit",
        "tracking": "tracking",
        "sale_ok": "sale_ok",
        "name": "name",
        "default_code": "default_code",
        "category": "categ_id",
        "list_price": "list_price",
        "description": "description_sale, description",
        "image": "image_1920, image",
    },
    "dealer": {
        "model": "res.partner",
        "domain": "[]",
        "is_dealer": "chery_dealer",
        "name": "name",
        "code": "dealer_name",
        "phone": "phone",
        "mobile": "mobile",
        "email": "email",
        "street": "street",
        "city": "city",
        "manager_name": "dealer_gm",
        "manager_email": "dealer_gm_email",
    },
    "quotation": {"model": "cheryweb.quotation"},
    "test_drive": {
        "model": "cherywebsite.test.drive",
        "preferred_date": "preferred_date",
    },
}
_LEAD = {
    "domain": "[]",
    "status": "status",
    "waiting": "new, pending, sent",
    "synced": "synced",
    "name": "name",
    "first_name": "first_name",
    "last_name": "last_name",
    "email": "email",
    "mobile": "mobile",
    "phone": "phone",
    "city": "city",
    "vehicle": "product_id",
    "dealer": "dealer_id",
    "message": "message, remarks",
}
for _kind in ("quotation", "test_drive"):
    DEFAULTS[_kind] = {**_LEAD, **DEFAULTS[_kind]}
LEAD_KINDS = ("quotation", "test_drive")
# What a dealership has besides its name, under our own names.
CONTACT = tuple(
    key
    for key in DEFAULTS["dealer"]
    if key not in ("model", "domain", "is_dealer", "name", "code")
)

FILTERS = {"is_unit": True, "tracking": "serial", "sale_ok": True}
# Not names of fields, or read apart from the rows.
_SETTINGS = {"model", "domain", "waiting", "synced"}
_APART = {"image", "is_dealer", *FILTERS}
_NAMES = {"name", "first_name", "last_name"}
# Without these there is nothing to sync.
_REQUIRED = {
    "product": ("name",),
    "dealer": ("name", "is_dealer"),
    "quotation": ("status",),
    "test_drive": ("status",),
}


@dataclass
class Mapping:
    """What one kind of record is called at one distributor.

    `overrides` come from the brand's editor; `peer` is what the peer's `fields_get`
    said, or None while nobody has asked: then every configured name is tried.
    """

    kind: str
    overrides: dict = field(default_factory=dict)
    peer: dict | None = None
    lost: frozenset[str] = frozenset()  # fields the peer had once and has no more
    _configured: dict = field(default_factory=dict, init=False, repr=False)

    def setting(self, key: str) -> str:
        return self.overrides.get(key, DEFAULTS[self.kind].get(key, ""))

    @property
    def model(self) -> str:
        return self.setting("model")

    @property
    def keys(self) -> list[str]:
        """The keys that name fields."""
        return [key for key in DEFAULTS[self.kind] if key not in _SETTINGS]

    def configured(self, key: str) -> list[str]:
        """Return the remote names to try for `key`, in order."""
        if key not in self._configured:
            self._configured[key] = split(self.setting(key))
        return self._configured[key]

    def names(self, key: str) -> list[str]:
        """Return the configured names of `key` that the peer has."""
        return [
            name
            for name in self.configured(key)
            if self.peer is None or name in self.peer
        ]

    @cached_property
    def absent(self) -> set[str]:
        """The keys that nothing there stands for: what is here of them stays."""
        return {key for key in self.keys if not self.names(key)} | self.lost_keys

    @cached_property
    def lost_keys(self) -> set[str]:
        """The keys whose field went away there and that no better one stands for.

        A field that is named behind it is another one: its value replaces nothing.
        """
        return {key for key in self.keys if self._is_lost(key)} if self.lost else set()

    def _is_lost(self, key: str) -> bool:
        for name in self.configured(key):
            if name in self.lost:
                return True
            if self.peer is None or name in self.peer:
                return False
        return False

    @cached_property
    def _expected(self) -> set[str]:
        return {name for key in self.keys_of_rows for name in self.names(key)}

    def unsaid(self, row: dict) -> set[str]:
        """Return the keys of which `row` does not say what they are.

        An Odoo leaves a field that it does not have silently out of what it reads:
        that is not an empty value, and nothing here may be emptied for it.
        """
        if row.keys() >= self._expected:
            return self.absent
        return self.absent | {
            key for key in self.keys_of_rows if self._is_unsaid(row, key)
        }

    def _is_unsaid(self, row: dict, key: str) -> bool:
        for name in self.names(key):
            if name not in row:
                return True
            if not _is_empty(row[name]):
                return False
        return False

    def first(self, key: str) -> str | None:
        return next(iter(self.names(key)), None)

    @property
    def keys_of_rows(self) -> list[str]:
        """The keys whose fields are read with a row."""
        return [key for key in self.keys if key not in _APART]

    def row_fields(self) -> list[str]:
        """Return what one row is read with."""
        names = [name for key in self.keys_of_rows for name in self.names(key)]
        return list(dict.fromkeys([*names, "write_date", *self._create_date()]))

    def _create_date(self) -> list[str]:
        return ["create_date"] if self.kind in LEAD_KINDS else []

    def all_fields(self) -> list[str]:
        """Return every remote name that is configured, for the peer's `fields_get`."""
        names = [name for key in self.keys for name in self.configured(key)]
        return list(dict.fromkeys([*names, "write_date", "create_date"]))

    def missing(self) -> list[str]:
        """Return the configured fields that the peer lacks and nothing replaces."""
        lacking = [
            key for key in self.keys if self.configured(key) and not self.names(key)
        ]
        if self.kind in LEAD_KINDS and any(self.names(key) for key in _NAMES):
            lacking = [key for key in lacking if key not in _NAMES]
        return [name for key in lacking for name in self.configured(key)]

    def required_missing(self) -> list[str]:
        """Return the fields without which this kind cannot be synced at all."""
        return [
            " / ".join(self.configured(key)) or key
            for key in _REQUIRED[self.kind]
            if not self.first(key)
        ]

    def value(self, row: dict, key: str) -> Any:
        """Return the first value of `key` in `row` that is not empty."""
        return self.found(row, key)[1]

    def found(self, row: dict, key: str) -> tuple[str, Any]:
        """Return the remote name and the value of `key`; False when all are empty."""
        for name in self.configured(key):
            value = row.get(name)
            if not _is_empty(value):
                return name, value
        return "", False

    def facts(self, name: str) -> dict:
        """Return what the peer's `fields_get` said about this field."""
        return (self.peer or {}).get(name) or {}

    def extra_domain(self) -> list:
        return parse_domain(self.setting("domain"))

    def domain(self, filters: tuple[str, ...] = ()) -> list:
        """Return what to search; a leaf whose field the peer lacks is left out."""
        domain = []
        if self.kind == "product":
            domain = [
                [self.first(key), "=", value]
                for key, value in FILTERS.items()
                if key in filters and self.first(key)
            ]
        elif self.kind == "dealer":
            domain = [[self.first("is_dealer") or "chery_dealer", "=", True]]
        else:
            status = self.first("status") or "status"
            domain = [[status, "in", split(self.setting("waiting"))]]
        return domain + self.extra_domain()

    def status_values(self) -> list[str] | None:
        """Return the values of the status that the peer knows, None when not asked."""
        description = (self.peer or {}).get(self.first("status") or "") or {}
        selection = description.get("selection")
        return [item[0] for item in selection] if selection else None


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value == ""


def described(answer: Any, names: list[str]) -> dict:
    """Return of `fields_get`'s answer the fields `names`, and what we use of each.

    Whatever else a peer sends is not kept. BadReply for what is no answer.
    """
    if not isinstance(answer, dict):
        raise BadReply("The other Odoo did not answer with fields.")
    return {
        name: _facts(answer[name])
        for name in names
        if isinstance(answer.get(name), dict)
    }


def _facts(description: dict) -> dict:
    facts = {
        name: description[name]
        for name in ("type", "relation")
        if isinstance(description.get(name), str)
        and len(description[name]) <= LONGEST_FACT
    }
    selection = description.get("selection")
    if isinstance(selection, list | tuple):
        facts["selection"] = [
            [item[0], item[0]]
            for item in selection[:MOST_VALUES]
            if isinstance(item, list | tuple)
            and item
            and isinstance(item[0], str)
            and len(item[0]) <= LONGEST_FACT
        ]
    return facts


def split(names: str) -> list[str]:
    return [name.strip() for name in (names or "").split(",") if name.strip()]


def parse_domain(source: str) -> list:
    """Return the domain that `source` spells; ValueError says what is wrong with it."""
    try:
        domain = ast.literal_eval((source or "[]").strip() or "[]")
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"not a domain: {source}") from error
    if not isinstance(domain, list | tuple):
        raise ValueError(f"not a list: {source}")
    result = []
    for term in domain:
        if term in ("&", "|", "!"):
            result.append(term)
        elif isinstance(term, list | tuple) and len(term) == 3:
            result.append(list(term))
        else:
            raise ValueError(f"not a condition: {term}")
    return result


def since(mark: datetime, ids: list[int]) -> list:
    """Return the condition on rows that moved since `mark`, or whose id is in `ids`."""
    moved = ["write_date", ">=", (mark - OVERLAP).strftime(DATETIME)]
    return ["|", moved, ["id", "in", ids]] if ids else [moved]
