"""HTTP below the client: connections that are sent over once, and what breaks them."""

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from http.client import InvalidURL
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import DecodeError, NewConnectionError, ReadTimeoutError

from .errors import BadReply, OutcomeUnknown, RemoteError, Unreachable, Untrusted


class Adapter(HTTPAdapter):
    """Opens a connection twice at most, repeats nothing else; has its own timeout.

    ``watch`` is called with None before a connection is opened, and with the
    connection once it is open, before anything is sent over it.
    """

    timeout: tuple[float, float] = (5, 60)  # Odoo's tests know no pair of them

    def __init__(self, watch: Callable):
        self._pools = {
            "http": _watched(HTTPConnectionPool, watch),
            "https": _watched(HTTPSConnectionPool, watch),
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
            if not any(isinstance(e, NewConnectionError) for e in _causes(error)):
                raise
        return super().send(request, **kwargs)


def _watched(pool: type, watch: Callable) -> type:
    class Connection(pool.ConnectionCls):
        def connect(self):
            watch(None)
            super().connect()
            watch(self)

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection})


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


def status_error(status: int, location: str) -> RemoteError | None:
    """Classify the status of a reply; an Odoo answers 200 to nearly everything."""
    if status == 200:
        return None
    if 300 <= status < 400:
        target = urlsplit(location)
        where = f"{target.scheme}://{target.netloc}" if target.netloc else "a page"
        return BadReply(
            f"The address redirects to {where}. Redirects are not followed: enter "
            "the address at which the other Odoo itself answers."
        )
    if status in (408, 504, 524):  # a proxy gave up waiting; the Odoo may work on
        return OutcomeUnknown(f"The other Odoo did not answer in time ({status}).")
    if status >= 500 or status == 429:
        # Apache, for one, says 502 also of an Odoo that takes its time.
        return Unreachable(
            f"The other server is not available (HTTP {status}).", sent=status != 429
        )
    if status == 404:
        return BadReply("There is no Odoo at this address (HTTP 404).")
    return BadReply(f"The other server refused the request (HTTP {status}).")


def wire_error(error: Exception, host: str, opened: bool) -> RemoteError:
    """Classify what ``requests`` raised: was the request sent or not?"""
    causes = list(_causes(error))

    def caused_by(*kinds):
        return next((cause for cause in causes if isinstance(cause, kinds)), None)

    if isinstance(error, requests.exceptions.InvalidURL | UnicodeError | InvalidURL):
        return Unreachable("The address of the other Odoo is not valid.")
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
    if caused_by(TimeoutError, ReadTimeoutError):
        return OutcomeUnknown("The other Odoo took the call and did not answer.")
    if caused_by(DecodeError):
        return BadReply("The reply is not what it says it is (compression).")
    return OutcomeUnknown("The connection broke before the reply was complete.")


def _causes(error: BaseException | None, depth: int = 10) -> Iterator[BaseException]:
    """Yield an error and all that it wraps, however ``requests`` wrapped it."""
    if error is None or not depth:
        return
    yield error
    inner = [getattr(error, "reason", None), error.__cause__, error.__context__]
    for item in [*inner, *error.args]:
        if isinstance(item, BaseException):
            yield from _causes(item, depth - 1)


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
