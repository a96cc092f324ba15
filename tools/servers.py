"""One running Odoo server: start, wait until it serves, watch its log, stop."""

import subprocess
import sys
import time
import urllib.error
import urllib.request

from tools import process
from tools.console import Problem
from tools.logs import complaints, tail

START_SECONDS = 120
# Odoo 19 warns at each call that XML-RPC will go in a later version.
DEPRECATED = tuple(
    f"odoo.addons.rpc.controllers.{name}:ERROR" for name in ("xmlrpc", "jsonrpc")
)


class OdooServer:
    """An Odoo server process on a database of its own, at 127.0.0.1.

    Threaded, with `crons` threads for scheduled actions (0: none run by themselves).
    Use it as a context manager, or `start()` and `stop()`; it can be started again.
    """

    def __init__(self, databases, database, port=None, crons=1, env=None, options=None):
        """`env`: more environment variables; `options`: more lines of odoo.conf."""
        self.databases, self.database = databases, database
        self.series = databases.odoo.series
        self.port = port or process.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = databases.logs / f"{database}.log"
        self.crons, self.env, self.options = crons, env or {}, options or {}
        self.process = None
        self.log.unlink(missing_ok=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        self.stop()

    @property
    def running(self):
        """Return whether the process is there."""
        return self.process is not None and self.process.poll() is None

    def start(self):
        """Start the server and wait until it serves pages of its database."""
        self.launch()
        self.wait_ready()
        return self

    def launch(self):
        """Start the server without waiting; several can so come up at once."""
        config = self.databases.config(
            f"server-{self.database}",
            db_name=self.database,
            http_port=self.port,
            max_cron_threads=self.crons,
            workers=0,
            **self.options,
        )
        command = [sys.executable, "-m", "odoo", "-c", config]
        command += [f"--log-handler={handler}" for handler in DEPRECATED]
        with self.log.open("ab") as output:
            self.process = process.spawn(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.databases.environment(**self.env),
                cwd=self.databases.data_dir,
            )

    def wait_ready(self):
        """Wait until it is healthy and can show the login page of its database."""
        deadline = time.monotonic() + START_SECONDS
        for path in ("/web/health", "/web/login"):
            while True:
                if not self.running:
                    raise Problem(self._died())
                status = self._status(path, deadline - time.monotonic())
                if status == 200:
                    break
                if status >= 500 or time.monotonic() > deadline:
                    raise Problem(
                        f"The server of {self.database} at {self.url}{path} answers "
                        f"{status or 'nothing'}. Its log {self.log} ends:\n"
                        + tail(self.log)
                    )
                time.sleep(0.2)

    def _status(self, path, timeout):
        try:
            with urllib.request.urlopen(
                self.url + path, timeout=max(timeout, 1)
            ) as page:
                return page.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def _died(self):
        text = tail(self.log)
        if "Address already in use" in text:
            return (
                f"Port {self.port} was taken by another program. Run again, or choose "
                "other ports: PORT_BASE=18100 make …"
            )
        return (
            f"The server of {self.database} stopped. Its log {self.log} ends:\n{text}"
        )

    def stop(self):
        """Stop the server gracefully."""
        if self.process:
            process.stop(self.process)

    def kill(self):
        """End the server at once, as a power cut would."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def complaints(self, allowed=()):
        """Return what the server logged at WARNING and above."""
        return complaints(self.log.read_text(errors="replace"), allowed)
