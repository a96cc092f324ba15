"""PostgreSQL: the server that $PGHOST names, else a private one that stops with us.

The private cluster is shared by all commands that run at once in this work directory.
Each holds a shared lock on one file; a keeper process, which started the server, waits
for the exclusive lock and stops the server when it gets it: so the server ends with
the last user, however that one ended, and is never stopped under another.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tools import apt
from tools.console import Problem, say, step
from tools.paths import ROOT, digest, locked, work_dir

USER = "odoo"  # Odoo refuses to work as the role `postgres`
PACKAGE = "postgresql"


class Postgres:
    """Where the server is and who we are there; usable after `start()`."""

    def __init__(self):
        self.external = bool(os.environ.get("PGHOST"))
        self.host = os.environ.get("PGHOST")
        self.port = os.environ.get("PGPORT") or "5432"
        self.user = os.environ.get("PGUSER") or USER
        self.password = os.environ.get("PGPASSWORD") or ""
        self._user_lock = None

    @property
    def prefix(self):
        """Return what our databases' names begin with: nothing in a cluster of ours."""
        return f"vcrm_{digest(str(work_dir()))[:6]}_" if self.external else ""

    def start(self):
        """Make sure the server answers, and hold it until `close()`."""
        if self.external:
            say(f"PostgreSQL: the server at {self.host}, as PGHOST says")
        else:
            self._start_own()
        self.connect("postgres").close()

    def close(self):
        """Let go of the server; a private one stops when nobody else holds it."""
        if self._user_lock:
            self._user_lock.close()
            self._user_lock = None

    def connect(self, database):
        """Return an autocommit connection."""
        import psycopg2  # in the venv only

        try:
            connection = psycopg2.connect(dbname=database, **self.arguments())
        except psycopg2.OperationalError as error:
            raise Problem(f"PostgreSQL does not answer: {error}".strip()) from error
        connection.autocommit = True
        return connection

    def arguments(self):
        """Return the keywords of a connection, without the database."""
        values = {"host": self.host, "port": self.port, "user": self.user}
        return values | ({"password": self.password} if self.password else {})

    def execute(self, query, *values, database="postgres"):
        """Run one statement and return its rows, if it has any."""
        with contextlib.closing(self.connect(database)) as connection:
            with connection.cursor() as cursor:
                cursor.execute(query, values)
                return cursor.fetchall() if cursor.description else []

    # --- the private cluster ---

    def _start_own(self):
        owner = server_user()
        home = _home(owner)
        self.host, self.port, self.user = str(_socket_dir(home, owner)), "5432", USER
        with locked("postgres"):
            lock = (home / "users.lock").open("a")
            # Waits while a keeper is just stopping the server.
            fcntl.flock(lock, fcntl.LOCK_SH)
            self._user_lock = lock
            if not self._answers():
                self._launch(home, owner)

    def _answers(self):
        try:
            self.connect("postgres").close()
        except Problem:
            return False
        return True

    def _launch(self, home, owner):
        binaries, environment = find_binaries(home / "package")
        version = _version(binaries, environment)
        data = home / f"data-{version}"
        log = home / "server.log"
        if not (data / "ready").exists():
            with step(f"A private PostgreSQL {version} cluster"):
                _init(binaries, environment, data, owner)
        else:
            say(f"PostgreSQL {version}: starting the private cluster")
        _forget_crashed(data)
        keeper = [sys.executable, ROOT / "tools" / "postgres_keeper.py"]
        keeper += [home / "users.lock", log, owner.pw_uid if owner else -1]
        keeper += [binaries / "postgres", "-D", data, "-k", self.host]
        process = subprocess.Popen(
            [str(part) for part in keeper],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd=home,
        )
        for _wait in range(300):
            if self._answers():
                return
            if process.poll() is not None:
                break
            time.sleep(0.2)
        tail = log.read_text(errors="replace")[-600:] if log.exists() else ""
        raise Problem(
            f"The private PostgreSQL did not start. Its log {log} ends:\n{tail}\n"
            f"Its databases can all be made again: remove {data} and run again."
        )


