"""The outbox among real processes: at once, killed at each step, and woken.

The sender is an Odoo database with the fixture addon, served by processes of ours that
deliver when told to; the receiver is a real HTTP server that counts its effects.
"""

import importlib.util
import json
import statistics
import subprocess
import sys
import time
import urllib.request
from collections import Counter

import pytest

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


@pytest.fixture(scope="session")
def template(pair, runtime):
    """One database for each series; a pair of two series has nothing new to show."""
    if pair[0] != pair[1]:
        pytest.skip("the outbox of one series is enough")
    return pair[0], runtime.database(pair[0], "outbox", ["remote_odoo_fixture"])


@pytest.fixture
def outbox(runtime, template):
    series, source = template
    name = runtime.clone(series, source, "outbox_test")
    outbox = Outbox(runtime.databases[series], name)
    yield outbox
    outbox.close()


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


def test_two_processes_at_once(outbox):
    """Two deliver the same rows at the same time: each message is sent once."""
    keys = [f"k{number}" for number in range(60)]
    outbox.send(*keys)
    second = outbox.another()
    for _round in range(3):
        outbox.worker.start(DELIVER)
        second.start(DELIVER)
        outbox.worker.read()
        second.read()
    assert set(outbox.states().values()) == {"done"}
    assert Counter(outbox.calls()) == Counter(keys)


def test_two_processes_two_peers(outbox):
    """A peer that hangs holds one process up; the other serves the other peer."""
    slow = fault_proxy.FaultProxy(outbox.fake.host, outbox.fake.port, "hang_before")
    slow.start()
    dead = outbox.worker.do(CONNECT.format(url=slow.url))
    outbox.worker.do(SEND.format(peer=dead, keys=["dead"], values={}))
    outbox.send("alive")
    second = outbox.another()
    outbox.worker.start(DELIVER)
    wait_until(lambda: slow.seen)
    started = time.monotonic()
    second.do(DELIVER)
    assert time.monotonic() - started < 5
    assert outbox.states() == {"dead": "sending", "alive": "done"}
    slow.stop()


@pytest.mark.parametrize(
    "mode, reached", [("hang_before", 0), ("hang", 1)], ids=["unsent", "sent"]
)
def test_killed_while_sending(outbox, mode, reached):
    """SIGKILL with the call on its way: sent again when the lease ran out."""
    outbox.send("k1")
    outbox.proxy.script([mode] if mode != "hang" else ["ok", mode])
    if mode == "hang_before":
        outbox.worker.do(  # the login passed before; now it hangs before the call
            'env["remote.odoo"].search([("owner_model", "=", "remote.fixture.peer")])'
            ".uid = 7"
        )
    outbox.worker.start(DELIVER)
    wait_until(lambda: outbox.proxy.seen[-1:] == [mode])
    wait_until(lambda: len(outbox.calls()) == reached)
    outbox.worker.kill()
    assert outbox.states() == {"k1": "sending"}
    rescuer = outbox.another()
    rescuer.do(DELIVER)
    assert outbox.states() == {"k1": "sending"}, "the lease still runs"
    outbox.lease_runs_out()
    rescuer.do(DELIVER)
    assert outbox.states() == {"k1": "done"}
    assert outbox.effects == {"k1": 1}
    assert len(outbox.calls()) == reached + 1


def test_killed_while_applying(outbox):
    """SIGKILL after the reply was stored: applied without sending again."""
    (note,) = outbox.send("k1", pause=60)
    outbox.worker.start(DELIVER)
    wait_until(lambda: outbox.sql("SELECT 1 FROM remote_odoo_message WHERE replied"))
    outbox.worker.kill()
    assert outbox.states() == {"k1": "sending"}
    outbox.lease_runs_out()
    outbox.sql("UPDATE remote_fixture_note SET pause = 0")
    outbox.another().do(DELIVER)
    assert outbox.states() == {"k1": "done"}
    assert outbox.calls() == ["k1"]
    assert outbox.sql("SELECT received FROM remote_fixture_note") == [("R/k1",)]


def test_killed_again_and_again(outbox):
    """Killed at any moment, five times: no message lost, each effect once."""
    keys = [f"k{number}" for number in range(20)]
    outbox.send(*keys)
    outbox.worker.kill()
    for number in range(5):
        worker = outbox.another()
        worker.start(DELIVER)
        time.sleep(0.04 * number)
        worker.kill()
        outbox.lease_runs_out()
        outbox.no_waits()
    last = outbox.another()
    last.do(DELIVER)
    assert set(outbox.states().values()) == {"done"}, outbox.states()
    assert outbox.effects == {key: 1 for key in keys}


