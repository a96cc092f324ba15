"""A client of another Odoo (12 to 19) that sends every call exactly once.

``xmlrpc.client.ServerProxy`` sends a POST again when the reply is lost, and has no
time-outs; so both protocols go through one ``requests`` session that repeats nothing
but the opening of a connection.
"""

import itertools
import json
import math
import re
import socket
import threading
import time
import traceback
import xmlrpc.client
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPException
from urllib.parse import urlsplit

import requests
import urllib3
from defusedxml.common import DefusedXmlException
from defusedxml.xmlrpc import DefusedExpatParser

from .errors import BadReply, Denied, OutcomeUnknown, RemoteError, Unreachable
from .faults import LOGIN_DENIED, jsonrpc_error, xmlrpc_error
from .payload import clean
from .transport import Adapter, is_private, private_error, status_error, wire_error

MAX_REPLY = 128 * 1024 * 1024
LONGEST_CALL = 600  # seconds, however steadily the reply drips
CHUNK = 64 * 1024
PASSWORD = object()  # stands for the password in the arguments of ``_rpc``
# What no XML document may hold. An Odoo sends it all the same when a name has it.
CONTROLS = bytes(set(range(32)) - {9, 10, 13})
# What no database can hold, as it comes in JSON. Looked for first: most replies have
# none, and to go through all values takes as long as to parse them.
UNSTORABLE = re.compile(
    rb"\\(?:[bf]|u(?:00[01]|007f|d[89a-f]|fff[ef]))"
    rb"|\x7f|\xed[\xa0-\xbf]|\xef\xbf[\xbe\xbf]",
    re.IGNORECASE,
)


