"""Certificates: a sentence for each fault, and nothing sent."""

import ipaddress
import os
import socket
import ssl
import tempfile
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from odoo.tests import tagged

from ..errors import OutcomeUnknown, Unreachable, Untrusted
from .client_common import ClientCase


@tagged("post_install", "-at_install")
class TestTls(ClientCase):
    def certificate(self, name="127.0.0.1", days=2, since=-9, issuer=None):
        """Return a server's TLS context and the file of its certificate, which is
        self-signed unless it has an ``issuer`` (that nobody knows)."""
        key = ec.generate_private_key(ec.SECP256R1())
        signer = ec.generate_private_key(ec.SECP256R1()) if issuer else key
        now = datetime.now(timezone.utc)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        try:
            alternative = x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            alternative = x509.DNSName(name)
        certificate = (
            x509.CertificateBuilder(
                x509.Name(
                    [x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer or name)]
                ),
                subject,
                key.public_key(),
            )
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=since))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
            .sign(signer, hashes.SHA256())
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

        for values, text in (
            ({"name": "other.example.com"}, "another host than 127.0.0.1"),
            ({"days": -1}, "has expired"),
            ({"since": 1}, "not valid yet"),
            ({"issuer": "Nobody CA"}, "an authority unknown"),
        ):
            context, bundle = self.certificate(**values)
            url = self.serve(reply, context=context)
            with self.assertRaisesRegex(Untrusted, text):
                call(url, bundle)
            self.assertFalse(self.server.headers_seen, "nothing was sent")
        context, bundle = self.certificate()
        url = self.serve(reply, context=context)
        with self.assertRaisesRegex(Untrusted, "self-signed"):
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
