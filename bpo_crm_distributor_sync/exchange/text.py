"""Making what strangers type on a website fit for a field of ours.

Pure: no env. Nothing here raises on any input; what is shortened or dropped is kept
in full by the caller, in the chatter.
"""

import html
import re
from typing import Any

from odoo.addons.remote_odoo.text import fold
from odoo.addons.vehicle_crm.mail_address import addresses
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
# What a word processor leaves in a text that was pasted: <o:p>, <w:view>.
_OFFICE = r"(?:o|v|w|m|st1):\w+"
_SCRIPT = re.compile(r"<(script|style)\b.*?(</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
# Up to the next "<": what never ends must not be searched again and again.
# Elements that stand on lines of their own, and cells, which stand beside each other.
_BREAK = re.compile(r"<br\b[^<>]*(?:>|\Z)", re.IGNORECASE)
_BLOCK = re.compile(
    r"(?:</?(?:address|article|aside|blockquote|caption|dd|div|dl|dt|fieldset|figure|"
    r"footer|form|h[1-6]|header|hr|li|main|nav|ol|option|p|pre|section|table|tbody|"
    r"tfoot|thead|title|tr|ul)\b[^<>]*(?:>|\Z)\s*)+",
    re.IGNORECASE,
)
_CELL = re.compile(
    r"(?:</?(?:td|th|button|label|textarea)\b[^<>]*(?:>|\Z)[^\S\n]*)+", re.IGNORECASE
)
_TAG = re.compile(
    rf"<!--.*?(-->|\Z)|</?(?:(?:{_ELEMENTS})\b|{_OFFICE})[^<>]*(>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
# With its semicolon: "AT&T" and "?a=1&copy=2" are no entities.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ROUNDS = 3  # forms that escape what is escaped already
_BLANKS = re.compile(r"[ \t\xa0]*\n[ \t\xa0]*")
_EMPTY_LINES = re.compile(r"\n{3,}")
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


def decoded(value: Any) -> str:
    """Return `value` with its HTML entities as the characters they stand for."""
    text = storable(value)
    for _round in range(_ROUNDS):
        if "&" not in text:
            break
        before = text
        text = storable(_ENTITY.sub(lambda match: html.unescape(match[0]), text))
        if text == before:
            break
    return text.replace("\xa0", " ").strip()


def plain(value: Any) -> str:
    """Return `value` without HTML: no element, no entity, nothing of a script.

    Blocks become lines, and cells of a table words: nothing is glued together.
    """
    text = storable(value)
    for _round in range(_ROUNDS):
        if "<" in text:
            text = _SCRIPT.sub(" ", text)
            text = _BLOCK.sub("\n", _BREAK.sub("\n", text))
            text = _CELL.sub(" ", text)
            text = _TAG.sub("", text)
        escaped, text = text, decoded(text)
        if "<" not in text or text == escaped.strip():
            break
    if "\n" not in text:
        return text
    return _EMPTY_LINES.sub("\n\n", _BLANKS.sub("\n", text)).strip()


def shorten(text: str, length: int) -> str:
    """Return `text`, cut at `length` with an ellipsis that says so."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def name(value: Any) -> str:
    """Return a person's or a place's name: one line, no HTML, not endless."""
    text = fold(plain(value))
    return "" if text.casefold() in _NOTHING else shorten(text, NAME_LENGTH)


def label(value: Any) -> str:
    """Return the name of a thing, as long as the catalog keeps it."""
    text = line(plain(value))
    return "" if text.casefold() in _NOTHING else shorten(text, LINE_LENGTH)


def phone(value: Any) -> str:
    """Return a number as it was typed, without the `.0` of a spreadsheet; nothing
    where there is no digit in it."""
    text = as_text(name(value))
    return shorten(text, PHONE_LENGTH) if re.search(r"\d", text) else ""


def emails(value: Any) -> str:
    """Return the addresses of a field that holds one or several, with commas."""
    # Nothing is taken for HTML: "Sam <a@example.com>" is a name and an address.
    found = addresses(decoded(value)) or addresses(plain(value))
    return ", ".join(found)


def email(value: Any) -> str:
    """Return the first address; nothing where there is none."""
    return emails(value).partition(", ")[0]
