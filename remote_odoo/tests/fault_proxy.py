"""A small TCP proxy that does to HTTP calls what networks do.

Standard library only. One mode for all calls (``mode``), or a script of modes, one for
each call, then ``mode`` again::

    with FaultProxy("127.0.0.1", 8069) as proxy:
        proxy.script(["cut_after", "ok"])
        client = OdooClient(proxy.url, …)

``forwarded`` counts the requests that reached the target, ``seen`` lists the modes.
"""

import socket
import struct
import threading
import time
from contextlib import suppress

MODES = (
    "ok",
    "refuse",  # the connection is closed at once, before anything is read
    "hang",  # the request reaches the target, its reply never comes
    "hang_before",  # neither goes through; the connection stays open
    "slow",  # the reply drips
    "cut_before",  # the request is read here and never reaches the target
    "cut_after",  # the target works, then the connection is cut
    "cut_reply",  # cut inside the reply
    "bad_gateway",  # 502 with a page
    "gateway_timeout",  # the target works, the caller gets 504
    "unavailable",  # 503
    "garbage",  # 200 with noise
    "html",  # 200 with a web page
    "wrong_length",  # Content-Length says more than there is
    "short_length",  # Content-Length says less
    "huge",  # a reply without end
    "redirect",  # to a login page
)
PAGE = b"<html><body><h1>Bad Gateway</h1></body></html>"


class FaultProxy:
    def __init__(self, target_host, target_port, mode="ok"):
        self.target = (target_host, target_port)
        self.mode, self.seen, self.forwarded = mode, [], 0
        self.drip = 0.05  # seconds between the bytes of a slow reply
        self._script, self._lock, self._closing = [], threading.Lock(), False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()
        self.url = f"http://{self.host}:{self.port}"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc_info):
        self.stop()

    def start(self):
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self._closing = True
        with suppress(OSError):  # closed before
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept()
        self._listener.close()

    def script(self, modes):
        """Use these modes for the next calls, then ``mode``."""
        with self._lock:
            self._script = list(modes)

    def _next_mode(self):
        with self._lock:
            mode = self._script.pop(0) if self._script else self.mode
            self.seen.append(mode)
            return mode

    def _accept(self):
        while not self._closing:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        """Serve the calls of one connection, as many as keep-alive brings."""
        client.settimeout(120)
        try:
            with client:
                if self._peek_mode() == "refuse":
                    self._next_mode()
                    self._reset(client)
                    return
                while request := self._read_message(client):
                    mode = self._next_mode()
                    if mode == "refuse":  # decided after the connection was open
                        mode = "cut_before"
                    if not getattr(self, f"_do_{mode}")(client, request):
                        return
        except OSError:
            return

    def _peek_mode(self):
        with self._lock:
            return self._script[0] if self._script else self.mode

    # -- modes: return whether the connection stays open -----------------------

    def _do_ok(self, client, request):
        client.sendall(self._forward(request))
        return True

    def _do_hang(self, client, request):
        self._forward(request)
        return self._wait(client)

    def _do_hang_before(self, client, request):
        return self._wait(client)

    def _do_slow(self, client, request):
        reply = self._forward(request)
        head = reply.index(b"\r\n\r\n") + 4
        client.sendall(reply[:head])
        for position in range(head, len(reply)):
            client.sendall(reply[position : position + 1])
            time.sleep(self.drip)
        return True

    def _do_cut_before(self, client, request):
        self._reset(client)

    def _do_cut_after(self, client, request):
        self._forward(request)
        self._reset(client)

    def _do_cut_reply(self, client, request):
        reply = self._forward(request)
        # Of a server that was killed meanwhile there is none.
        head = len(reply) - len(reply.partition(b"\r\n\r\n")[2])
        client.sendall(reply[: (head + len(reply)) // 2])

    def _do_bad_gateway(self, client, request):
        return self._answer(client, "502 Bad Gateway", PAGE)

    def _do_gateway_timeout(self, client, request):
        self._forward(request)
        return self._answer(client, "504 Gateway Time-out", PAGE)

    def _do_unavailable(self, client, request):
        return self._answer(client, "503 Service Unavailable", PAGE)

    def _do_garbage(self, client, request):
        return self._answer(client, "200 OK", b"\x00\xff\x17 noise \x9c", "text/xml")

    def _do_html(self, client, request):
        return self._answer(client, "200 OK", PAGE)

    def _do_wrong_length(self, client, request):
        reply = self._forward(request)
        body = reply[reply.index(b"\r\n\r\n") + 4 :]
        self._answer(client, "200 OK", body, "text/xml", len(body) + 100)

    def _do_short_length(self, client, request):
        reply = self._forward(request)
        body = reply[reply.index(b"\r\n\r\n") + 4 :]
        self._answer(client, "200 OK", body, "text/xml", len(body) - 20)

    def _do_huge(self, client, request):
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n")
        while not self._closing:
            client.sendall(b" " * 65536)

    def _do_redirect(self, client, request):
        head = (
            b"HTTP/1.1 303 See Other\r\nLocation: https://login.example.com/web/login"
        )
        client.sendall(head + b"\r\nContent-Length: 0\r\n\r\n")
        return True

    # -- plumbing --------------------------------------------------------------

    def _forward(self, request):
        with socket.create_connection(self.target, timeout=120) as target:
            target.sendall(request)
            with self._lock:
                self.forwarded += 1
            return self._read_message(target)

    def _answer(self, client, status, body, kind="text/html", length=None):
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n"
        head += f"Content-Length: {len(body) if length is None else length}\r\n\r\n"
        client.sendall(head.encode() + body)
        return True

    def _wait(self, client):
        while not self._closing and client.recv(65536):
            pass

    def _reset(self, client):
        # Linger 0: the peer gets a reset, as from a process that died.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _read_message(self, connection):
        """Return one HTTP message with its body, or nothing when closed."""
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = connection.recv(65536)
            if not chunk:
                return b""
            data += chunk
        head, _sep, body = data.partition(b"\r\n\r\n")
        length, chunked = 0, False
        for line in head.lower().split(b"\r\n")[1:]:
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
            chunked |= line.startswith(b"transfer-encoding:") and b"chunked" in line
        while len(body) < length or (chunked and not body.endswith(b"0\r\n\r\n")):
            chunk = connection.recv(65536)
            if not chunk:
                break
            body += chunk
        return head + b"\r\n\r\n" + body
