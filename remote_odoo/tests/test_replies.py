"""Replies that no Odoo sends: hostile, broken, or of something else."""

import gzip
import json
import tempfile
import time
import xmlrpc.client
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged

from ..errors import BadReply, Rejected
from .client_common import PROTOCOLS, ClientCase


@tagged("post_install", "-at_install")
class TestReplies(ClientCase):
    def test_gzip(self):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": ["x"] * 1000})
        url = self.serve(gzip.compress(body.encode()), {"Content-Encoding": "gzip"})
        client = self.client(url, protocol="jsonrpc")
        self.assertEqual(client.call("a", "b"), ["x"] * 1000)
        self.assertIn("gzip", self.server.headers_seen[0]["Accept-Encoding"])

    def test_gzip_bomb(self):
        """The cap counts what comes out, not what came over the wire."""
        url = self.serve(gzip.compress(b" " * 5_000_000), {"Content-Encoding": "gzip"})
        with self.assertRaisesRegex(BadReply, "larger than"):
            self.client(url, max_reply=1_000_000).call("a", "b")

    def test_hardened_xml(self):
        """No entity is expanded, none is fetched."""
        bomb = (
            b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
            b"<methodResponse><params><param><value><string>&b;</string></value></param>"
            b"</params></methodResponse>"
        )
        external = bomb.replace(b'"&a;&a;"', b'SYSTEM "file:///etc/passwd"')
        for reply in (bomb, external):
            with self.assertRaises(BadReply):
                self.client(self.serve(reply)).call("a", "b")

    def test_deep_nesting(self):
        """Deeper than a program can follow: an error of theirs, not of ours."""
        deep = b"[" * 200_000
        client = self.client(self.serve(deep), protocol="jsonrpc")
        with self.assertRaises(BadReply):
            client.call("a", "b")
        reply = b'{"jsonrpc": "2.0", "result": "\\ud800", "x": ' + b"[" * 900
        client = self.client(self.serve(reply + b"]" * 900 + b"}"), protocol="jsonrpc")
        with self.assertRaises(BadReply):
            client.call("a", "b")
        levels = 50_000
        array = b"<value><array><data>" * levels + b"</data></array></value>" * levels
        with self.assertRaisesRegex(BadReply, "deeper"):
            self.client(self.serve(self.response(array))).call("a", "b")

    def response(self, value):
        return (
            b"<methodResponse><params><param>%s</param></params></methodResponse>"
            % value
        )

    def test_numbers_that_are_none(self):
        for number in (b"NaN", b"Infinity", b"-Infinity"):
            url = self.serve(b'{"jsonrpc": "2.0", "result": {"x": %s}}' % number)
            with self.assertRaises(BadReply):
                self.client(url, protocol="jsonrpc").call("a", "b")

    def test_characters_that_nobody_can_store(self):
        """However JSON spells them, and whatever stands around them."""
        for bad in (
            *(rb"\u0000", rb"\u000B", rb"\u001f", rb"\b", rb"\f", rb"\u007F", b"\x7f"),
            *(rb"\ud800", rb"\uDFFF", b"\xed\xa0\x80", rb"\ufffe", b"\xef\xbf\xbf"),
        ):
            with self.subTest(bad):
                name, value = b"a" + bad, rb"\\" + bad + rb"\n\u00e9c"
                url = self.serve(
                    b'{"jsonrpc": "2.0", "result": {"%s": ["%s"]}}' % (name, value)
                )
                reply = self.client(url, protocol="jsonrpc").call("a", "b")
                self.assertEqual(reply, {"a": ["\\\néc"]})

    def test_odd_faults(self):
        """Faults of shapes and sizes that no Odoo sends; no regex runs away."""
        texts = ["a" * 5_000_000, "1 " * 2_000_000, "(" * 3000, "Traceback\n" * 9999]
        faults = [{"code": 1, "data": {"name": "x", "message": t}} for t in texts]
        faults += [
            {"data": {"name": ["x"], "message": {"y": 1}, "arguments": 5}},
            {"data": {"arguments": [None, ["x"], "odd"]}},
            {"data": {"name": None, "message": None, "arguments": None}},
        ]
        for fault in faults:
            reply = json.dumps({"jsonrpc": "2.0", "error": fault}).encode()
            client = self.client(self.serve(reply), protocol="jsonrpc")
            started = time.monotonic()
            with self.assertRaises(Rejected):
                client.call("a", "b")
            self.assertLess(time.monotonic() - started, 3)
        for code, text in ((1, texts[0]), (["x"], "y"), (2, 5), (1, f"E: {texts[2]}")):
            fault = xmlrpc.client.Fault(code, text)
            reply = xmlrpc.client.dumps(fault, methodresponse=True).encode()
            with self.assertRaises(Rejected) as caught:
                self.client(self.serve(reply)).call("a", "b")
            self.assertLess(len(str(caught.exception)), 600)

    def test_not_an_odoo(self):
        for reply in (
            b"", b"[]", b"{}", b"null", b'"x"', b"<a/>",
            b'{"jsonrpc": "2.0", "error": 1}',
            b"<methodResponse><params/></methodResponse>",
            xmlrpc.client.dumps((1, 2)).encode(),
        ):  # fmt: skip
            for protocol in PROTOCOLS:
                with self.subTest(reply=reply, protocol=protocol):
                    with self.assertRaises((BadReply, Rejected)):
                        self.client(self.serve(reply), protocol=protocol).version()

    def test_no_netrc(self):
        """A ``~/.netrc`` of the server's account is not sent to peers."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "netrc")
            path.write_text("machine 127.0.0.1 login a password b\n")
            with patch.dict("os.environ", {"NETRC": str(path)}):
                url = self.serve(b'{"jsonrpc": "2.0", "result": 1}')
                self.client(url, protocol="jsonrpc").call("a", "b")
        self.assertNotIn("Authorization", self.server.headers_seen[0])