def server_user():
    """Return the user the server has to run as: None means we are fit ourselves."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Problem(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` "
        "to run it as. Run as an ordinary user, or set PGHOST to a running server."
    )


def _home(owner):
    """Return the folder of the cluster: where its user can reach it."""
    home = work_dir() / "postgres"
    if owner and not all(p.stat().st_mode & 0o001 for p in home.parents):
        home = Path("/var/tmp") / f"vehicle-crm-{digest(str(work_dir()))}"
    home.mkdir(exist_ok=True)
    if home.stat().st_uid != os.geteuid():
        raise Problem(f"{home} belongs to somebody else. Remove it, or set WORK_DIR.")
    home.chmod(0o755)
    return home


def _socket_dir(home, owner):
    """Return a folder for the socket that only we and the server get into."""
    # A socket's address has at most 107 bytes, the project's path may have more.
    folder = home / "socket"
    if len(str(folder)) > 80:
        name = f"vehicle-crm-{os.geteuid()}-{digest(str(home))}"
        folder = Path(tempfile.gettempdir()) / name
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid not in {os.geteuid(), owner.pw_uid if owner else -1}:
        raise Problem(f"{folder} belongs to somebody else. Remove it, or set TMPDIR.")
    folder.chmod(0o700)
    if owner:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    return folder


def _init(binaries, environment, data, owner):
    """Make a new cluster in `data`, in place of what a broken run may have left."""
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    if owner:
        os.chown(data, owner.pw_uid, owner.pw_gid)
    command = [binaries / "initdb", "-D", data, "-U", USER, "-A", "trust"]
    command += ["-E", "UTF8", "--locale=C", "--no-sync"]
    as_owner = {"user": owner.pw_uid, "group": owner.pw_gid} if owner else {}
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=environment,
        cwd="/",
        check=False,
        **(as_owner | ({"extra_groups": []} if owner else {})),
    )
    if done.returncode:
        raise Problem(f"PostgreSQL could not make a cluster in {data}: {done.stderr}")
    with (data / "postgresql.conf").open("a") as settings:
        # Only rows that can be made again are kept here: speed before durability.
        settings.write(
            "listen_addresses = ''\nfsync = off\nsynchronous_commit = off\n"
            "full_page_writes = off\nmax_connections = 200\nshared_buffers = 256MB\n"
            "max_wal_size = 4GB\nautovacuum = on\njit = off\n"
            "log_min_messages = warning\nlog_min_error_statement = panic\n"
        )
    (data / "ready").touch()


def _forget_crashed(data):
    """Remove the pid file of a server that is gone, lest it keep ours from starting.

    PostgreSQL sees to it itself, but not where another process has got that pid.
    """
    pidfile = data / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError, IndexError, ValueError):
        pid = int(pidfile.read_text().splitlines()[0])
        command = Path(f"/proc/{pid}/cmdline")
        if Path("/proc/self").exists() and not (
            command.exists() and os.fsencode(data) in command.read_bytes()
        ):
            pidfile.unlink()


def find_binaries(root):
    """Return the folder of the server's programs, and the environment they need.

    `root`: where to unpack them if the machine has none.
    """
    found = _machine_binaries()
    if found:
        return found, None
    if not _unpacked(root):
        _unpack(root)
    libraries = sorted({str(file.parent) for file in root.glob("usr/lib/**/*.so*")})
    environment = dict(os.environ, LD_LIBRARY_PATH=":".join(libraries))
    return _unpacked(root), environment


def _machine_binaries():
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if shutil.which("pg_config"):
        output = subprocess.run(
            ["pg_config", "--bindir"], capture_output=True, text=True, check=False
        ).stdout.strip()
        folders.append(Path(output))
    folders += [Path(p) for p in os.environ.get("PATH", "").split(os.pathsep) if p]
    for folder in folders:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder.resolve()
    return None


def _unpacked(root):
    found = sorted(root.glob("usr/lib/postgresql/*/bin"))
    return found[-1] if found else None


def _unpack(root):
    """Take the distribution's package, unpacked beside the project."""
    from tools.odoo import unpacked_whole

    say("PostgreSQL: none here, taking the distribution's own package, unpacked")
    try:
        source = apt.Apt("machine-missing", installed=True)
        source.update()
        with unpacked_whole(root) as folder:
            source.unpack(source.missing(PACKAGE), folder)
            folder.chmod(0o755)
    except Problem as error:
        raise Problem(
            f"There is no PostgreSQL. {error} Ways to get one: install it "
            "(apt-get install postgresql), put its programs on the PATH, or set "
            "PGHOST, PGUSER and PGPASSWORD to a running server."
        ) from error


def _version(binaries, environment):
    output = subprocess.run(
        [binaries / "postgres", "--version"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if output.returncode:
        raise Problem(f"{binaries}/postgres does not run: {output.stderr.strip()}")
    return output.stdout.split()[2].split(".")[0]
