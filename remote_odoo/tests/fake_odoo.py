"""A real local HTTP server that speaks as an Odoo does, on both protocols.

Standard library only, so that tests/system can use it too.
"""

import json
import socket
import threading
import traceback
import xmlrpc.client
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Fault(Exception):
    """Raise it in a handler: ``Fault("odoo.exceptions.UserError", "text")``."""

    def __init__(self, name, message):
        super().__init__(message)
        self.name, self.message = name, message


def _name(error):
    if isinstance(error, Fault):
        return error.name
    return f"{type(error).__module__}.{type(error).__name__}"


class FakeOdoo:
    """``with FakeOdoo() as fake: fake.on("crm.lead", "read", lambda ids: [...])``.

    A handler gets the arguments of the call, returns the result, and may raise any
    exception (those of ``odoo.exceptions`` answer as Odoo does) or a ``Fault``.
    ``calls`` has ``(model, method, args, kwargs)`` in order; ``posts`` the paths of all
    requests; ``logins`` the passwords tried.
    """

    def __init__(
        self, db="fake", login="service", password="secret", series="18.0", port=0
    ):
        self.db, self.login, self.password, self.uid = db, login, password, 7
        self.series = series
        self.date = None  # what the header says, for a server with a clock of its own
        self.calls, self.posts, self.logins = [], [], []
        self._handlers, self._drop, self._open = {}, 0, []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._make_handler())
        self._server.daemon_threads = True
        self.host, self.port = self._server.server_address[:2]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc_info):
        self.stop()

    def start(self):
        threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        ).start()

    def stop(self):
        """Stop listening and, as a process that ends does, close what is open."""
        self._server.shutdown()
        self._server.server_close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def on(self, model, method, function):
        """Answer this method with ``function(*args, **kwargs)``."""
        self._handlers[model, method] = function

    def drop_next_reply(self, times=1):
        """Handle the next calls of a method, then close without an answer."""
        self._drop += times

    def count(self, model, method=None):
        return sum(
            1 for call in self.calls if call[0] == model and method in (None, call[1])
        )

    # -- dispatch --------------------------------------------------------------

    def _dispatch(self, service, method, args):
        if service == "common":
            return self._common(method, args)
        if service != "object" or method != "execute_kw":
            raise KeyError(method)
        db, uid, password, model, name, *rest = args
        self._check_database(db)
        if uid != self.uid or password != self.password:
            raise Fault("odoo.exceptions.AccessDenied", "Access Denied")
        args, kwargs = [*rest, [], {}][:2] if len(rest) < 2 else rest
        with self._lock:
            self.calls.append((model, name, args, kwargs))
        if (model, name) in self._handlers:
            return self._handlers[model, name](*args, **kwargs)
        if not any(model == known for known, _name in self._handlers):
            raise Fault("odoo.exceptions.UserError", f"Object {model} doesn't exist")
        raise Fault(
            "builtins.AttributeError", f"The method '{model}.{name}' does not exist"
        )

    def _common(self, method, args):
        if method == "version":
            major = int(self.series.split(".")[0])
            return {
                "server_version": self.series,
                "server_version_info": [major, 0, 0, "final", 0, ""],
                "server_serie": self.series,
                "protocol_version": 1,
            }
        if method in ("authenticate", "login"):
            self._check_database(args[0])
            self.logins.append(args[2])
            good = args[1:3] == [self.login, self.password]
            return self.uid if good else False
        raise KeyError(method)

    def _check_database(self, db):
        if db != self.db:
            raise Fault(
                "psycopg2.OperationalError",
                f'connection failed: FATAL:  database "{db}" does not exist\n',
            )

    # -- protocols -------------------------------------------------------------

    def _answer_json(self, body):
        request = json.loads(body)
        params, reply = request["params"], {"jsonrpc": "2.0", "id": request["id"]}
        try:
            result = self._dispatch(params["service"], params["method"], params["args"])
            if result is not None:
                reply["result"] = result
        except Exception as error:  # noqa: BLE001
            reply["error"] = {
                "code": 200 if self.series < "19" else 0,
                "message": "Odoo Server Error",
                "data": {
                    "name": _name(error),
                    "message": str(error),
                    "arguments": [str(error)],
                    "context": {},
                    "debug": f"{traceback.format_exc()}{_name(error)}: {error}\n",
                },
            }
        return json.dumps(reply).encode(), "application/json"

    def _answer_xml(self, service, body):
        args, method = xmlrpc.client.loads(body)
        try:
            result = self._dispatch(service, method, list(args))
            reply = xmlrpc.client.dumps((result,), methodresponse=True)
        except Exception as error:  # noqa: BLE001
            reply = xmlrpc.client.dumps(self._fault(error), methodresponse=True)
        return reply.encode(), "text/xml"

    def _fault(self, error):
        """Return the fault of ``xmlrpc_handle_exception_int`` of this series."""
        name, text = _name(error), str(error)
        short = name.rpartition(".")[2]
        plain = {"UserError": 2, "RedirectWarning": 2, "MissingError": 2}
        plain |= {"AccessDenied": 3, "AccessError": 4}
        if not self.series.startswith("12"):
            plain["ValidationError"] = 2
        if short in plain:
            return xmlrpc.client.Fault(plain[short], text)
        if self.series.startswith("12") and name.startswith("odoo.exceptions"):
            text = f"({text!r}, None)"
        frames = (
            "Traceback (most recent call last):\n"
            '  File "/opt/odoo/odoo/addons/base/controllers/rpc.py", line 63, in x\n'
            "    response = self._xmlrpc(service)\n"
        )
        return xmlrpc.client.Fault(
            1, f"{frames}{name.removeprefix('builtins.')}: {text}\n"
        )

    def _make_handler(self):
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                fake._open.append(self.connection)

            def log_message(self, *args):
                """Stay silent."""

            def date_time_string(self, timestamp=None):
                return fake.date or super().date_time_string(timestamp)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                fake.posts.append(self.path)
                before = len(fake.calls)
                if self.path == "/jsonrpc":
                    reply, kind = fake._answer_json(body)
                elif self.path.startswith("/xmlrpc/2/"):
                    reply, kind = fake._answer_xml(self.path.rpartition("/")[2], body)
                else:
                    self.send_error(404)
                    return
                if fake._drop and len(fake.calls) > before:
                    fake._drop -= 1
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

        return Handler
