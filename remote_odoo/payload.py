"""Shapes of what two Odoos send each other: built by the sender, checked by both.

Pure: no env, no translation. A schema is a dict of field name to one of the kinds
below. The receiver calls :func:`check_payload`, which returns a dict with exactly the
schema's fields or raises :class:`PayloadError` naming the first field that is wrong.
The sender calls :func:`build_payload`, which cuts what may be cut and then makes the
same check. ``None``, ``False`` and ``""`` all mean "not given", because XML-RPC has no
null and Odoo writes ``False``.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from .errors import BadReply
from .text import UNSTORABLE, fold

Check = Callable[[Any, str], Any]
Schema = dict[str, Check]

MOMENT_FORMAT = "%Y-%m-%d %H:%M:%S"
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_URL = re.compile(r"https?://[^\s<>\"'\\]+", re.IGNORECASE)


class PayloadError(ValueError):
    """One field of a payload is missing, malformed, oversized or of a wrong type."""

    def __init__(self, field: str, problem: str):
        super().__init__(f"{field}: {problem}")
        self.field = field


def is_empty(value: Any) -> bool:
    """Whether the peer gave no value: 0 and 0.0 are values, False is not."""
    return value is None or value is False or value == ""


def check_payload(payload: Any, schema: Schema, path: str = "payload") -> dict:
    """Return the schema's fields of ``payload``, checked; unknown keys are ignored."""
    if not isinstance(payload, dict):
        raise PayloadError(path, "an object is expected.")
    prefix = "" if path == "payload" else f"{path}."
    return {
        name: check(payload.get(name), prefix + name) for name, check in schema.items()
    }


