"""HTTP below the client: connections that are sent over once, and what breaks them."""

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, IncompleteRead, InvalidURL, RemoteDisconnected
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    InvalidHeader,
    LocationValueError,
    NewConnectionError,
    ReadTimeoutError,
)

from .errors import (
    BadReply,
    OutcomeUnknown,
    RemoteError,
    TooSlow,
    Unreachable,
    Untrusted,
)

ADDRESSES = 3  # of a host that are tried; each may take the whole time to connect


class Session(requests.Session):
    """A session that looks at no redirect, which a peer may write as it likes."""

    def __init__(self):
        super().__init__()
        self.auth = lambda request: request  # keeps ~/.netrc out

    def resolve_redirects(self, *args, **kwargs):
        return iter(())


class OpenSocket:
    """The connection of a client, so that a call can be ended from another thread.

    ``opened``: whether the connection was ready, so a request may have gone out.
    ``late``: the call was ended.
    """

    def __init__(self, private: bool):
        self.private, self.opened, self.late = private, False, False
        self._twin = None

    def connecting(self) -> None:
        self.opened = False
        self.close()

    def connected(self, sock: socket.socket, proxied: bool) -> None:
        """Called when TCP is connected, before anything is sent, TLS included."""
        # A twin, since TLS takes the socket itself over.
        self._twin = sock.dup()
        # A proxy finds the address itself: it was judged by our own name server only.
        if not self.private and not proxied and is_private(sock.getpeername()[0]):
            raise private_error()
        if self.late:
            raise TimeoutError("the call has ended")

    def cut(self) -> None:
        """End the call, from the thread of its timer."""
        self.late = True
        if twin := self._twin:
            with suppress(OSError):  # closed already
                twin.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if twin := self._twin:
            self._twin = None
            twin.close()


class Adapter(HTTPAdapter):
    """Opens a connection twice at most, repeats nothing else; has its own timeout."""

    timeout: tuple[float, float] = (5, 60)  # Odoo's tests know no pair of them

    def __init__(self, opened: OpenSocket):
        self._opened = opened
        self._pools = {
            "http": _watched(HTTPConnectionPool, opened),
            "https": _watched(HTTPSConnectionPool, opened),
        }
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args, **kwargs):
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def send(self, request, **kwargs):
        kwargs["timeout"] = self.timeout
        try:
            return super().send(request, **kwargs)
        except requests.ConnectionError as error:
            again = any(isinstance(e, NewConnectionError) for e in _causes(error))
            if not again or self._opened.late:
                raise
        return super().send(request, **kwargs)


def _watched(pool: type, opened: OpenSocket) -> type:
    class Connection(pool.ConnectionCls):
        def connect(self):
            opened.connecting()
            super().connect()
            opened.opened = True

        def _new_conn(self):
            name, failure = self._dns_host, None
            for address in _addresses(name, self.port):
                self._dns_host = address
                try:
                    sock = super()._new_conn()
                except (ConnectTimeoutError, NewConnectionError) as error:
                    failure = error
                    continue
                finally:
                    self._dns_host = name
                opened.connected(sock, bool(self.proxy))
                return sock
            raise failure

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection})


def _addresses(name: str, port: int) -> list[str]:
    """Return the first addresses of a host; its name when there is none, to say so."""
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return [name]
    return list(dict.fromkeys(row[4][0] for row in found))[:ADDRESSES]


