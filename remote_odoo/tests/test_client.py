"""The client at the wire: a real local server, and a proxy that breaks calls."""

import gzip
import ipaddress
import json
import os
import socket
import ssl
import tempfile
import threading
import time
import xmlrpc.client
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.tests import BaseCase, tagged

from ..client import OdooClient, is_private
from ..errors import BadReply, Denied, OutcomeUnknown, Rejected, Unreachable
from .fake_odoo import FakeOdoo, Fault
from .fault_proxy import FaultProxy

PROTOCOLS = ("xmlrpc", "jsonrpc")


class ClientCase(BaseCase):
    def setUp(self):
        super().setUp()
        self.fake = FakeOdoo()
        self.fake.start()
        self.addCleanup(self.fake.stop)
        self.fake.on("res.thing", "do", lambda *args, **kwargs: {"ok": 1})

    def client(self, url=None, **kwargs):
        kwargs = {"protocol": "xmlrpc", "uid": 7, **kwargs}
        password = kwargs.pop("password", "secret")
        client = OdooClient(
            url or self.fake.url,
            kwargs.pop("db", "fake"),
            "service",
            password,
            **kwargs,
        )
        client.__enter__()
        self.addCleanup(client.__exit__)
        return client

    def proxy(self, mode="ok"):
        proxy = FaultProxy(self.fake.host, self.fake.port, mode)
        proxy.start()
        self.addCleanup(proxy.stop)
        return proxy


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

    def test_control_characters(self):
        """What no XML may hold is left out, both ways, instead of failing the page."""
        self.fake.on("res.thing", "echo", lambda text: text.replace("V", "\x0b"))
        self.assertEqual(self.client().call("res.thing", "echo", "a\x00b\x1fVc"), "abc")

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


@tagged("post_install", "-at_install")
class TestFaults(ClientCase):
    """Each failure of an Odoo: which error, and a sentence without a traceback."""

    def check(self, error, text, function, **kwargs):
        for protocol in PROTOCOLS:
            for series in ("12.0", "18.0", "19.0"):
                self.fake.series = series
                with self.subTest(protocol=protocol, series=series):
                    with self.assertRaises(error) as caught:
                        function(self.client(protocol=protocol, **kwargs))
                    self.assertIn(text, str(caught.exception))
                    for word in ("Traceback", "File ", "\n", "secret"):
                        self.assertNotIn(word, str(caught.exception))
                    last = caught.exception
        return last

    def raising(self, error):
        def handler(*args, **kwargs):
            raise error

        self.fake.on("res.thing", "fail", handler)
        return lambda client: client.call("res.thing", "fail")

    def test_login(self):
        """A40, A52: wrong password, expired key."""
        error = self.check(
            Denied, "Access Denied", lambda c: c.authenticate(), password="wrong"
        )
        self.assertEqual(error.what, "login")
        error = self.check(
            Denied, "Access Denied", lambda c: c.call("res.thing", "do"), password="no"
        )
        self.assertEqual(error.what, "login")

    def test_database(self):
        error = self.check(
            Denied, "Database not found: nodb", lambda c: c.authenticate(), db="nodb"
        )
        self.assertEqual(error.what, "database")

    def test_rights(self):
        for text in (
            "You are not allowed to access 'Thing' (res.thing) records.\n\nThis "
            "operation is allowed for the following groups:\n\t- Settings",
            "Sorry, you are not allowed to access this document. Please contact your "
            "administrator.\n\n(Document model: res.thing)",
        ):
            error = self.check(
                Denied, "no rights on model res.thing", self.raising(AccessError(text))
            )
            self.assertEqual(error.what, "model")

    def test_missing_model_and_method(self):
        error = self.check(
            Denied, "no model no.model", lambda c: c.call("no.model", "read", [])
        )
        self.assertEqual(error.what, "model")
        error = self.check(
            Denied, "does not know this method", lambda c: c.call("res.thing", "nope")
        )
        self.assertEqual(error.what, "model")

    def test_rejected_keeps_the_sentence(self):
        """The sentence of the peer is kept verbatim, its traceback is not."""
        for error, text in (
            (UserError("Unknown brand FOTON"), "Unknown brand FOTON"),
            (ValidationError("Not a good name."), "Not a good name."),
            (MissingError("Record does not exist."), "Record does not exist."),
            (
                ValueError("Wrong value for cheryweb.quotation.status: 'synced'"),
                "Wrong value for cheryweb.quotation.status: 'synced'",
            ),
            (
                ValueError("Invalid field 'nofield' on model 'res.thing'"),
                "Invalid field 'nofield' on model 'res.thing'",
            ),
        ):
            self.check(Rejected, text, self.raising(error))

    def test_rejected_hides_people_and_secrets(self):
        self.check(
            Rejected,
            "Bad: … or … with ***",
            self.raising(
                UserError("Bad: juan@example.com or +63 917 555 0101 with secret")
            ),
        )

    def test_integrity(self):
        error = Fault(
            "psycopg2.IntegrityError",
            'null value in column "x" of relation "res_partner"\n'
            "DETAIL:  Failing row contains (1, Juan dela Cruz).",
        )
        error = self.check(Rejected, "missing or not unique", self.raising(error))
        self.assertNotIn("Juan", str(error))

    def test_database_busy(self):
        for name in (
            "psycopg2.OperationalError",
            "psycopg2.errors.SerializationFailure",
            "psycopg2.extensions.TransactionRollbackError",
            "psycopg2.extensions.QueryCanceledError",
            "psycopg2.errors.AdminShutdown",
            "psycopg2.errors.ReadOnlySqlTransaction",
            "odoo.exceptions.ConcurrencyError",
            "odoo.sql_db.PoolError",
        ):
            self.check(
                Unreachable, "busy or down", self.raising(Fault(name, "could not …"))
            )

    def test_database_that_comes_back(self):
        """Starting, restarting, full: not a wrong name, and nobody need act."""
        for text in (
            "FATAL:  the database system is starting up",
            "FATAL:  the database system is shutting down",
            "FATAL:  sorry, too many clients already",
            "FATAL:  remaining connection slots are reserved for roles",
            "FATAL:  terminating connection due to administrator command",
        ):
            error = Fault("psycopg2.OperationalError", f"connection failed: {text}\n")
            self.check(Unreachable, "busy or down", self.raising(error))
        error = Fault("psycopg2.OperationalError", "FATAL:  no existe la base «x»\n")
        error = self.check(Denied, "cannot open", self.raising(error))
        self.assertEqual(error.what, "database")

    def test_odoo_12_exception(self):
        """Odoo 12 answers a ValidationError as code 1 with ("text", None)."""
        self.fake.series = "12.0"
        handler = self.raising(ValidationError('The plate\'s "code" is wrong'))
        with self.assertRaises(Rejected) as caught:
            handler(self.client())
        self.assertEqual(str(caught.exception), 'The plate\'s "code" is wrong')

    def test_account_gone(self):
        """A kept uid whose account was deleted asks for a login, and no other."""
        text = "Record does not exist or has been deleted.\n(Record: res.users({}), …)"
        handler = self.raising(MissingError(text.format("7,")))
        self.check(Denied, "no longer exists", handler)
        handler = self.raising(MissingError(text.format("8,")))
        self.check(Rejected, "does not exist", handler)


