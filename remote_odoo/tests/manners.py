"""Peers that misbehave: a TCP server with more than thirty hostile manners.

Standard library only. A test of anything that calls a peer looks like this::

    for manner in MATRIX:
        with HostilePeer(manner) as peer, impatient():
            connect(record, peer.url)
            ...  # the call fails, a good peer beside it is served
            self.assertTrue(peer.met)

``HostilePeer(manner, target=fake, only="search_read")`` passes each request on to an
honest ``FakeOdoo`` and misbehaves only where the body of a request has this text.
"""

import gzip
import json
import threading
import zlib
from contextlib import contextmanager
from functools import cache
from itertools import repeat
from unittest.mock import patch
from xml.sax.saxutils import escape

from .fault_proxy import PAGE, FaultProxy

MB = 1024 * 1024
DRIP = 0.2  # seconds between two bytes
BLOCK = b" " * 65536
ENDLESS = 10**9  # more pieces than anybody reads

_MANNERS = {}


class Request:
    """What a manner knows of the request: its protocol and its number."""

    def __init__(self, raw):
        head, _sep, self.body = raw.partition(b"\r\n\r\n")
        self.json = head.split(b" ", 2)[1].endswith(b"/jsonrpc")
        self.number = json.loads(self.body)["id"] if self.json else 0

    def reply(self, raw):
        """Return the body of a reply whose result is written as ``raw``."""
        if self.json:
            return b'{"jsonrpc": "2.0", "id": %d, "result": %s}' % (self.number, raw)
        return (
            b"<methodResponse><params><param>%s</param></params></methodResponse>"
            % (raw)
        )

    def text(self, raw):
        """Return the body of a reply whose result is the text ``raw``."""
        quoted = b'"%s"' if self.json else b"<value><string>%s</string></value>"
        return self.reply(quoted % raw)

    def value(self, value):
        """Return the body of a reply with a Python value as its result."""
        return self.reply(
            json.dumps(value).encode() if self.json else _xml(value).encode()
        )

    def fault(self, name, text):
        if self.json:
            error = {"data": {"name": name, "message": text, "arguments": [text]}}
            reply = {"jsonrpc": "2.0", "id": self.number, "error": error}
            return json.dumps(reply).encode()
        fault = _xml({"faultCode": 2, "faultString": text})
        return f"<methodResponse><fault>{fault}</fault></methodResponse>".encode()


def _xml(value):
    """Return an XML-RPC value; whole numbers of any size, None as nil."""
    if value is None:
        inner = "<nil/>"
    elif isinstance(value, bool):
        inner = f"<boolean>{value:d}</boolean>"
    elif isinstance(value, int):
        inner = f"<i8>{value}</i8>"
    elif isinstance(value, float):
        inner = f"<double>{value!r}</double>"
    elif isinstance(value, str):
        inner = f"<string>{escape(value)}</string>"
    elif isinstance(value, dict):
        members = (
            f"<member><name>{escape(name)}</name>{_xml(item)}</member>"
            for name, item in value.items()
        )
        inner = f"<struct>{''.join(members)}</struct>"
    else:
        inner = f"<array><data>{''.join(map(_xml, value))}</data></array>"
    return f"<value>{inner}</value>"


def http(body, *headers, status="200 OK", length=None):
    """Return a whole HTTP reply; ``headers`` are lines."""
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/html", *headers]
    return "\r\n".join([*lines, f"Content-Length: {size}", "", ""]).encode() + body


def manner(function):
    """Register a function ``request -> pieces``: bytes to send, numbers to wait."""
    _MANNERS[function.__name__] = function
    return function


def plain(name, make):
    """Register a manner that is one reply: ``make(request)`` returns its bytes."""
    _MANNERS[name] = lambda request: [make(request)]


# -- time ----------------------------------------------------------------------


@manner
def silent(request):
    yield 3600


@manner
def drips_head(request):
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: %s" % (b"x" * 60000):
        yield bytes([byte])
        yield DRIP


@manner
def drips_body(request):
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    for _byte in repeat(None, 100_000):
        yield b" "
        yield DRIP