def is_private(host: str) -> bool:
    """Tell whether an address, written as a number, is not a public one."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return not (getattr(address, "ipv4_mapped", None) or address).is_global


def private_error() -> RemoteError:
    return Unreachable(
        "The address is in a private network, which the settings refuse."
    )


def read_date(text: str | None) -> datetime | None:
    """Return the time of a ``Date`` header in UTC, without a zone; None for noise."""
    try:
        date = parsedate_to_datetime((text or "")[:64])
        return date.astimezone(UTC).replace(tzinfo=None)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def status_error(status: int, location: str) -> RemoteError | None:
    """Classify the status of a reply; an Odoo answers 200 to nearly everything."""
    if status == 200:
        return None
    if 300 <= status < 400:
        return BadReply(
            f"The address redirects to {_place(location)}. Redirects are not followed: "
            "enter the address at which the other Odoo itself answers."
        )
    if status in (408, 504, 524):  # a proxy gave up waiting; the Odoo may work on
        return TooSlow(f"The other Odoo did not answer in time ({status}).")
    if status >= 500 or status == 429:
        # Apache, for one, says 502 also of an Odoo that takes its time.
        return Unreachable(
            f"The other server is not available (HTTP {status}).", sent=status != 429
        )
    if status == 404:
        return BadReply("There is no Odoo at this address (HTTP 404).")
    return BadReply(f"The other server refused the request (HTTP {status}).")


def _place(location: str) -> str:
    """Return the server that a redirect leads to, as far as it can be read."""
    try:
        target = urlsplit(location[:2000])
        host, port = target.hostname or "", target.port
    except ValueError:
        return "an address that is none"
    if target.scheme not in ("http", "https") or not host.isascii():
        return "a page"
    if not host.replace("-", "").replace(".", "").isalnum() or len(host) > 100:
        return "a page"
    return f"{target.scheme}://{host}" + (f":{port}" if port else "")


def wire_error(error: Exception, host: str, opened: OpenSocket) -> RemoteError:
    """Classify whatever was raised on the way: was the request sent or not?"""
    if opened.late:
        if opened.opened:
            return TooSlow("The reply did not end in time.")
        return Unreachable("The other server did not answer the connection.")
    return (
        _address_error(error, opened.opened)
        or _connection_error(error, host, opened.opened)
        or _reply_error(error)
    )


def _address_error(error: Exception, opened: bool) -> RemoteError | None:
    invalid = isinstance(error, requests.exceptions.InvalidURL | InvalidURL)
    if invalid or (not opened and isinstance(error, ValueError | LocationValueError)):
        return Unreachable("The address of the other Odoo is not valid.")
    return None


def _connection_error(error: Exception, host: str, opened: bool) -> RemoteError | None:
    causes = list(_causes(error))

    def caused_by(*kinds):
        return next((cause for cause in causes if isinstance(cause, kinds)), None)

    if tls := caused_by(ssl.SSLError):
        if opened:  # the request may have gone out
            return OutcomeUnknown("The encrypted connection broke off.")
        untrusted = isinstance(tls, ssl.SSLCertVerificationError)
        kind = Untrusted if untrusted else Unreachable
        return kind(_tls_sentence(str(tls).lower(), host))
    if isinstance(error, requests.exceptions.ProxyError):
        return Unreachable("The proxy of this network did not let us through.")
    if caused_by(socket.gaierror):
        return Unreachable(f"The host {host} is not known (DNS).")
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return Unreachable("The other server did not answer the connection.")
    if caused_by(NewConnectionError):
        if caused_by(ConnectionRefusedError):
            return Unreachable("The other server refused the connection.")
        return Unreachable("The other server could not be connected to.")
    if not opened:
        return Unreachable("The other server could not be connected to.")
    return None


def _reply_error(error: Exception) -> RemoteError:
    """The request went out: did nothing come back, or something else than a reply?"""
    causes = list(_causes(error))

    def caused_by(*kinds):
        return any(isinstance(cause, kinds) for cause in causes)

    if caused_by(TimeoutError, ReadTimeoutError):
        return TooSlow("The other Odoo took the call and did not answer.")
    if caused_by(DecodeError):
        return BadReply("The reply is not what it says it is (compression).")
    cut = caused_by(RemoteDisconnected, IncompleteRead)
    if not cut and caused_by(HTTPException, InvalidHeader):
        return BadReply("What answers at this address does not speak proper HTTP.")
    if cut or isinstance(error, OSError | HTTPError):
        return OutcomeUnknown("The connection broke before the reply was complete.")
    return BadReply("The reply of the other server cannot be read.")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that it wraps, however ``requests`` wrapped it."""
    waiting, seen = [error], set()
    while waiting:
        error = waiting.pop(0)
        if not isinstance(error, BaseException) or id(error) in seen:
            continue
        seen.add(id(error))
        yield error
        inner = (getattr(error, "reason", None), error.__cause__, error.__context__)
        waiting += [*inner, *error.args]


def _tls_sentence(text: str, host: str) -> str:
    if "hostname mismatch" in text or "ip address mismatch" in text:
        return f"The certificate there was made for another host than {host}."
    if "self-signed" in text or "self signed" in text:
        return "The certificate there is self-signed and no authority vouches for it."
    if "has expired" in text:
        return "The certificate there has expired."
    if "not yet valid" in text:
        return "The certificate there is not valid yet; compare the clocks."
    if "certificate verify failed" in text:
        return "The certificate there comes from an authority unknown to this server."
    if "wrong version number" in text or "unknown protocol" in text:
        return "The other server does not speak https at this address; try http."
    return "No encrypted connection could be made with the other server."
