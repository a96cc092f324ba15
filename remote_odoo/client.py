"""A client of another Odoo (12 to 19) that sends every call exactly once.

``xmlrpc.client.ServerProxy`` sends a POST again when the reply is lost, and has no
time-outs; so both protocols go through one ``requests`` session that repeats nothing
but the opening of a connection.
"""

import http.client
import ipaddress
import itertools
import json
import re
import socket
import ssl
import threading
import time
import xmlrpc.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests
import urllib3
from defusedxml.common import DefusedXmlException
from defusedxml.xmlrpc import DefusedExpatParser
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from .errors import BadReply, Denied, OutcomeUnknown, RemoteError, Unreachable
from .faults import jsonrpc_error, xmlrpc_error

MAX_REPLY = 128 * 1024 * 1024
LONGEST_CALL = 600  # seconds, however steadily the reply drips
CHUNK = 64 * 1024
# What no XML document may hold. An Odoo sends it all the same when a name has it.
CONTROLS = bytes(set(range(32)) - {9, 10, 13})
CONTROLS_TEXT = {code: None for code in CONTROLS}
CONTROLS_TEXT |= {code: "\ufffd" for code in (0xFFFE, 0xFFFF, *range(0xD800, 0xE000))}


_here = threading.local()


class _Watched:
    """Keeps its socket where another thread finds it, to end a call that drips."""

    def connect(self):
        _here.sockets.clear()
        super().connect()
        _here.sockets.append(self.sock)  # open now, and encrypted if it shall be


class _Http(HTTPConnectionPool):
    ConnectionCls = type("_Connection", (_Watched, HTTPConnection), {})


class _Https(HTTPSConnectionPool):
    ConnectionCls = type("_Connection", (_Watched, HTTPSConnection), {})


class _Adapter(HTTPAdapter):
    """Repeats nothing but, once, the opening of a connection; has its own timeout."""

    timeout: tuple[float, float] = (5, 60)

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Http, "https": _Https}

    def proxy_manager_for(self, *args, **kwargs):
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _Http, "https": _Https}
        return manager

    def send(self, request, **kwargs):
        kwargs["timeout"] = self.timeout
        try:
            return super().send(request, **kwargs)
        except requests.ConnectionError as error:
            if not any(isinstance(e, NewConnectionError) for e in _causes(error)):
                raise
        return super().send(request, **kwargs)


