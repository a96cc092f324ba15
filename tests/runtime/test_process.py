"""Children end with us, their whole group too, and ports are free ones."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from tools import process
from tools.console import Problem
from tools.paths import ROOT

NAP = [sys.executable, "-c", "import time; time.sleep(60)"]
# A program that starts a child, prints its pid and waits.
PARENT = """
import sys, time
sys.path.insert(0, {root!r})
from tools import process
print(process.spawn({command!r}).pid, flush=True)
time.sleep(60)
"""


def alive(pid):
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def gone(pid, seconds=10):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not alive(pid):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_child_ends_with_its_parent_however_that_ends(number):
    code = PARENT.format(root=str(ROOT), command=NAP)
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    )
    child = int(parent.stdout.readline())
    assert alive(child)
    parent.send_signal(number)
    parent.wait(10)
    parent.stdout.close()
    assert gone(child)


def test_a_child_outlives_the_thread_that_asked_for_it():
    import threading

    started = []
    thread = threading.Thread(target=lambda: started.append(process.spawn(NAP)))
    thread.start()
    thread.join()
    time.sleep(0.3)
    assert started[0].poll() is None
    process.stop(started[0])
    assert started[0].poll() is not None


def test_stopping_a_deaf_child_takes_what_it_started_too(tmp_path):
    script = "trap '' INT; sleep 60 & echo $! > pid; echo; wait; sleep 60"
    child = process.spawn(
        ["sh", "-c", script], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    child.stdout.readline()
    child.stdout.close()
    grandchild = int((tmp_path / "pid").read_text())
    process.stop(child, patience=0.3)
    assert gone(grandchild)


def test_run_returns_the_status_and_keeps_the_output(tmp_path):
    log = tmp_path / "log"
    assert process.run(["sh", "-c", "echo out; echo err >&2; exit 3"], log) == 3
    assert log.read_text() == "out\nerr\n"


def test_a_taken_port_is_not_given_out(monkeypatch):
    monkeypatch.delenv("PORT_BASE", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert not process.is_free(taken)
        assert process.free_port(taken) != taken
    first = process.free_port()
    assert process.free_port(first) != first


def test_ports_can_be_chosen_and_a_taken_one_is_named(monkeypatch):
    monkeypatch.setattr(process, "_given_ports", set())
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        monkeypatch.setenv("PORT_BASE", str(taken))
        with pytest.raises(Problem, match=f"Port {taken} is taken"):
            process.free_port()
    assert process.free_port() == taken