@manner
def drips_chunks(request):
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for _chunk in repeat(None, 100_000):
        yield b"1\r\n \r\n"
        yield DRIP


@manner
def endless_continue(request):
    yield from repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, ENDLESS)


# -- the head of the reply -----------------------------------------------------


@manner
def endless_headers(request):
    yield b"HTTP/1.1 200 OK\r\n"
    yield from repeat(b"X-More: %s\r\n" % (b"x" * 60000), ENDLESS)


@manner
def header_without_end(request):
    yield b"HTTP/1.1 200 OK\r\nX-Long: "
    yield from repeat(BLOCK, ENDLESS)


plain("no_http", lambda request: b"\x16\x03\x01\x00\xff noise \x9c\r\n\r\n")
plain("status_of_letters", lambda request: b"HTTP/1.1 abc \xff\r\n\r\n")
plain("status_too_large", lambda request: b"HTTP/9.9 99999 OK\r\n\r\n")
plain("status_500_with_a_page", lambda request: http(PAGE, status="500 Oops"))
plain("location_of_no_host", lambda request: _moved("http://[oops"))
plain("location_of_no_port", lambda request: _moved("http://a:99999999999/"))
plain("location_long", lambda request: _moved("https://x.example.com/" + "x" * 60000))
plain("location_odd", lambda request: _moved("//\xff\t<b>%00[]@:/\x01"))
plain("location_to_itself", lambda request: _moved("/jsonrpc"))
plain("length_of_letters", lambda request: http(request.value(1), length="abc"))
plain("length_below_zero", lambda request: http(request.value(1), length=-5))
plain("length_too_large", lambda request: http(request.value(1), length=10**15))
plain("cut_in_head", lambda request: b"HTTP/1.1 200 OK\r\nContent-")


def _moved(location):
    lines = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    return lines.encode("latin-1")


# -- the transfer --------------------------------------------------------------


@manner
def resets(request):
    """Closes without an answer."""
    return ()


@manner
def endless_body(request):
    yield b"HTTP/1.1 200 OK\r\n\r\n"
    yield from repeat(BLOCK, ENDLESS)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@manner
def endless_chunks(request):
    yield CHUNKED
    yield from repeat(b"10000\r\n%s\r\n" % BLOCK, ENDLESS)


@manner
def chunk_size_without_end(request):
    yield CHUNKED
    yield from repeat(b"0" * 65536, ENDLESS)


@manner
def endless_trailers(request):
    yield CHUNKED + b"0\r\n"
    yield from repeat(b"X-More: %s\r\n" % (b"x" * 60000), ENDLESS)