class OdooClient:
    """One database of another Odoo, as one account. Use it in a ``with``.

    ``uid`` given: nothing logs in. Else the first ``call`` does, and ``uid`` tells.
    ``timeout`` is for the connection and for each silence, ``deadline`` in seconds for
    everything between enter and exit. ``private`` off refuses addresses that are not
    public.
    """

    def __init__(
        self,
        url: str,
        db: str,
        login: str,
        password: str,
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
        self._password, self._timeout = password, timeout
        self._deadline, self._ends = deadline, None
        self._session, self._sockets = None, []
        self._ids = itertools.count(1)

    def __repr__(self) -> str:
        return f"OdooClient({self.url!r}, {self.db!r}, {self.login!r})"

    def __enter__(self):
        self._session = requests.Session()
        self._session.auth = lambda request: request  # keeps ~/.netrc out
        self._session.headers["Accept-Encoding"] = "gzip, deflate"
        self._adapter = _Adapter()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, self._adapter)
        if not self.verify:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        if self._deadline:
            self._ends = time.monotonic() + self._deadline
        return self

    def __exit__(self, *exc_info):
        self._session.close()
        self._session = None

    def version(self) -> dict:
        """Return what the server says about itself; needs no account."""
        info = self._rpc("common", "version")
        if not isinstance(info, dict) or "server_version" not in info:
            raise BadReply("What answers at this address is not an Odoo.")
        return info

    def authenticate(self) -> int:
        """Log in and return the uid, also kept as ``uid``."""
        self.uid = None
        uid = self._rpc(
            "common", "authenticate", self.db, self.login, self._password, {}
        )
        if not uid or not isinstance(uid, int):
            raise Denied(
                "Access Denied: the other Odoo does not accept this user name with "
                "this password or API key (wrong, or expired).",
                what="login",
            )
        self.uid = uid
        return uid

    def call(self, model: str, method: str, *args, **kwargs):
        """Call a method of a model, once, and return its result."""
        if not self.uid:
            self.authenticate()
        return self._rpc(
            "object", "execute_kw",
            self.db, self.uid, self._password, model, method, list(args), kwargs,
        )  # fmt: skip

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

    # -- wire ------------------------------------------------------------------

    def _rpc(self, service: str, method: str, *args):
        if self.protocol == "jsonrpc":
            return self._rpc_json(service, method, args)
        return self._rpc_xml(service, method, args)

    def _rpc_json(self, service: str, method: str, args: tuple):
        number = next(self._ids)
        params = {"service": service, "method": method, "args": args}
        body = json.dumps(
            {"jsonrpc": "2.0", "method": "call", "id": number, "params": params}
        )
        data = self._post("/jsonrpc", body.encode(), "application/json")
        try:
            reply = json.loads(data)
        except ValueError as error:
            raise self._not_odoo(data) from error
        if not isinstance(reply, dict) or reply.get("jsonrpc") != "2.0":
            raise self._not_odoo(data)
        if "error" in reply:
            raise jsonrpc_error(reply["error"], self.uid, self._secrets())
        return reply.get("result")  # a result of None comes without the key

    def _rpc_xml(self, service: str, method: str, args: tuple):
        body = xmlrpc.client.dumps(args, method, encoding="utf-8", allow_none=True)
        body = body.translate(CONTROLS_TEXT).encode()
        data = self._post(f"/xmlrpc/2/{service}", body, "text/xml")
        target = xmlrpc.client.Unmarshaller(use_builtin_types=True)
        parser = DefusedExpatParser(target, forbid_dtd=True)
        try:
            parser.feed(data.translate(None, CONTROLS))
            parser.close()
            (result,) = target.close()
        except xmlrpc.client.Fault as fault:
            if "cannot marshal None" in str(fault.faultString):
                return None  # the method ran and was committed, it returned None
            raise xmlrpc_error(
                fault.faultCode, str(fault.faultString), self.uid, self._secrets()
            ) from None
        except (
            xmlrpc.client.Error, DefusedXmlException, ValueError, LookupError,
            TypeError, SyntaxError, AttributeError, xmlrpc.client.expat.ExpatError,
        ) as error:  # fmt: skip
            raise self._not_odoo(data) from error
        return result

    def _post(self, path: str, body: bytes, content_type: str) -> bytes:
        """Send one POST; return the body of the reply or raise a RemoteError."""
        left = LONGEST_CALL
        if self._ends:
            left = min(left, self._ends - time.monotonic())
            if left <= 0:
                raise Unreachable("There was no time left to make this call.")
        if not self.private:
            self._refuse_private()
        connect, read = self._timeout
        self._adapter.timeout = (min(connect, left), min(read, left))
        _here.sockets = self._sockets
        late = threading.Event()
        timer = threading.Timer(left, self._cut, [late])
        timer.daemon = True
        timer.start()
        try:
            with self._session.post(
                self.url + path,
                data=body,
                headers={"Content-Type": content_type},
                verify=self.verify,
                allow_redirects=False,
                stream=True,
            ) as response:
                self._check_status(response)
                return self._read(response)
        except RemoteError:
            raise
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as e:
            if late.is_set():
                raise OutcomeUnknown("The reply did not end in time.") from e
            raise self._wire_error(e) from e
        except (UnicodeError, http.client.HTTPException) as error:
            raise Unreachable("The address of the other Odoo is not valid.") from error
        finally:
            timer.cancel()

    def _cut(self, late: threading.Event) -> None:
        late.set()
        for sock in self._sockets:
            try:  # not SSLSocket's own, which the other thread is reading
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            except OSError:
                continue  # closed already

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

    def _check_status(self, response) -> None:
        status = response.status_code
        if status == 200:
            return
        if 300 <= status < 400:
            target = urlsplit(response.headers.get("Location", ""))
            where = f"{target.scheme}://{target.netloc}" if target.netloc else "a page"
            raise BadReply(
                f"The address redirects to {where}. Redirects are not followed: enter "
                "the address at which the other Odoo itself answers."
            )
        if status in (408, 504, 524):  # a proxy gave up waiting; the Odoo may work on
            raise OutcomeUnknown(f"The other Odoo did not answer in time ({status}).")
        if status >= 500 or status == 429:
            # Apache, for one, says 502 also of an Odoo that takes its time.
            raise Unreachable(
                f"The other server is not available (HTTP {status}).",
                sent=status != 429,
            )
        if status == 404:
            raise BadReply("There is no Odoo at this address (HTTP 404).")
        raise BadReply(f"The other server refused the request (HTTP {status}).")

    def _wire_error(self, error: Exception) -> RemoteError:
        """Classify what ``requests`` raised: was the request sent or not?"""
        causes = list(_causes(error))
        if tls := next((e for e in causes if isinstance(e, ssl.SSLError)), None):
            if self._sockets:  # it was open: the request may have gone out
                return OutcomeUnknown("The encrypted connection broke off.")
            return Unreachable(_tls_sentence(tls, urlsplit(self.url).hostname))
        if isinstance(error, requests.exceptions.ProxyError):
            return Unreachable("The proxy of this network did not let us through.")
        if any(isinstance(e, socket.gaierror) for e in causes):
            host = urlsplit(self.url).hostname
            return Unreachable(f"The host {host} is not known (DNS).")
        if isinstance(error, requests.exceptions.ConnectTimeout):
            return Unreachable("The other server did not answer the connection.")
        if any(isinstance(e, NewConnectionError) for e in causes):
            if any(isinstance(e, ConnectionRefusedError) for e in causes):
                return Unreachable("The other server refused the connection.")
            return Unreachable("The other server could not be connected to.")
        if isinstance(error, (requests.exceptions.InvalidURL,)):
            return Unreachable("The address of the other Odoo is not valid.")
        if any(isinstance(e, (TimeoutError, socket.timeout)) for e in causes) or any(
            isinstance(e, urllib3.exceptions.ReadTimeoutError) for e in causes
        ):
            return OutcomeUnknown("The other Odoo took the call and did not answer.")
        if any(isinstance(e, urllib3.exceptions.DecodeError) for e in causes):
            return BadReply("The reply is not what it says it is (compression).")
        return OutcomeUnknown("The connection broke before the reply was complete.")

    def _not_odoo(self, data: bytes) -> RemoteError:
        if re.match(rb"\s*<(!doctype html|html)", data[:200], re.IGNORECASE):
            return BadReply("A web page answers at this address, not an Odoo.")
        return BadReply("What answers at this address is not an Odoo.")

    def _refuse_private(self) -> None:
        parts = urlsplit(self.url)
        try:
            found = socket.getaddrinfo(parts.hostname, parts.port or 443)
        except OSError as error:
            raise Unreachable(f"The host {parts.hostname} is not known.") from error
        if any(is_private(row[4][0]) for row in found):
            raise Unreachable(
                "The address is in a private network, which the settings refuse."
            )

    def _secrets(self) -> list[str]:
        return [secret for secret in (self._password,) if secret]


