"""Each fault of a network: which error, and how many requests were sent."""

import socket
import time
from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import tagged

from ..errors import BadReply, OutcomeUnknown, Unreachable
from ..transport import is_private
from .client_common import PROTOCOLS, ClientCase
from .fake_odoo import FakeOdoo


@tagged("post_install", "-at_install")
class TestWire(ClientCase):
    CASES = {
        # mode: (error, sentence, requests sent by the client, requests at the target)
        "refuse": ((OutcomeUnknown, Unreachable), "onnect", None, 0),
        "hang": (OutcomeUnknown, "did not answer", 1, 1),
        "hang_before": (OutcomeUnknown, "did not answer", 1, 0),
        "slow": (OutcomeUnknown, "in time", 1, 1),
        "cut_before": (OutcomeUnknown, "broke", 1, 0),
        "cut_after": (OutcomeUnknown, "broke", 1, 1),
        "cut_reply": (OutcomeUnknown, "broke", 1, 1),
        "bad_gateway": (Unreachable, "HTTP 502", 1, 0),
        "gateway_timeout": (OutcomeUnknown, "504", 1, 1),
        "unavailable": (Unreachable, "HTTP 503", 1, 0),
        "garbage": (BadReply, "not an Odoo", 1, 0),
        "html": (BadReply, "web page", 1, 0),
        "wrong_length": (OutcomeUnknown, "broke", 1, 1),
        "short_length": (BadReply, "not an Odoo", 1, 1),
        "huge": (BadReply, "larger than", 1, 0),
        "redirect": (BadReply, "https://login.example.com", 1, 0),
    }

    def test_every_mode(self):
        """Exactly one POST per call, whatever happens to the reply."""
        for protocol in PROTOCOLS:
            for mode, (error, text, sent, reached) in self.CASES.items():
                with self.subTest(protocol=protocol, mode=mode):
                    proxy = self.proxy(mode)
                    proxy.drip = 0.1
                    client = self.client(
                        proxy.url,
                        protocol=protocol,
                        timeout=(5, 1.5),
                        deadline=2.5,
                        max_reply=1024 * 1024,
                    )
                    started = time.monotonic()
                    with self.assertRaises(error) as caught:
                        client.call("res.thing", "do", "x" * 50)
                    self.assertIn(text, str(caught.exception))
                    self.assertLess(time.monotonic() - started, 8)
                    time.sleep(0.02)
                    if sent:
                        self.assertEqual(proxy.seen, [mode] * sent)
                    self.assertEqual(proxy.forwarded, reached)

    def test_reset_of_a_kept_connection(self):
        """The same on a connection that served before: no second POST."""
        proxy = self.proxy()
        client = self.client(proxy.url)
        client.call("res.thing", "do")
        proxy.script(["cut_after"])
        with self.assertRaises(OutcomeUnknown):
            client.call("res.thing", "do")
        self.assertEqual(proxy.forwarded, 2)
        client.call("res.thing", "do")  # a new connection
        self.assertEqual(self.fake.count("res.thing"), 3)

    def test_refused_connection(self):
        port = self.fake.port
        self.fake.stop()
        with self.assertRaisesRegex(Unreachable, "refused"):
            self.client(f"http://127.0.0.1:{port}").call("res.thing", "do")

    def test_deadline(self):
        """No call begins after the deadline, none outlasts it."""
        proxy = self.proxy("hang")
        client = self.client(proxy.url, deadline=1, timeout=(5, 60))
        with self.assertRaises(OutcomeUnknown):
            client.call("res.thing", "do")
        with self.assertRaisesRegex(Unreachable, "no time left"):
            client.call("res.thing", "do")
        self.assertEqual(proxy.seen, ["hang"])

    def test_private_addresses(self):
        with self.assertRaisesRegex(Unreachable, "private network"):
            self.client(private=False).call("res.thing", "do")
        self.assertFalse(self.fake.posts)
        for host in ("127.0.0.1", "10.0.0.1", "192.168.1.1", "::1", "169.254.169.254"):
            self.assertTrue(is_private(host), host)
        self.assertTrue(is_private("::ffff:10.0.0.1"))
        self.assertFalse(is_private("8.8.8.8") or is_private("odoo.example.com"))

    def test_name_server_that_changes_its_answer(self):
        """Public when judged, private when connected to: nothing is sent there."""
        with self.resolver("8.8.8.8", "127.0.0.1"):
            client = self.client(f"http://localhost:{self.fake.port}", private=False)
            with self.assertRaisesRegex(Unreachable, "private network"):
                client.call("res.thing", "do")
        self.assertFalse(self.fake.posts)
        with self.resolver("127.0.0.1"):
            client = self.client(f"http://localhost:{self.fake.port}")
            self.assertEqual(client.call("res.thing", "do"), {"ok": 1})

    def test_private_proxy(self):
        """A proxy may well be in our own network; what it leads to may not."""
        url = self.serve(b'{"jsonrpc": "2.0", "result": 5}')
        options = {"protocol": "jsonrpc", "private": False}
        with patch.dict("os.environ", {"http_proxy": url, "no_proxy": ""}):
            with self.resolver("8.8.8.8"):
                client = self.client("http://localhost:8069", **options)
                self.assertEqual(client.call("a", "b"), 5)
            self.assertEqual(len(self.server.headers_seen), 1)
            with self.assertRaisesRegex(Unreachable, "private network"):
                self.client("http://127.0.0.1:8069", **options).call("a", "b")
        self.assertEqual(len(self.server.headers_seen), 1)

    @contextmanager
    def resolver(self, *answers):
        """Resolve "localhost" to these addresses, one after the other."""
        real, answers = socket.getaddrinfo, list(answers)

        def resolve(host, *args, **kwargs):
            host = answers.pop(0) if host == "localhost" else host
            return real(host, *args, **kwargs)

        with patch("socket.getaddrinfo", resolve):
            yield
        self.assertFalse(answers, "each was asked for")

    def test_server_restarted(self):
        """A kept connection that went stale is opened anew: one POST for each call."""
        client = self.client()
        client.call("res.thing", "do")
        self.fake.stop()
        again = FakeOdoo(port=self.fake.port)
        again.on("res.thing", "do", lambda: {"ok": 2})
        with again:
            for _time in range(3):
                self.assertEqual(client.call("res.thing", "do"), {"ok": 2})
        self.assertEqual((len(self.fake.posts), len(again.posts)), (1, 3))

    def test_environment_proxy(self):
        """The proxy of the environment is used; one that is down says so."""
        with patch.dict("os.environ", {"http_proxy": "http://127.0.0.1:9"}):
            with self.assertRaisesRegex(Unreachable, "proxy"):
                self.client(self.fake.url).call("res.thing", "do")