plain("chunk_size_of_letters", lambda request: CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n")


# -- compression ---------------------------------------------------------------


@cache
def _packed(size):
    """Return gzip of this many spaces, made once."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    pieces = [packer.compress(b" " * MB) for _piece in range(size // MB)]
    return b"".join([*pieces, packer.flush()])


@manner
def gzip_bomb(request):
    yield http(_packed(1024 * MB), "Content-Encoding: gzip")


@manner
def gzip_twice(request):
    yield http(gzip.compress(_packed(1024 * MB)), "Content-Encoding: gzip, gzip")


@manner
def gzip_in_two_headers(request):
    body = gzip.compress(_packed(1024 * MB))
    yield http(body, "Content-Encoding: gzip", "Content-Encoding: gzip")


@manner
def gzip_members(request):
    yield b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    yield from repeat(gzip.compress(b"") * 3000, ENDLESS)


plain("gzip_of_noise", lambda request: http(b"\x00noise" * 9, "Content-Encoding: gzip"))
plain(
    "gzip_cut",
    lambda request: http(
        gzip.compress(request.value(1))[:-9], "Content-Encoding: gzip"
    ),
)
plain("unknown_encoding", lambda request: http(b"x" * 999, "Content-Encoding: br, x-y"))


# -- the document --------------------------------------------------------------

ARRAY = (b"<value><array><data>", b"</data></array></value>")


@manner
def many_values(request):
    """127 MB of `[],[],…`, or what is nearest to it."""
    one, count = (b"[],", 42 * MB) if request.json else (b"<value/>", 15 * MB)
    yield from _large(request, one, count)


@manner
def many_structs(request):
    one, count = (b'{"":0},', 3 * MB) if request.json else (b"<struct/>", 2 * MB)
    yield from _large(request, one, count)


@manner
def many_names(request):
    """One object with as many names as there is room for."""
    names = range(700_000)
    if request.json:
        body = b"{%s}" % b",".join(b'"k%d":%d' % (name, name) for name in names)
    else:
        member = b"<member><name>k%d</name><value>%d</value></member>"
        body = b"<value><struct>%s</struct></value>" % b"".join(
            member % (name, name) for name in names
        )
    yield http(request.reply(body))


def _large(request, one, count):
    head, tail = (b"[", b"0]") if request.json else ARRAY
    frame = request.reply(head + b"@" + tail).split(b"@")
    yield http(frame[0], length=len(frame[0]) + len(one) * count + len(frame[1]))
    for _piece in range(count // 1024):
        yield one * 1024
    yield frame[1]


@manner
def deep(request):
    """Nested a million levels deep."""
    start, end = (b"[", b"]") if request.json else ARRAY
    levels = 1_000_000
    yield http(request.reply(start * levels + end * levels))


@manner
def deep_enough(request):
    """Nested as deep as a parser can follow."""
    value = []
    for _level in range(400):
        value = [value]
    yield http(request.value(value))


@manner
def wide_text(request):
    """20 MB that take 4 bytes a character, because of one of them."""
    yield http(request.text(b"x" * (20 * MB) + "😀".encode()))


@manner
def wide_text_escaped(request):
    """The same, when the wide character is written as an escape."""
    face = rb"\ud83d\ude00" if request.json else b"&#128512;"
    yield http(request.text(b"x" * (20 * MB) + face))


@manner
def long_text(request):
    head, tail = request.text(b"@").split(b"@")
    yield http(head, length=len(head) + 120 * MB + len(tail))
    yield from repeat(b"x" * MB, 120)
    yield tail


@manner
def many_lines(request):
    yield http(request.text((rb"aa\n" if request.json else b"aa\n") * (7 * MB)))


@manner
def long_tag(request):
    yield http(b"<methodResponse><%s" % (b"a" * (20 * MB)))


@manner
def many_attributes(request):
    names = b" ".join(b"a%d=''" % name for name in range(1_000_000))
    yield http(b"<methodResponse %s><params/></methodResponse>" % names)


@manner
def many_tags(request):
    tags = b"".join(b"<a%d/>" % name for name in range(1_000_000))
    yield http(b"<methodResponse>%s</methodResponse>" % tags)


@manner
def entities(request):
    layers = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 20}">' for n in range(1, 9))
    yield http(
        b'<!DOCTYPE x [<!ENTITY a0 "ha">%s]><methodResponse><params><param><value>'
        b"&a8;</value></param></params></methodResponse>" % layers.encode()
    )


plain("web_page", lambda request: http(PAGE))
plain("nothing", lambda request: http(b""))
plain("utf_16", lambda request: http(request.value("é").decode().encode("utf-16")))
plain("number_of_many_digits", lambda request: http(request.reply(_digits(request))))
plain("number_that_is_none", lambda request: http(request.reply(_no_number(request))))


def _digits(request):
    digits = b"9" * (5 * MB)
    return digits if request.json else b"<value><int>%s</int></value>" % digits


def _no_number(request):
    return b"1e999" if request.json else b"<value><double>1e999</double></value>"


# -- refusals and results ------------------------------------------------------


@manner
def fault_of_5_mb(request):
    yield http(request.fault("odoo.exceptions.UserError", "<b>no</b> " * 500_000))


@manner
def fault_of_odd_shape(request):
    if request.json:
        error = {"data": {"name": ["x"], "message": {"y": 1}, "arguments": 5}}
        yield http(json.dumps({"jsonrpc": "2.0", "error": error}).encode())
        return
    fault = _xml({"faultCode": [{}], "faultString": {"a": [None]}, "more": 1})
    yield http(f"<methodResponse><fault>{fault}</fault></methodResponse>".encode())


RESULTS = {
    "result_none": None,
    "result_true": True,
    "result_below_zero": -3,
    "result_2_to_31": 2**31,
    "result_2_to_70": 2**70,
    "result_float": 1.5,
    "result_text": "<img src=x onerror=alert(1)>",
    "result_text_of_5_mb": "x" * (5 * MB),
    "result_empty_list": [],
    "result_list_of_lists": [[1, [2]], []],
    "result_list_of_texts": ["a", "b"],
    "result_ids_of_no_record": [-3, 0, True, "7", 2**31, 1.5],
    "result_empty_object": {},
    "result_object_of_odd_values": {
        "id": [1],
        "name": {"x": 1},
        "server_version": ["18"],
        "status": 5,
        "leads": "x",
        "next": [1],
    },
    "result_rows_of_odd_ids": [{"id": True}, {"id": -3}, {"id": "x"}, {}, None],
    "result_rows_of_odd_values": [{"id": 1, "name": ["x"] * 99, "write_date": 5}],
    "result_row_with_a_name_of_5_mb": [{"id": 1, "name": "x" * (5 * MB)}],
    "result_many_rows": [{"id": number, "name": "x"} for number in range(1, 50_000)],
}


def _add_results():
    for name, value in RESULTS.items():
        plain(name, lambda request, value=value: http(request.value(value)))


_add_results()

MANNERS = tuple(_MANNERS)
# Those that end by a limit of time only: each takes a test that long.
SLOW = (
    "silent",
    "drips_head",
    "drips_body",
    "drips_chunks",
    "endless_continue",
    "endless_trailers",
    "length_too_large",
)


class HostilePeer(FaultProxy):
    """Answers with one manner. ``met`` counts the requests it did so for."""

    def __init__(self, manner="silent", target=None, only=None):
        where = (target.host, target.port) if target else (None, None)
        super().__init__(*where)
        self.manner, self.only, self.met = manner, only, 0
        self._stopped = threading.Event()
        if manner.startswith("gzip_"):
            _packed(1024 * MB)  # takes seconds: not within the time of a call

    def stop(self):
        self._stopped.set()
        super().stop()

    def _serve(self, client):
        client.settimeout(120)
        try:
            with client:
                while raw := self._read_message(client):
                    request = Request(raw)
                    if self._is_honest(request):
                        client.sendall(self._forward(raw))
                        continue
                    self.met += 1
                    self._misbehave(client, request)
                    return
        except (OSError, ValueError):
            return

    def _is_honest(self, request):
        if not self.target[0]:
            return False
        return bool(self.only) and self.only.encode() not in request.body

    def _misbehave(self, client, request):
        for piece in _MANNERS[self.manner](request):
            if isinstance(piece, bytes):
                client.sendall(piece)
            else:
                self._stopped.wait(piece)
            if self._closing:
                return


# One or two of each kind, for whatever calls a peer. The client's own test has all.
MATRIX = (
    *("silent", "drips_body", "endless_headers", "no_http", "status_500_with_a_page"),
    *("location_of_no_host", "location_long", "length_of_letters", "cut_in_head"),
    *("resets", "endless_body", "chunk_size_of_letters", "gzip_bomb", "gzip_twice"),
    *("gzip_cut", "unknown_encoding", "many_values", "deep", "long_text", "entities"),
    *("web_page", "nothing", "utf_16", "fault_of_5_mb", "fault_of_odd_shape"),
    *("result_none", "result_true", "result_below_zero", "result_2_to_31"),
    *("result_text", "result_list_of_lists", "result_ids_of_no_record"),
    *("result_object_of_odd_values", "result_rows_of_odd_ids"),
    *("result_rows_of_odd_values", "result_row_with_a_name_of_5_mb"),
)


@contextmanager
def impatient(seconds=1.0):
    """No call of the client takes longer than this, so that tests end soon."""
    with patch("odoo.addons.remote_odoo.client.LONGEST_CALL", seconds):
        yield
