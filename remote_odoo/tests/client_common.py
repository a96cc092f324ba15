import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from odoo.tests import BaseCase

from ..client import OdooClient
from .fake_odoo import FakeOdoo
from .fault_proxy import FaultProxy

PROTOCOLS = ("xmlrpc", "jsonrpc")


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
