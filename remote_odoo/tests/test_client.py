"""The client and a real local server that speaks as an Odoo does."""

from odoo.tests import tagged

from .client_common import PROTOCOLS, ClientCase


@tagged("post_install", "-at_install")
class TestClient(ClientCase):
    def test_both_protocols(self):
        """Arguments, keywords, empty values and unicode arrive as they were sent."""
        self.fake.on("res.thing", "echo", lambda *a, **k: {"a": list(a), "k": k})
        for protocol in PROTOCOLS:
            client = self.client(protocol=protocol, uid=None)
            self.assertEqual(client.version()["server_version"], "18.0")
            values = [1, "Ñ 😀 <&>", False, [1, [2]], 1.5]
            self.assertEqual(
                client.call("res.thing", "echo", *values, key={"x": None or False}),
                {"a": values, "k": {"key": {"x": False}}},
            )
            self.assertEqual(client.uid, 7)

    def test_logs_in_once(self):
        for protocol in PROTOCOLS:
            self.fake.logins.clear()
            client = self.client(protocol=protocol, uid=None)
            for _time in range(3):
                client.call("res.thing", "do")
            self.assertEqual(len(self.fake.logins), 1)
            self.fake.logins.clear()
            self.client(protocol=protocol).call("res.thing", "do")
            self.assertFalse(self.fake.logins, "a kept uid logs in nowhere")

    def test_pages(self):
        rows = [{"id": number} for number in (1, 2, 5, 9, 11)]

        def search_read(domain, fields, limit, order):
            self.assertEqual((fields, order), (["id", "name"], "id"))
            last = domain[-1][2]
            return [row for row in rows if row["id"] > last][:limit]

        self.fake.on("res.thing", "search_read", search_read)
        for page, lengths in ((2, [2, 2, 1]), (5, [5]), (9, [5])):
            pages = list(
                self.client().search_read_pages("res.thing", [], ["name"], page=page)
            )
            self.assertEqual([len(rows) for rows in pages], lengths)
            self.assertEqual(sum(pages, []), rows)

    def test_none(self):
        """None is a result: over XML-RPC it comes as a fault, after the commit."""
        self.fake.on("res.thing", "nothing", lambda: None)
        for protocol in PROTOCOLS:
            self.assertIsNone(
                self.client(protocol=protocol).call("res.thing", "nothing")
            )

    def test_characters_that_nobody_can_store(self):
        """Left out both ways, instead of making the call fail for ever."""
        self.fake.on("res.thing", "echo", lambda text: {"got": text})
        for protocol in PROTOCOLS:
            client = self.client(protocol=protocol)
            for bad in ("\x00", "\x0b", "\x1f", "\ud800", "\ufffe"):
                with self.subTest(protocol=protocol, bad=repr(bad)):
                    reply = client.call("res.thing", "echo", f"a{bad}b\n\t<&>é🚗")
                    self.assertEqual(reply, {"got": "ab\n\t<&>é🚗"})
            text = "a literal \\u0000 and \\ud800"
            self.assertEqual(client.call("res.thing", "echo", text), {"got": text})
        self.fake.on("res.thing", "name", lambda: {"a\x0b": ["b\x00c\x0b"]})
        for protocol in PROTOCOLS:
            reply = self.client(protocol=protocol).call("res.thing", "name")
            self.assertEqual(reply, {"a": ["bc"]})

    def test_large_numbers(self):
        """Also over XML-RPC, whose whole numbers end at 32 bits."""
        numbers = [0, 2**31 - 1, -(2**31), 2**31, 3_000_000_000, -(2**40), True, 1.5]
        got = []
        self.fake.on("res.thing", "take", lambda values: got.append(values))
        for protocol in PROTOCOLS:
            self.client(protocol=protocol).call("res.thing", "take", numbers)
        self.assertEqual(got, [numbers, numbers])
        self.assertIs(got[0][6], True)

    def test_keep_alive(self):
        proxy = self.proxy()
        accepted = []
        serve = proxy._serve
        proxy._serve = lambda client: (accepted.append(1), serve(client))
        client = self.client(proxy.url)
        for _time in range(5):
            client.call("res.thing", "do")
        self.assertEqual(len(accepted), 1)

    def test_repr_hides_password(self):
        self.assertNotIn("secret", repr(self.client()))
