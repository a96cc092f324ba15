"""A database with the outbox, processes that deliver when told to, and a receiver.

The sender is an Odoo database with the fixture addon, served by processes of ours; the
receiver is a real HTTP server that counts its effects.
"""

import importlib.util
import json
import subprocess
import sys
import time
import urllib.request
from collections import Counter

from tools import process
from tools.paths import FIXTURES, ROOT


def _load(name):
    path = ROOT / "remote_odoo" / "tests" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


fake_odoo, fault_proxy = _load("fake_odoo"), _load("fault_proxy")

CONNECT = """
peer = env["remote.fixture.peer"].create({{
    "name": "Peer", "peer_url": {url!r}, "peer_db": "fake",
    "peer_username": "service", "peer_password": "secret"}})
result = peer.id
"""
SEND = """
notes = env["remote.fixture.note"].create([
    {{"name": name, "peer_id": {peer}, **{values!r}}} for name in {keys!r}])
for note in notes:
    note.action_send(note.name)
result = notes.ids
"""
DELIVER = 'env["remote.odoo.message"]._cron_deliver()'


class Worker:
    """An Odoo process that runs what it is told."""

    def __init__(self, databases, database):
        config = databases.config(f"worker-{database}")
        self.child = process.spawn(
            [sys.executable, FIXTURES / "remote_odoo_fixture" / "worker.py"]
            + [config, database],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=databases.environment(),
        )

    @classmethod
    def run(cls, databases, database, code):
        """Run this one piece of code and end."""
        worker = cls(databases, database).ready()
        try:
            return worker.do(code)
        finally:
            worker.kill()

    def ready(self):
        assert self.read() == "ready"
        return self

    def start(self, code):
        self.child.stdin.write(json.dumps(code) + "\n")
        self.child.stdin.flush()

    def read(self):
        line = self.child.stdout.readline()
        assert line, "the worker died"
        result = json.loads(line)
        assert not (isinstance(result, dict) and "error" in result), result["error"]
        return result

    def do(self, code):
        self.start(code)
        return self.read()

    def kill(self):
        self.child.kill()
        self.child.wait()


class Outbox:
    """The sender's database, its workers, the receiver and the proxy before it."""

    def __init__(self, databases, database):
        self.databases, self.database = databases, database
        self.fake = fake_odoo.FakeOdoo()
        self.fake.start()
        self.effects = Counter()
        self.fake.on("remote.fixture.receiver", "receive", self._receive)
        self.proxy = fault_proxy.FaultProxy(self.fake.host, self.fake.port)
        self.proxy.start()
        self.workers = []
        self.worker = self.another()
        self.peer = self.worker.do(CONNECT.format(url=self.proxy.url))

    def _receive(self, payload):
        """Receiving twice equals receiving once: the effect of a key is counted."""
        self.effects[payload["key"]] += payload["key"] not in self.effects
        return {"number": f"R/{payload['key']}"}

    def another(self):
        worker = Worker(self.databases, self.database)
        self.workers.append(worker)
        return worker.ready()

    def send(self, *keys, **values):
        return self.worker.do(SEND.format(peer=self.peer, keys=keys, values=values))

    def sql(self, query, *values):
        postgres = self.databases.postgres
        return postgres.execute(query, *values, database=self.database)

    def states(self):
        rows = self.sql("SELECT key, state FROM remote_odoo_message")
        return {key.partition(":")[2]: state for key, state in rows}

    def lease_runs_out(self):
        self.sql(
            "UPDATE remote_odoo_message SET lease_until = now() at time zone 'UTC' "
            "- interval '1 second' WHERE state = 'sending'"
        )

    def no_waits(self):
        self.sql(
            "UPDATE remote_odoo SET next_probe = now() at time zone 'UTC' "
            "- interval '1 second' WHERE next_probe IS NOT NULL"
        )
        self.sql(
            "UPDATE remote_odoo_message SET next_attempt = now() at time zone 'UTC' "
            "- interval '1 second' WHERE state = 'pending'"
        )

    def calls(self):
        return [
            call[3]["payload"]["key"]
            for call in self.fake.calls
            if call[1] == "receive"
        ]

    def close(self):
        for worker in self.workers:
            worker.kill()
        self.proxy.stop()
        self.fake.stop()


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def serves(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/web/health", timeout=5):
            return True
    except OSError:
        return False
