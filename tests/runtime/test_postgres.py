"""The private cluster: shared, stopped with its last user, restarted after a crash."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tools import postgres
from tools.console import Problem
from tools.paths import ROOT, work_dir

USER = """
import sys
sys.path.insert(0, {root!r})
from tools.postgres import Postgres
server = Postgres()
server.start()
print(server.host, server.execute("SELECT pg_backend_pid()")[0][0], flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def own(work, monkeypatch):
    for name in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)
    yield
    shutil.rmtree(postgres._home(postgres.server_user()))


def postmaster(host):
    """Return the pid of the server that listens in this folder, None if none does."""
    try:
        with open(f"{host}/.s.PGSQL.5432.lock") as lock:
            pid = int(lock.readline())
            os.kill(pid, 0)
            return pid
    except (FileNotFoundError, ProcessLookupError):
        return None


def stopped(host, seconds=15):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if postmaster(host) is None:
            return True
        time.sleep(0.1)
    return False


def start_user():
    user = subprocess.Popen(
        [sys.executable, "-c", USER.format(root=str(ROOT))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    line = next(line for line in user.stdout if not line.startswith("["))
    return user, line.split()[0]


def end(user, number=None):
    if number:
        user.send_signal(number)
    user.stdin.close()
    user.wait(15)
    user.stdout.close()


def test_it_is_shared_and_stops_with_the_last_user(own):
    first, host = start_user()
    second, same_host = start_user()
    assert same_host == host
    running = postmaster(host)
    end(first)
    time.sleep(0.5)
    assert postmaster(host) == running  # the second still works with it
    end(second, signal.SIGKILL)  # not even a chance to clean up
    assert stopped(host)


def test_it_comes_up_again_after_a_crash(own):
    user, host = start_user()
    os.kill(postmaster(host), signal.SIGKILL)
    end(user)
    server = postgres.Postgres()
    server.start()
    assert server.execute("SELECT 1") == [(1,)]
    server.close()
    assert stopped(host)


def test_the_pid_file_of_a_crashed_server_is_no_obstacle(own, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n")  # reused by another
    postgres._forget_crashed(data)
    assert not (data / "postmaster.pid").exists()


def test_only_the_user_may_enter_and_no_port_is_open(own):
    server = postgres.Postgres()
    server.start()
    try:
        assert os.stat(server.host).st_mode & 0o077 == 0
        assert server.execute("SHOW listen_addresses") == [("",)]
        assert server.execute("SELECT rolname FROM pg_roles WHERE rolsuper") == [
            ("odoo",)
        ]
    finally:
        server.close()
    assert stopped(server.host)


def test_a_long_path_still_gets_a_short_socket(own, monkeypatch, tmp_path):
    monkeypatch.setenv("WORK_DIR", str(tmp_path / ("long" * 20) / ("path" * 20)))
    home = postgres._home(None)
    folder = postgres._socket_dir(home, None)
    try:
        assert len(f"{folder}/.s.PGSQL.5432") < 108
    finally:
        folder.rmdir()


def test_a_named_server_is_used_and_our_names_are_marked(own, monkeypatch):
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", "9")
    server = postgres.Postgres()
    assert server.prefix.startswith("vcrm_")
    with pytest.raises(Problem, match="does not answer"):
        server.start()
    assert not (work_dir() / "postgres").exists()


def test_no_postgresql_names_the_ways(own, monkeypatch, tmp_path):
    def refuse(*_args, **_kwargs):
        raise Problem("There is no apt-get on this machine.")

    monkeypatch.setattr(postgres, "_machine_binaries", lambda: None)
    monkeypatch.setattr(postgres.apt, "Apt", refuse)
    with pytest.raises(Problem) as caught:
        postgres.find_binaries(tmp_path / "package")
    for way in ("apt-get install postgresql", "PATH", "PGHOST"):
        assert way in str(caught.value)
