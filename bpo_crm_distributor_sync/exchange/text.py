"""Making what strangers type on a website fit for a field of ours.

Pure: no env. Nothing here raises on any input; what is shortened or dropped is kept
in full by the caller, in the chatter.
"""

import re
from typing import Any

from odoo.addons.remote_odoo.text import fold
from odoo.addons.vehicle_crm.phone import as_text

# What PostgreSQL cannot store, plus what only disturbs a reader.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
# Known elements only: "< 500k" and "<kit>" are text, "<b>" and "<img onerror=…>" not.
_ELEMENTS = (
    "a abbr address article aside audio b base blockquote body br button canvas center "
    "code col div em embed fieldset font footer form frame frameset h1 h2 h3 h4 h5 h6 "
    "head header hr html i iframe img input ins label li link main marquee math meta "
    "nav noscript object ol option p param pre s script section select small span "
    "strike strong style sub sup svg table tbody td template textarea tfoot th thead "
    "title tr tt u ul video xml"
).replace(" ", "|")
_SCRIPT = re.compile(r"<(script|style)\b.*?(</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
# Up to the next "<": what never ends must not be searched again and again.
_BREAK = re.compile(r"<(br|/p|/div|/li|/tr)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(rf"<!--.*?(-->|\Z)|</?({_ELEMENTS})\b[^<>]*(>|\Z)", re.I | re.DOTALL)
_NOTHING = {
    "",
    "-",
    "--",
    ".",
    "0",
    "n/a",
    "na",
    "none",
    "null",
    "nil",
    "false",
    "wala",
}

CODE_LENGTH = 64
NAME_LENGTH = 120
LINE_LENGTH = 256
EMAIL_LENGTH = 254
PHONE_LENGTH = 64  # as docs/contract.md has it: two numbers of one person
NOTES_LENGTH = 2000
FULL_LENGTH = 65536  # of the whole text that the chatter keeps


def storable(value: Any) -> str:
    """Return `value` as text that any column takes; empty for what means empty."""
    if value is None or value is False:
        return ""
    if isinstance(value, str) and value.isprintable():
        return value.strip()  # most are
    return _UNSTORABLE.sub("", value if isinstance(value, str) else str(value)).strip()


def line(value: Any) -> str:
    """Return `value` as one line of text, without what nobody sees."""
    return fold(storable(value))


def plain(value: Any) -> str:
    """Return `value` without HTML elements and without what is inside a script."""
    text = storable(value)
    if "<" not in text:
        return text
    text = _SCRIPT.sub(" ", text)
    text = _BREAK.sub("\n", text)
    return _TAG.sub("", text).strip()


def shorten(text: str, length: int) -> str:
    """Return `text`, cut at `length` with an ellipsis that says so."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def name(value: Any) -> str:
    """Return a person's or a place's name: one line, no HTML, not endless."""
    text = fold(plain(value))
    return "" if text.casefold() in _NOTHING else shorten(text, NAME_LENGTH)


def phone(value: Any) -> str:
    """Return a number as it was typed, without the `.0` of a spreadsheet; nothing
    where there is no digit in it."""
    text = as_text(name(value))
    return shorten(text, PHONE_LENGTH) if re.search(r"\d", text) else ""


def email(value: Any) -> str:
    """Return an address; nothing where it cannot be one."""
    text = "".join(plain(value).split())
    return (
        text
        if re.fullmatch(r"[^@]+@[^@]+", text[: EMAIL_LENGTH + 1])
        and len(text) <= EMAIL_LENGTH
        else ""
    )
