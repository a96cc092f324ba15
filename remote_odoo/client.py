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
from datetime import datetime
from urllib.parse import urlsplit

import urllib3

from .errors import BadReply, Denied, RemoteError, Unreachable
from .faults import LOGIN_DENIED, jsonrpc_error, xmlrpc_error
from .parsing import parse_json, parse_xml
from .payload import clean
from .reply import MAX_REPLY, fitting_size, read_body
from .transport import (
    Adapter,
    OpenSocket,
    Session,
    is_private,
    private_error,
    read_date,
    status_error,
    wire_error,
)

LONGEST_CALL = 90  # seconds, however steadily the reply drips
LARGEST_ID = 2**31 - 1  # of an Odoo, and of the columns that keep it
PASSWORD = object()  # stands for the password in the arguments of ``_rpc``


class OdooClient:
    """One database of another Odoo, as one account. Use it in a ``with``.

    ``uid`` given: nothing logs in. Else the first ``call`` does, and ``uid`` tells.
    ``timeout`` is for the connection and for each silence, ``deadline`` in seconds for
    everything between enter and exit; a single call never takes more than
    ``LONGEST_CALL``. ``private`` off refuses addresses that are not public.
    ``max_reply`` in bytes bounds every reply, besides what its call asks for.
    Characters that no database can hold are left out, both ways.

    ``password`` is the clear text, or a function without arguments that returns it. The
    function is called once per call, so that neither the client nor an error that it
    raises ever holds the clear text.

    Whatever the other side does, its methods raise a ``RemoteError`` and nothing else.
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
        self.private, self.max_reply = private, min(max_reply, MAX_REPLY)
        # Two underscores: safe_eval refuses the name, so that code in a template
        # neither calls the one nor adds a hook to the other.
        self.__password, self.__session = password, None
        self._timeout, self._deadline = timeout, deadline or math.inf
        # Seconds that one call may take, where that is less than LONGEST_CALL.
        self.longest = math.inf
        # What the other server's clock said in its last reply, in UTC; None: nothing.
        self.clock: datetime | None = None
        self._ids = itertools.count(1)

    def __repr__(self) -> str:
        return f"OdooClient({self.url!r}, {self.db!r}, {self.login!r})"

    def __enter__(self):
        self.__session = Session()
        self.__session.headers["Accept-Encoding"] = "gzip, deflate"
        self._socket = OpenSocket(self.private)
        self.__adapter = Adapter(self._socket)
        for scheme in ("http://", "https://"):
            self.__session.mount(scheme, self.__adapter)
        if not self.verify:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._ends = time.monotonic() + self._deadline
        return self

    def __exit__(self, *exc_info):
        self.__session.close()
        self._socket.close()
        self.__session = None

    def version(self) -> dict:
        """Return what the server says about itself; needs no account.

        ``server_version`` is a text for sure, whatever else there is.
        """
        info = self._rpc("common", "version")
        if not isinstance(info, dict):
            raise BadReply("What answers at this address is not an Odoo.")
        version = info.get("server_version")
        if not version or not isinstance(version, str):
            raise BadReply("What answers at this address is not an Odoo.")
        return info

    def authenticate(self) -> int:
        """Log in and return the uid, also kept as ``uid``."""
        self.uid = None
        account = (self.db, self.login, PASSWORD)
        uid = self._rpc("common", "authenticate", *account, {})
        if uid is False or uid is None:
            raise Denied(LOGIN_DENIED, what="login")
        if (
            isinstance(uid, bool)
            or not isinstance(uid, int)
            or not 0 < uid <= LARGEST_ID
        ):
            raise BadReply("The other Odoo gives no number for this account.")
        self.uid = uid
        return uid

    def call(self, model: str, method: str, *args, reply_size: int = 0, **kwargs):
        """Call a method of a model, once, and return its result.

        ``reply_size`` in bytes: what the reply may have; by default what the method
        and its ``limit`` suggest. The result has any shape: check it.
        """
        if not self.uid:
            self.authenticate()
        account = (self.db, self.uid, PASSWORD)
        size = reply_size or fitting_size(method, kwargs.get("limit"))
        call = (*account, model, method, args, kwargs)
        return self._rpc("object", "execute_kw", *call, size=size)

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
            last = _last_id(rows, last)
            if rows:
                yield rows
            if len(rows) < page:
                return

    # -- protocols -------------------------------------------------------------

    def _rpc(self, service: str, method: str, *args, size: int = 0):
        """Make one call; ``PASSWORD`` among ``args`` stands for the password."""
        try:
            return self._send(service, method, args, size or fitting_size(method))
        except BaseException as error:
            _forget_secrets(error)
            raise

    def _send(self, service: str, method: str, args: tuple, size: int):
        secret = ""
        if any(arg is PASSWORD for arg in args):
            given = self.__password
            secret = given() if callable(given) else given
        rpc = self._rpc_json if self.protocol == "jsonrpc" else self._rpc_xml
        args = clean([secret if arg is PASSWORD else arg for arg in args])
        return rpc(service, method, args, secret, min(size, self.max_reply))

    def _rpc_json(self, service: str, method: str, args: list, secret: str, size: int):
        params = {"service": service, "method": method, "args": args}
        call = {"jsonrpc": "2.0", "method": "call", "id": next(self._ids)}
        body = json.dumps({**call, "params": params}).encode()
        data = self._post("/jsonrpc", body, "application/json", size)
        start = bytes(data[:200])
        try:
            reply = parse_json(data)
        except (ValueError, RecursionError, MemoryError) as error:
            raise _not_odoo(start) from error
        if not isinstance(reply, dict) or reply.get("jsonrpc") != "2.0":
            raise _not_odoo(start)
        if "error" in reply:
            raise jsonrpc_error(reply["error"], self.uid, secret)
        return reply.get("result")  # a result of None comes without the key

    def _rpc_xml(self, service: str, method: str, args: list, secret: str, size: int):
        params = _Marshaller("utf-8", allow_none=True).dumps(args)
        body = (
            f"<?xml version='1.0'?><methodCall><methodName>{method}</methodName>"
            f"{params}</methodCall>"
        )
        data = self._post(f"/xmlrpc/2/{service}", body.encode(), "text/xml", size)
        start = bytes(data[:200])
        try:
            return parse_xml(data)
        except xmlrpc.client.Fault as fault:
            text = fault.faultString if isinstance(fault.faultString, str) else ""
            if "cannot marshal None" in text:
                return None  # the method ran and was committed, it returned None
            raise xmlrpc_error(fault.faultCode, text, self.uid, secret) from None
        except RemoteError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a parser raises
            raise _not_odoo(start) from error

    # -- wire ------------------------------------------------------------------

    def _post(self, path: str, body: bytes, content_type: str, size: int) -> bytearray:
        """Send one POST; return the body of the reply or raise a RemoteError."""
        left = min(self.longest, LONGEST_CALL, self._ends - time.monotonic())
        if left <= 0:
            raise Unreachable("There was no time left to make this call.")
        if not self.private:
            self._refuse_private()
        ends = time.monotonic() + left
        self.__adapter.timeout = tuple(min(seconds, left) for seconds in self._timeout)
        self._socket.late = False
        timer = threading.Timer(left, self._socket.cut)
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
                self.clock = read_date(response.headers.get("Date"))
                location = response.headers.get("Location", "")
                if error := status_error(response.status_code, location):
                    raise error
                return read_body(response, size, ends)
        except RemoteError:
            raise
        except Exception as error:  # noqa: BLE001 - classified, whatever it is
            raise wire_error(error, self._host(), self._socket) from error
        finally:
            timer.cancel()

    def _host(self) -> str:
        try:
            return urlsplit(self.url).hostname or ""
        except ValueError:
            return ""

    def _refuse_private(self) -> None:
        """Judge the name before anything is connected to."""
        try:
            parts = urlsplit(self.url)
            found = socket.getaddrinfo(parts.hostname, parts.port or 443)
        except (OSError, ValueError):
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


def _last_id(rows, last: int) -> int:
    """Return the id of the last row; ids must grow, or reading would never end."""
    if not isinstance(rows, list):
        raise BadReply("The other Odoo did not answer with records.")
    for row in rows:
        number = row.get("id") if isinstance(row, dict) else None
        if isinstance(number, bool) or not isinstance(number, int):
            raise BadReply("The other Odoo sends records without a number.")
        if not last < number <= LARGEST_ID:
            raise BadReply("The other Odoo sends the same records over and over.")
        last = number
    return last


def _not_odoo(start: bytes) -> RemoteError:
    if re.match(rb"\s*<(!doctype html|html)", start, re.IGNORECASE):
        return BadReply("A web page answers at this address, not an Odoo.")
    return BadReply("What answers at this address is not an Odoo.")