@tagged("post_install", "-at_install")
class TestWire(ClientCase):
    """Each fault of a network: which error, and how many requests were sent."""

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

    def test_environment_proxy(self):
        """The proxy of the environment is used; one that is down says so."""
        with patch.dict("os.environ", {"http_proxy": "http://127.0.0.1:9"}):
            with self.assertRaisesRegex(Unreachable, "proxy"):
                self.client(self.fake.url).call("res.thing", "do")


class Answer(BaseHTTPRequestHandler):
    """Answers every POST with ``reply`` of its server."""

    def log_message(self, *args):
        """Stay silent."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.headers_seen.append(self.headers)
        self.send_response(200)
        for name, value in self.server.reply_headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.reply)))
        self.end_headers()
        self.wfile.write(self.server.reply)


@tagged("post_install", "-at_install")
class TestReplies(ClientCase):
    def serve(self, reply, headers=None, context=None):
        server = HTTPServer(("127.0.0.1", 0), Answer)
        server.reply, server.reply_headers = reply, headers or {}
        server.headers_seen = []
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        scheme = "https" if context else "http"
        self.server = server
        return f"{scheme}://127.0.0.1:{server.server_port}"

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

    def certificate(self, name="127.0.0.1", days=2):
        """Return a server's TLS context and the file of its self-signed certificate."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(timezone.utc)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        try:
            alternative = x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            alternative = x509.DNSName(name)
        certificate = (
            x509.CertificateBuilder(subject, subject, key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=9))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
            .sign(key, hashes.SHA256())
        )
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        file = Path(folder.name, "both.pem")
        file.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context, str(file)

    def test_tls(self):
        """A sentence for each fault of a certificate; off means off."""
        reply = b'{"jsonrpc": "2.0", "result": 1}'

        def call(url, bundle="", verify=True):
            with patch.dict("os.environ", {"REQUESTS_CA_BUNDLE": bundle}):
                client = self.client(url, protocol="jsonrpc", verify=verify)
                return client.call("a", "b")

        for name, days, text in (
            ("other.example.com", 2, "another host than 127.0.0.1"),
            ("127.0.0.1", -1, "has expired"),
        ):
            context, bundle = self.certificate(name, days)
            url = self.serve(reply, context=context)
            with self.assertRaisesRegex(Unreachable, text):
                call(url, bundle)
            self.assertFalse(self.server.headers_seen, "nothing was sent")
        context, bundle = self.certificate()
        url = self.serve(reply, context=context)
        with self.assertRaisesRegex(Unreachable, "self-signed"):
            call(url)
        self.assertFalse(self.server.headers_seen)
        self.assertEqual(call(url, bundle), 1)
        self.assertEqual(call(url, bundle, verify=False), 1)
        self.assertEqual(call(url, verify=False), 1)

    def test_tls_broken_after_the_request(self):
        """It was open, so the request may have been read: not "nothing was done"."""
        context, bundle = self.certificate()
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def serve():
            with context.wrap_socket(listener.accept()[0], server_side=True) as tls:
                tls.recv(65536)
                with socket.socket(fileno=os.dup(tls.fileno())) as raw:
                    raw.sendall(b"this is no record of TLS " * 9)
                    time.sleep(0.2)

        threading.Thread(target=serve, daemon=True).start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with patch.dict("os.environ", {"REQUESTS_CA_BUNDLE": bundle}):
            with self.assertRaisesRegex(OutcomeUnknown, "broke off"):
                self.client(url).call("a", "b")

    def test_tls_to_plain_http(self):
        url = self.serve(b"").replace("http:", "https:")
        with self.assertRaisesRegex(Unreachable, "does not speak https"):
            self.client(url).call("a", "b")
