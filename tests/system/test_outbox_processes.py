"""The outbox among real processes: at once, killed at each step, and woken."""

import statistics
import subprocess
import sys
import time
from collections import Counter

import pytest
from outbox_workers import (
    CONNECT,
    DELIVER,
    SEND,
    Outbox,
    fault_proxy,
    serves,
    wait_until,
)

from tools import process


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