def test_serialization_failure_of_the_sender(outbox):
    """The user's transaction is run again by Odoo: one message, sent once."""
    (note,) = outbox.send("first")
    outbox.worker.do(DELIVER)
    runs = outbox.worker.do(
        f"""
from odoo.service.model import retrying
runs = []
def request():
    runs.append(1)
    note = env["remote.fixture.note"].browse({note})
    note.name  # the snapshot
    if len(runs) == 1:
        with registry.cursor() as other:
            other.execute("UPDATE remote_fixture_note SET refused = 'x'")
    note.action_send("again")
    note.name = "changed"
    env.flush_all()
retrying(request, env)
result = len(runs)
"""
    )
    assert runs == 2
    outbox.worker.do(DELIVER)
    assert outbox.states() == {"first": "done", "again": "done"}
    assert Counter(outbox.calls())["again"] == 1


def test_same_key_at_once(outbox):
    """Two requests with one key: the second finds the row of the first."""
    (note,) = outbox.send("first")
    ids = outbox.worker.do(
        f"""
from odoo.service.model import retrying
def send(env):
    return env["remote.fixture.note"].browse({note})._remote_send(
        "note", env["remote.fixture.peer"].browse({outbox.peer}).remote_id,
        {{"key": "twin", "name": "x"}}, "twin").id
runs, ids = [], []
def request():
    runs.append(1)
    env["remote.fixture.note"].browse({note}).name  # the snapshot
    if len(runs) == 1:
        with registry.cursor() as other:
            ids.append(send(api.Environment(other, 1, {{}})))
    return send(env)
ids.append(retrying(request, env))
result = [len(runs), *ids]
"""
    )
    assert ids[0] == 2
    assert ids[1] == ids[2]


@pytest.mark.parametrize("workers", [0, 2], ids=["threaded", "processes"])
def test_starts_within_two_seconds(outbox, workers):
    """The commit wakes a cron worker: the first attempt begins within 2 s (median)."""
    port = process.free_port()
    config = outbox.databases.config(
        f"wake-{outbox.database}",
        db_name=outbox.database,
        http_port=port,
        gevent_port=process.free_port(),
        workers=workers,
        max_cron_threads=2,
    )
    server = process.spawn(
        outbox.databases.odoo_command(config),
        env=outbox.databases.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: serves(port), 90)  # then its cron workers listen
        outbox.send("warm")
        wait_until(lambda: "warm" in outbox.calls(), 90)
        waits = []
        for number in range(5):
            key = f"k{number}"
            outbox.send(key)
            committed = time.monotonic()
            wait_until(lambda key=key: key in outbox.calls(), 70)
            waits.append(time.monotonic() - committed)
            time.sleep(1.1)
    finally:
        process.stop(server)
    assert statistics.median(waits) < 2, waits


def test_neutralized_copy(runtime, outbox):
    """Odoo's own neutralize leaves an address that is none, no secret, no message."""
    outbox.send("waiting", "failed", "under way", "done")
    for key, state in (
        ("failed", "failed"),
        ("under way", "sending"),
        ("done", "done"),
    ):
        outbox.sql(
            "UPDATE remote_odoo_message SET state = %s WHERE key = %s",
            state,
            f"note:{key}",
        )
    outbox.worker.kill()
    databases = outbox.databases
    config = databases.config(f"neutralize-{outbox.database}")
    command = [sys.executable, "-m", "odoo", "neutralize", "-c", config]
    status = process.run(
        [*command, "-d", outbox.database],
        databases.logs / f"{outbox.database}.neutralize.log",
        env=databases.environment(),
    )
    assert status == 0
    rows = outbox.sql("SELECT url, secret_token, uid, connected FROM remote_odoo")
    assert rows == [("https://neutralized.invalid", None, None, False)]
    assert outbox.states() == {
        "waiting": "cancelled",
        "failed": "cancelled",
        "under way": "cancelled",
        "done": "done",
    }
    # And even what is sent anew from the copy goes nowhere.
    worker = outbox.another()
    worker.do(SEND.format(peer=outbox.peer, keys=["new"], values={}))
    worker.do(DELIVER)
    assert outbox.states()["new"] == "pending"
    assert not outbox.fake.posts


def test_dump_holds_no_clear_text(outbox):
    """R6, A31: the password is in no table of the database."""
    tables = outbox.sql(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        " AND table_type = 'BASE TABLE'"
    )
    outbox.worker.do(
        f'env["remote.fixture.peer"].browse({outbox.peer}).peer_password = "Zx9-hidden"'
    )
    outbox.worker.do(
        f'env["remote.fixture.peer"].browse({outbox.peer}).action_test_connection()'
    )
    for (table,) in tables:
        rows = outbox.sql(
            f'SELECT count(*) FROM "{table}" AS row WHERE row::text LIKE %s',
            "%Zx9-hidden%",
        )
        assert rows == [(0,)], table