def is_private(host: str) -> bool:
    """Tell whether an address, written as a number, is not a public one."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return not (getattr(address, "ipv4_mapped", None) or address).is_global


def _causes(error: BaseException | None, depth: int = 10) -> Iterator[BaseException]:
    """Yield an error and all that it wraps, however ``requests`` wrapped it."""
    if error is None or not depth:
        return
    yield error
    inner = [getattr(error, "reason", None), error.__cause__, error.__context__]
    for item in [*inner, *error.args]:
        if isinstance(item, BaseException):
            yield from _causes(item, depth - 1)


def _tls_sentence(error: ssl.SSLError, host: str) -> str:
    text = str(error).lower()
    if "hostname mismatch" in text or "ip address mismatch" in text:
        return f"The certificate there was made for another host than {host}."
    if "self-signed" in text or "self signed" in text:
        return "The certificate there is self-signed and no authority vouches for it."
    if "has expired" in text:
        return "The certificate there has expired."
    if "not yet valid" in text:
        return "The certificate there is not valid yet; compare the clocks."
    if "unable to get local issuer" in text or "certificate verify failed" in text:
        return "The certificate there comes from an authority unknown to this server."
    if "wrong version number" in text or "unknown protocol" in text:
        return "The other server does not speak https at this address; try http."
    return "No encrypted connection could be made with the other server."