class OdooClient:
    """One database of another Odoo, as one account. Use it in a ``with``.

    ``uid`` given: nothing logs in. Else the first ``call`` does, and ``uid`` tells.
    ``timeout`` is for the connection and for each silence, ``deadline`` in seconds for
    everything between enter and exit. ``private`` off refuses addresses that are not
    public. Characters that no database can hold are left out, both ways.

    ``password`` is the clear text, or a function without arguments that returns it. The
    function is called once per call, so that neither the client nor an error that it
    raises ever holds the clear text.
    """

    def __init__(
        self,
        url: str,
        db: str,
        login: str,
        password: str | Callable[[], str],
        protocol: str = "xmlrpc",
        verify: bool = True,
        timeout: tuple[float, float] = (5, 60),
        uid: int | None = None,
        deadline: float | None = None,
        private: bool = True,
        max_reply: int = MAX_REPLY,
    ):
        self.url, self.db, self.login = url.rstrip("/"), db, login
        self.protocol, self.verify, self.uid = protocol, verify, uid or None
        self.private, self.max_reply = private, max_reply
        # Two underscores: safe_eval refuses the name, so that code in a template
        # neither calls the one nor adds a hook to the other.
        self.__password, self.__session = password, None
        self._timeout, self._deadline = timeout, deadline or math.inf
        self._socket = None
        self._ids = itertools.count(1)

    def __repr__(self) -> str:
        return f"OdooClient({self.url!r}, {self.db!r}, {self.login!r})"

    def __enter__(self):
        self.__session = requests.Session()
        self.__session.auth = lambda request: request  # keeps ~/.netrc out
        self.__session.headers["Accept-Encoding"] = "gzip, deflate"
        self.__adapter = Adapter(self._watch)
        for scheme in ("http://", "https://"):
            self.__session.mount(scheme, self.__adapter)
        if not self.verify:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._ends = time.monotonic() + self._deadline
        return self

    def __exit__(self, *exc_info):
        self.__session.close()
        self.__session = None

    def version(self) -> dict:
        """Return what the server says about itself; needs no account."""
        info = self._rpc("common", "version")
        if not isinstance(info, dict) or "server_version" not in info:
            raise BadReply("What answers at this address is not an Odoo.")
        return info

    def authenticate(self) -> int:
        """Log in and return the uid, also kept as ``uid``."""
        self.uid = None
        account = (self.db, self.login, PASSWORD)
        uid = self._rpc("common", "authenticate", *account, {})
        if not uid or not isinstance(uid, int):
            raise Denied(LOGIN_DENIED, what="login")
        self.uid = uid
        return uid

    def call(self, model: str, method: str, *args, **kwargs):
        """Call a method of a model, once, and return its result."""
        if not self.uid:
            self.authenticate()
        account = (self.db, self.uid, PASSWORD)
        return self._rpc("object", "execute_kw", *account, model, method, args, kwargs)

    def search_read_pages(
        self, model: str, domain: list, fields: list, page: int = 1000, **kwargs
    ) -> Iterator[list[dict]]:
        """Yield the rows in lists of at most ``page``, by id, each row once."""
        last, fields = 0, fields if "id" in fields else ["id", *fields]
        while True:
            rows = self.call(
                model, "search_read", [*domain, ("id", ">", last)],
                fields=fields, limit=page, order="id", **kwargs,
            )  # fmt: skip
            if rows:
                yield rows
                last = rows[-1]["id"]
            if len(rows) < page:
                return

    # -- protocols -------------------------------------------------------------

    def _rpc(self, service: str, method: str, *args):
        """Make one call; ``PASSWORD`` among ``args`` stands for the password."""
        try:
            return self._send(service, method, args)
        except BaseException as error:
            _forget_secrets(error)
            raise

    def _send(self, service: str, method: str, args: tuple):
        secret = ""
        if any(arg is PASSWORD for arg in args):
            given = self.__password
            secret = given() if callable(given) else given
        rpc = self._rpc_json if self.protocol == "jsonrpc" else self._rpc_xml
        args = clean([secret if arg is PASSWORD else arg for arg in args])
        return rpc(service, method, args, secret)

    def _rpc_json(self, service: str, method: str, args: list, secret: str):
        params = {"service": service, "method": method, "args": args}
        call = {"jsonrpc": "2.0", "method": "call", "id": next(self._ids)}
        body = json.dumps({**call, "params": params}).encode()
        data = self._post("/jsonrpc", body, "application/json")
        try:
            reply = json.loads(data, parse_constant=_no_number)
            if UNSTORABLE.search(data):
                reply = clean(reply)
        except (ValueError, RecursionError) as error:
            raise _not_odoo(data) from error
        if not isinstance(reply, dict) or reply.get("jsonrpc") != "2.0":
            raise _not_odoo(data)
        if "error" in reply:
            raise jsonrpc_error(reply["error"], self.uid, secret)
        return reply.get("result")  # a result of None comes without the key

    def _rpc_xml(self, service: str, method: str, args: list, secret: str):
        params = _Marshaller("utf-8", allow_none=True).dumps(args)
        body = (
            f"<?xml version='1.0'?><methodCall><methodName>{method}</methodName>"
            f"{params}</methodCall>"
        )
        data = self._post(f"/xmlrpc/2/{service}", body.encode(), "text/xml")
        target = xmlrpc.client.Unmarshaller(use_builtin_types=True)
        parser = DefusedExpatParser(target, forbid_dtd=True)
        try:
            parser.feed(data.translate(None, CONTROLS))
            parser.close()
            (result,) = target.close()
        except xmlrpc.client.Fault as fault:
            text = str(fault.faultString)
            if "cannot marshal None" in text:
                return None  # the method ran and was committed, it returned None
            raise xmlrpc_error(fault.faultCode, text, self.uid, secret) from None
        except (
            xmlrpc.client.Error, DefusedXmlException, ValueError, LookupError,
            TypeError, SyntaxError, AttributeError, xmlrpc.client.expat.ExpatError,
        ) as error:  # fmt: skip
            raise _not_odoo(data) from error
        return result

    # -- wire ------------------------------------------------------------------

    def _post(self, path: str, body: bytes, content_type: str) -> bytes:
        """Send one POST; return the body of the reply or raise a RemoteError."""
        left = min(LONGEST_CALL, self._ends - time.monotonic())
        if left <= 0:
            raise Unreachable("There was no time left to make this call.")
        if not self.private:
            self._refuse_private()
        self.__adapter.timeout = tuple(min(seconds, left) for seconds in self._timeout)
        late = threading.Event()
        timer = threading.Timer(left, self._cut, [late])
        timer.daemon = True
        timer.start()
        try:
            with self.__session.post(
                self.url + path,
                data=body,
                headers={"Content-Type": content_type},
                verify=self.verify,
                allow_redirects=False,
                stream=True,
            ) as response:
                location = response.headers.get("Location", "")
                if error := status_error(response.status_code, location):
                    raise error
                return self._read(response)
        except (
            requests.RequestException, urllib3.exceptions.HTTPError, HTTPException,
            OSError, UnicodeError,
        ) as error:  # fmt: skip
            if late.is_set():
                raise OutcomeUnknown("The reply did not end in time.") from error
            host = urlsplit(self.url).hostname
            raise wire_error(error, host, opened=bool(self._socket)) from error
        finally:
            timer.cancel()

    def _watch(self, connection) -> None:
        """Keep the socket in use, and judge the address it really leads to."""
        self._socket = connection and connection.sock
        # A proxy finds the address itself: it was judged by our own name server only.
        if connection and not self.private and not connection.proxy:
            if is_private(self._socket.getpeername()[0]):
                raise private_error()

    def _cut(self, late: threading.Event) -> None:
        """End a call that drips, from the thread of the timer."""
        late.set()
        sock = self._socket
        if sock:
            with suppress(OSError):  # closed already
                # Not SSLSocket's own, which the other thread is reading.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _read(self, response) -> bytes:
        chunks, size = [], 0
        for chunk in response.raw.stream(CHUNK, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            if size > self.max_reply:
                raise BadReply(
                    "The reply is larger than "
                    f"{self.max_reply // 1024 // 1024} MB and was not read."
                )
        return b"".join(chunks)

    def _refuse_private(self) -> None:
        """Judge the name before anything is connected to."""
        parts = urlsplit(self.url)
        try:
            found = socket.getaddrinfo(parts.hostname, parts.port or 443)
        except (OSError, UnicodeError):
            return  # the connection will say so, or a proxy knows the name
        if any(is_private(row[4][0]) for row in found):
            raise private_error()


class _Marshaller(xmlrpc.client.Marshaller):
    """Sends whole numbers beyond 32 bits too: every Odoo reads them."""

    dispatch = dict(xmlrpc.client.Marshaller.dispatch)

    def dump_int(self, value, write):
        kind = "int" if abs(value) <= xmlrpc.client.MAXINT else "i8"
        write(f"<value><{kind}>{value}</{kind}></value>\n")

    dispatch[int] = dump_int


def _forget_secrets(error: BaseException) -> None:
    """Take from an error what it keeps of the request: its causes, and local variables.

    An error of ``requests`` carries the request with its body, and each frame of a
    traceback the variables of its function: the password is among both.
    """
    error.__cause__ = error.__context__ = None
    traceback.clear_frames(error.__traceback__)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _not_odoo(data: bytes) -> RemoteError:
    if re.match(rb"\s*<(!doctype html|html)", data[:200], re.IGNORECASE):
        return BadReply("A web page answers at this address, not an Odoo.")
    return BadReply("What answers at this address is not an Odoo.")
