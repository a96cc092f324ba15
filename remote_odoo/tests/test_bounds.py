"""Bounds of a call: what an account's number may be, how long a connection may take."""

import socket
import threading
import time
from contextlib import suppress
from unittest.mock import patch

from odoo.tests import tagged

from ..errors import BadReply, Denied, RemoteError, Unreachable
from ..reply import MAX_REPLY, MEDIUM, SMALL, fitting_size
from ..transport import ADDRESSES, _addresses, status_error
from .client_common import PROTOCOLS, ClientCase
from .manners import HostilePeer


@tagged("post_install", "-at_install")
class TestBounds(ClientCase):
    def test_number_of_an_account(self):
        for uid in (True, -3, 2**31, 2**70, 1.5, "7", [7], {"id": 7}, "", []):
            self.fake.uid = uid
            large = isinstance(uid, int) and uid > 2**30  # our fake's XML ends there
            for protocol in PROTOCOLS[large:]:
                with self.subTest(uid=uid, protocol=protocol):
                    client = self.client(protocol=protocol, uid=None)
                    with patch.object(self.fake, "_common", lambda *args, u=uid: u):
                        with self.assertRaisesRegex(BadReply, "account"):
                            client.authenticate()
                    self.assertIsNone(client.uid)
        for uid in (False, None):
            with patch.object(self.fake, "_common", lambda *args, u=uid: u):
                with self.assertRaises(Denied):
                    self.client(protocol="jsonrpc", uid=None).authenticate()
        for uid in (1, 2**31 - 1):
            with patch.object(self.fake, "_common", lambda *args, u=uid: u):
                client = self.client(protocol="jsonrpc", uid=None)
                self.assertEqual(client.authenticate(), uid)

    def test_version(self):
        for version in (None, 18, ["18"], {}, {"server_version": 18}, {"x": "18.0"}):
            with patch.object(self.fake, "_common", lambda *args, v=version: v):
                for protocol in PROTOCOLS:
                    with self.assertRaisesRegex(BadReply, "not an Odoo"):
                        self.client(protocol=protocol).version()

    def test_size_fits_the_call(self):
        for method in ("version", "authenticate", "search_count", "has_group"):
            self.assertEqual(fitting_size(method), SMALL)
        self.assertEqual(fitting_size("create"), MEDIUM)
        self.assertLess(fitting_size("search", 1000), MEDIUM)
        self.assertLess(
            fitting_size("search_read", 10), fitting_size("search_read", 99)
        )
        for limit in (None, 0, 10**9, "x"):
            self.assertLessEqual(fitting_size("search_read", limit), MAX_REPLY)
        with HostilePeer("result_text_of_5_mb") as peer:
            for call in (
                lambda client: client.version(),
                lambda client: client.authenticate(),
                lambda client: client.call("a", "search_count", []),
            ):
                with self.assertRaisesRegex(BadReply, "larger than 64 kB"):
                    call(self.client(peer.url))
            with self.assertRaisesRegex(BadReply, "larger than 5 kB"):
                self.client(peer.url).call("a", "b", reply_size=5 * 1024)

    def test_the_size_is_not_sent(self):
        self.client().call("res.thing", "do", reply_size=1024, limit=3)
        self.assertEqual(self.fake.calls[-1][3], {"limit": 3})

    def test_ids_that_do_not_grow(self):
        """Reading by id would never end, or take a row twice."""
        for rows in (
            [{"id": 2}, {"id": 2}], [{"id": 2}, {"id": 1}], [{"id": 0}], [{"id": -3}],
            [{"id": True}], [{"id": "5"}], [{}], [None], {"id": 1}, "x", None, 7,
            [{"id": 2**31}],
        ):  # fmt: skip
            self.fake.on("res.thing", "search_read", lambda *a, r=rows, **k: r)
            with self.subTest(rows=rows):
                client = self.client(protocol="jsonrpc")
                pages = client.search_read_pages("res.thing", [], ["id"], page=2)
                with self.assertRaises(BadReply):
                    list(pages)

    def test_a_handshake_that_drips(self):
        """Nothing was sent, and it ends in time."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        stopped = threading.Event()
        self.addCleanup(stopped.set)

        def drip():
            with suppress(OSError):
                connection, _address = listener.accept()
                connection.sendall(b"\x16\x03\x03\x40\x00")
                while not stopped.wait(0.1):
                    connection.sendall(b"\x02")

        threading.Thread(target=drip, daemon=True).start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        client = self.client(url, deadline=1, verify=False)
        started = time.monotonic()
        with self.assertRaises(Unreachable):
            client.call("res.thing", "do")
        self.assertLess(time.monotonic() - started, 10)

    def test_a_host_of_many_addresses(self):
        """Each may take the whole time to connect, so only the first are tried."""
        rows = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{number}", 9))
            for number in range(1, 100)
        ]
        with patch("socket.getaddrinfo", return_value=[*rows[:2], *rows]):
            found = _addresses("odoo.example.com", 9)
        self.assertEqual(found, ["127.0.0.1", "127.0.0.2", "127.0.0.3"][:ADDRESSES])

    def test_odd_addresses(self):
        """Whatever stands in the address: an error of ours."""
        for url in (
            "http://[oops", "http://", "http://a:99999", "http://a:b",
            "http://" + "a" * 300, "http://xn--\ud800", "http://a b", "http://127.0.0.1:1/\x00",
            "x://y", "http://..", "http://%00", "https://\u2100.com",
        ):  # fmt: skip
            for private in (True, False):
                with self.subTest(url=url):
                    with self.assertRaises(RemoteError):
                        self.client(url, private=private, timeout=(1, 1)).version()

    def test_where_a_redirect_leads(self):
        """Its host is said when it is one; never more of it."""
        for location, said in (
            ("https://login.example.com/web", "to https://login.example.com."),
            ("https://a.example.com:8443/x", "to https://a.example.com:8443."),
            ("https://user:word@a.example.com/", "to https://a.example.com."),
            ("/web/login", "to a page."),
            ("javascript:alert(1)", "to a page."),
            ("http://<b>x</b>/", "to a page."),
            ("http://[oops", "to an address that is none."),
            ("http://a:99999999999", "to an address that is none."),
            ("http://" + "x" * 60000, "to a page."),
        ):
            text = str(status_error(302, location))
            self.assertIn(said, text)
            self.assertLess(len(text), 300)
