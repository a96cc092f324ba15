"""A headless chromium that is shown pages and asked for pictures of them."""

import base64
import json
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from tools import process
from tools.console import Problem

SECONDS = 180  # the first page builds the assets


class Browser:
    """One page of a chromium, steered over its debugging port. A context manager."""

    def __init__(self, program, width=1200, height=760):
        self.program, self.size = program, (width, height)
        self._number = 0

    def __enter__(self):
        import websocket  # in the venv only

        self._folder = tempfile.TemporaryDirectory()
        self._process = process.spawn(
            [
                self.program,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
                "--remote-allow-origins=*",
                f"--user-data-dir={self._folder.name}",
                "--window-size={},{}".format(*self.size),
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        told = Path(self._folder.name, "DevToolsActivePort")
        self._wait("the browser to start", lambda: told.exists() and told.read_text())
        port = told.read_text().split()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=10) as all:
            page = next(page for page in json.load(all) if page["type"] == "page")
        self._socket = websocket.create_connection(
            page["webSocketDebuggerUrl"], timeout=SECONDS
        )
        width, height = self.size
        self.tell(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        return self

    def __exit__(self, *_error):
        self._socket.close()
        process.stop(self._process)
        self._folder.cleanup()

    def tell(self, method, **parameters):
        """Send one command of the browser's protocol and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise Problem(f"The browser refused {method}: {answer['error']}")
                return answer["result"]

    def evaluate(self, expression):
        """Return the value of a JavaScript expression in the page."""
        answer = self.tell(
            "Runtime.evaluate", expression=expression, returnByValue=True
        )
        return answer["result"].get("value")

    def log_in(self, url, database, login, password):
        """Be this user from now on; two servers of one host share the cookie."""
        body = {"db": database, "login": login, "password": password}
        request = urllib.request.Request(
            f"{url}/web/session/authenticate",
            json.dumps({"jsonrpc": "2.0", "params": body}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=SECONDS) as reply:
            cookie = reply.headers["Set-Cookie"].split(";")[0]
        name, value = cookie.split("=", 1)
        self.tell("Network.clearBrowserCookies")
        self.tell("Network.setCookie", name=name, value=value, url=url)

    def show(self, url, selector):
        """Open a page and wait until it has `selector` and is at rest."""
        self.tell("Page.navigate", url=url)
        there = f"!!document.querySelector({json.dumps(selector)})"
        rest = (
            "!document.querySelector('.o_loading_indicator, .o_blockUI')"
            " && [...document.images].every(image => image.complete)"
        )
        self._wait(f"{selector} on {url}", lambda: self.evaluate(f"{there} && {rest}"))
        time.sleep(1.5)  # animations, and what is drawn on a canvas

    def picture(self):
        """Return what the page shows as a PNG."""
        return base64.b64decode(self.tell("Page.captureScreenshot")["data"])

    def _wait(self, what, condition):
        deadline = time.monotonic() + SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise Problem(f"Waited {SECONDS} s in vain for {what}.")
            time.sleep(0.2)
