"""JSON and XML of a peer, parsed only when the result has a bounded size.

A few megabytes can hold millions of empty lists, which take a hundred times their
bytes once they are parsed; and one wide character makes a text four times as large. So
the bytes are counted first, at the speed of C, and refused before anything is made of
them. Raises BadReply for a size, ValueError for what is no JSON or no XML-RPC.
"""

import json
import math
import re
import xmlrpc.client
from itertools import accumulate
from xml.parsers import expat

from .errors import BadReply
from .payload import clean

MEMORY = 70 * 1024 * 1024  # bytes that a parsed reply may take, by our estimate
PART = 1024 * 1024
DEPTH = 64  # of lists in lists; no reply of an Odoo comes near
TAGS_A_LEVEL = 3  # <value><array><data>
JSON_VALUE, XML_TAG = 128, 40  # bytes of memory for each, at most
# What no XML document may hold. An Odoo sends it all the same when a name has it.
_CONTROLS = bytes({*range(32), 127} - {9, 10, 13})
_HAS_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# What no database can hold, as it comes in JSON. Looked for first: most replies have
# none, and to go through all values takes as long as to parse them.
_UNSTORABLE = re.compile(
    rb"\\(?:[bf]|u(?:00[01]|007f|d[89a-f]|fff[ef]))"
    rb"|\x7f|\xed[\xa0-\xbf]|\xef\xbf[\xbe\xbf]",
    re.IGNORECASE,
)
# Python keeps a text with 1, 2 or 4 bytes a character, as its widest one needs. Of
# these bytes of UTF-8 there are none in a narrower text.
_ALL_BUT_FOUR = bytes(range(0xF0))
_ALL_BUT_TWO = bytes(range(0xC4))
_MOMENT = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)T(\d\d:\d\d:\d\d)")
_NO_STRUCTURE = bytes(set(range(256)) - set(b'[]{}"'))
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
# Tags that no Odoo writes: long ones, such with attributes, empty containers that take
# more memory than their bytes.
_ODD_TAG = re.compile(rb"<(?:[^<>]{200}|[^?<>=][^<>=]*=|(?:struct|array)\s*/>)")
_TAGS = {
    "array", "base64", "boolean", "data", "dateTime.iso8601", "double", "fault", "i4",
    "i8", "int", "member", "methodResponse", "name", "nil", "param", "params", "string",
    "struct", "value",
}  # fmt: skip


def parse_json(data: bytearray):
    """Return the value that ``data`` is; empties ``data``."""
    values = sum(data.count(sign) for sign in (b",", b":", b"[", b"{"))
    _check_memory(len(data) * 2 * _json_width(data) + values * JSON_VALUE)
    _check_json_depth(data, values)
    odd = _may_be_odd(data) and _UNSTORABLE.search(data)
    text = data.decode("utf-8", "surrogatepass")
    data.clear()
    value = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    return _without_unstorable(value) if odd else value


def parse_xml(data: bytearray):
    """Return the result that the XML-RPC document ``data`` holds; empties ``data``.

    Raises ``xmlrpc.client.Fault`` when it holds a fault.
    """
    tags = data.count(b"<")
    _check_memory(len(data) * (2 + _xml_width(data)) + tags * XML_TAG)
    if _ODD_TAG.search(data):
        raise ValueError("a tag that no Odoo writes")
    if _HAS_CONTROL.search(data):
        data[:] = data.translate(None, _CONTROLS)
    target = _Unmarshaller()
    target.xml(None, None)  # texts come decoded
    parser = expat.ParserCreate("utf-8")  # whatever the document says
    parser.buffer_text = True  # else each line is a text of its own
    parser.StartDoctypeDeclHandler = _no_doctype  # so there are no entities
    parser.StartElementHandler = target.start
    parser.EndElementHandler = target.end
    parser.CharacterDataHandler = target.data
    parser.Parse(data, True)
    data.clear()
    (result,) = target.close()
    return result


def _json_width(data: bytearray) -> int:
    """Return the bytes that a character of the widest text may take."""
    if b"\\ud" in data or b"\\uD" in data:
        return 4
    return max(_width(data), 2 if b"\\u" in data else 1)


def _xml_width(data: bytearray) -> int:
    return 4 if b"&#" in data else _width(data)


def _width(data: bytearray) -> int:
    if data.isascii():
        return 1
    if data.translate(None, _ALL_BUT_FOUR):
        return 4
    return 2 if data.translate(None, _ALL_BUT_TWO) else 1


def _may_be_odd(data: bytearray) -> bool:
    """A quick look before the exact one."""
    return not data.isascii() or any(
        sign in data for sign in (b"\\u", b"\\b", b"\\f", b"\x7f")
    )


def _check_memory(estimate: int) -> None:
    if estimate > MEMORY:
        raise BadReply(
            "The reply holds more than this server can take at once and was not read."
        )


def _check_json_depth(data: bytearray, values: int) -> None:
    """Count the brackets outside of texts."""
    rest = _structure(data)
    if rest.count(b'"') > 2 * values + 2:
        raise ValueError("more texts than there is room for")
    brackets = b"".join(rest.split(b'"')[::2])
    _check_depth(max(accumulate(map(_STEP.__getitem__, brackets)), default=0))


def _structure(data: bytearray) -> bytearray:
    """Return the brackets and the quotes that begin or end a text."""
    rest, start = bytearray(), 0
    while start < len(data):
        end = start + PART
        while end < len(data) and data[end - 1] == ord("\\"):
            end += 1  # what it escapes belongs to this part
        part = data[start:end].replace(b"\\\\", b"").replace(b'\\"', b"")
        rest += part.translate(None, _NO_STRUCTURE)
        start = end
    return rest


def _check_depth(depth: int) -> None:
    if depth > DEPTH:
        raise BadReply("The reply is nested deeper than any answer of an Odoo.")


def _without_unstorable(value):
    """Clean the texts of a parsed value in place: a copy would take twice the room."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        for index, item in enumerate(value):
            value[index] = _without_unstorable(item)
    elif isinstance(value, dict):
        for name in list(value):
            item = _without_unstorable(value.pop(name))
            value[clean(name)] = item
    return value


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number without bounds")
    return number


def _no_doctype(*args) -> None:
    raise ValueError("a document type")


class _Unmarshaller(xmlrpc.client.Unmarshaller):
    """Knows the tags that there are and how deep they nest; reads the kinds that JSON
    has no word for as JSON does."""

    dispatch = dict(xmlrpc.client.Unmarshaller.dispatch)
    _open = 0  # tags

    def start(self, tag, attrs):
        if tag not in _TAGS:
            raise ValueError("an unknown tag")
        self._open += 1
        _check_depth(self._open // TAGS_A_LEVEL)
        if tag in ("array", "struct"):
            self._marks.append(len(self._stack))
        self._data = []
        self._value = tag == "value"

    def end(self, tag):
        self._open -= 1
        super().end(tag)

    def end_double(self, data):
        self.append(_finite(data))

    dispatch["double"] = end_double

    def end_moment(self, data):
        found = _MOMENT.fullmatch(data.strip())
        if not found:
            raise ValueError("an odd time")
        self.append("{}-{}-{} {}".format(*found.groups()))

    dispatch["dateTime.iso8601"] = end_moment

    def end_base64(self, data):
        self.append("".join(data.split()))

    dispatch["base64"] = end_base64