def clean(value: Any) -> Any:
    """``value`` without the characters that no receiver can store: a web form may
    bring them, and nobody sees them to take them out."""
    if isinstance(value, str):
        return UNSTORABLE.sub("", value)
    if isinstance(value, dict):
        return {clean(name): clean(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return value


def cut(value: str, limit: int) -> str:
    """Return ``value`` in at most ``limit`` characters; a mark says what was cut."""
    if len(value) <= limit:
        return value
    mark = f" […cut, {len(value):,} characters in all]"
    if len(mark) * 2 > limit:  # a reference or a name: no room for a sentence
        mark = "…"
    return value[: limit - len(mark)].rstrip() + mark


def build_payload(values: dict, schema: Schema) -> dict:
    """Return the fields of ``values`` that the schema knows, as a receiver takes them.

    Characters that cannot be stored are taken out, texts that may be cut are cut with a
    mark, and an address that may be left out is left out when it is none. Anything
    else that a receiver would refuse raises :class:`PayloadError`.
    """
    payload = _fit(clean(values), schema)
    check_payload(payload, schema)
    return payload


def _fit(values: dict, schema: Schema) -> dict:
    return {
        name: fit(value) if (fit := getattr(schema[name], "fit", None)) else value
        for name, value in values.items()
        if name in schema
    }


def check_rows(
    rows: list, schema: Schema, path: str
) -> tuple[list[dict], list[tuple[Any, PayloadError]]]:
    """Check each row alone, so that a bad one does not fail its page.

    Returns the checked rows, and each bad row as it came with its error.
    """
    good, bad = [], []
    for index, row in enumerate(rows):
        try:
            good.append(check_payload(row, schema, f"{path}[{index}]"))
        except PayloadError as error:
            bad.append((row, error))
    return good, bad


def check_reply(reply: Any, check: Check) -> Any:
    """Return what ``check`` makes of a reply; BadReply names what is wrong with it."""
    try:
        return check(reply, "reply")
    except PayloadError as error:
        raise BadReply(
            f"The other Odoo answered something unexpected: {error}"
        ) from error


def _given(value: Any, path: str, required: bool) -> bool:
    if not is_empty(value):
        return True
    if required:
        raise PayloadError(path, "a value is required.")
    return False


def anything() -> Check:
    """Whatever was sent: for items that are checked one by one, each on its own."""
    return lambda value, path: value


def text(
    limit: int,
    required: bool = False,
    choices: tuple[str, ...] = (),
    cuttable: bool = False,
) -> Check:
    """A string of at most ``limit`` characters, stripped; ``False`` when not given.

    ``cuttable``: the sender may cut it; a receiver still refuses what is longer.
    """

    def check(value: Any, path: str) -> str | bool:
        if not _given(value, path, required):
            return False
        if not isinstance(value, str):
            raise PayloadError(path, "a text is expected.")
        if len(value) > limit:
            raise PayloadError(path, f"longer than {limit} characters.")
        if UNSTORABLE.search(value):
            raise PayloadError(path, "holds characters that cannot be stored.")
        value = value.strip() if fold(value) else ""
        if not _given(value, path, required):
            return False
        if choices and value not in choices:
            raise PayloadError(path, f"one of {', '.join(choices)} is expected.")
        return value

    if cuttable:
        check.fit = lambda value: cut(value, limit) if isinstance(value, str) else value
    return check


def line(limit: int, required: bool = False, cuttable: bool = False) -> Check:
    """A name, a code or a reference: a text without what a reader cannot see, on one
    line. ``cuttable`` as in :func:`text`."""
    check_text = text(limit, required)

    def check(value: Any, path: str) -> str | bool:
        value = check_text(value, path)
        return fold(value) if value else value

    def fit(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return cut(fold(value), limit) if cuttable else fold(value)

    check.fit = fit
    return check


def shortened(limit: int) -> Check:
    """A text that the receiver cuts itself: for what must be taken in any case.

    ``False`` when not given, or when it is no text at all.
    """

    def check(value: Any, path: str) -> str | bool:
        return cut(clean(value).strip(), limit) if isinstance(value, str) else False

    check.fit = lambda value: check(value, "")
    return check


def number(
    minimum: float = 0.0, maximum: float = 1e12, required: bool = False
) -> Check:
    """A finite number within bounds, as a float; 0.0 when not given."""

    def check(value: Any, path: str) -> float:
        if not _given(value, path, required):
            return 0.0
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise PayloadError(path, "a number is expected.")
        # Python's JSON reader accepts NaN and Infinity: NaN is within no bounds.
        if not minimum <= value <= maximum:
            raise PayloadError(
                path, f"a number from {minimum:g} to {maximum:g} is expected."
            )
        return float(value)

    return check


def integer(
    minimum: int = 0, maximum: int = 2**31 - 1, required: bool = False, default: int = 0
) -> Check:
    """A whole number within bounds; ``default`` when not given."""

    def check(value: Any, path: str) -> int:
        if not _given(value, path, required):
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            raise PayloadError(path, "a whole number is expected.")
        if not minimum <= value <= maximum:
            raise PayloadError(
                path, f"a whole number from {minimum} to {maximum} is expected."
            )
        return value

    return check


def boolean(default: bool | None = False) -> Check:
    """True or False; ``default`` when not given at all."""

    def check(value: Any, path: str) -> bool | None:
        if value is None:
            return default
        if is_empty(value):
            return False
        if value is not True:
            raise PayloadError(path, "true or false is expected.")
        return True

    return check


def moment(required: bool = False) -> Check:
    """A UTC time ``YYYY-MM-DD HH:MM:SS``, kept as text; ``False`` when not given."""

    def check(value: Any, path: str) -> str | bool:
        if not _given(value, path, required):
            return False
        try:
            parsed = datetime.strptime(value, MOMENT_FORMAT)
        except (TypeError, ValueError):
            raise PayloadError(
                path, "a UTC time YYYY-MM-DD HH:MM:SS is expected."
            ) from None
        return str(parsed)

    return check


def key(required: bool = False) -> Check:
    """A lower-case UUID; ``False`` when not given."""

    def check(value: Any, path: str) -> str | bool:
        if not _given(value, path, required):
            return False
        if not isinstance(value, str) or not _KEY.fullmatch(value):
            raise PayloadError(path, "a UUID is expected.")
        return value

    return check


def url(limit: int = 500, required: bool = False) -> Check:
    """An http or https address: anything else would run when a person clicks it."""
    check_text = text(limit, required)

    def check(value: Any, path: str) -> str | bool:
        value = check_text(value, path)
        if value and not _URL.fullmatch(value):
            raise PayloadError(path, "an http or https address is expected.")
        return value

    if not required:
        check.fit = lambda value: _fit_url(value, check)
    return check


def _fit_url(value: Any, check: Check) -> str | bool:
    try:
        return check(value, "")
    except PayloadError:
        return False


def group(schema: Schema, required: bool = False) -> Check:
    """An object with a schema of its own; its fields are all empty when not given."""

    def check(value: Any, path: str) -> dict:
        if not _given(value, path, required):
            value = {}
        return check_payload(value, schema, path)

    check.fit = lambda value: _fit(value, schema) if isinstance(value, dict) else value
    return check


def items(check_item: Check, limit: int, required: bool = False) -> Check:
    """A list of at most ``limit`` items of one kind; ``[]`` when not given."""

    def check(value: Any, path: str) -> list:
        if not _given(value, path, required):
            return []
        if not isinstance(value, list | tuple):
            raise PayloadError(path, "a list is expected.")
        if len(value) > limit:
            raise PayloadError(path, f"more than {limit} items.")
        return [
            check_item(item, f"{path}[{index}]") for index, item in enumerate(value)
        ]

    if fit := getattr(check_item, "fit", None):
        check.fit = lambda value: [fit(item) for item in value or ()]
    return check
