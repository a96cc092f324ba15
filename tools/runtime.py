"""Everything a command needs, up and later down: PostgreSQL, Odoo, databases, servers.

with Runtime("demo") as runtime:
    bpo = runtime.server("18.0", "bpo", ["bpo_crm_distributor_sync"])
    print(bpo.url, bpo.database, bpo.complaints())
"""

import contextlib
import fcntl

from tools import odoo, process
from tools.console import Problem, say
from tools.database import Databases, drop_leftovers
from tools.paths import work_dir
from tools.postgres import Postgres
from tools.servers import OdooServer


class Runtime:
    """The runtime of one command; several can be up in one work directory."""

    def __init__(self, name, series=(), every=False):
        """`name` begins the names of the databases.

        `series`: use only these; `every`: get each series that can be had.
        """
        self._name, self._wanted = name, set(series)
        self._every = every
        self.postgres = Postgres()
        self.databases = {}
        self._made, self._servers = [], []
        self._exit = contextlib.ExitStack()

    def __enter__(self):
        try:
            return self._start()
        except BaseException:
            self._exit.close()
            raise

    def __exit__(self, *_error):
        self._exit.close()

    def _start(self):
        trees = odoo.find(every=self._every or "19.0" in self._wanted)
        if self._wanted:
            trees = {k: v for k, v in trees.items() if k in self._wanted}
            if missing := self._wanted - set(trees):
                raise Problem(f"There is no Odoo {', '.join(sorted(missing))} here.")
        self._exit.callback(self.postgres.close)
        self.postgres.start()
        self.databases = {k: Databases(self.postgres, v) for k, v in trees.items()}
        self.stem = self.postgres.prefix + self._take_slot()
        for databases in self.databases.values():
            drop_leftovers(databases, f"{self.stem}{databases.odoo.short}_")
        self._exit.callback(self._clean)
        return self

    def _take_slot(self):
        """Return a beginning of names that no other running command uses."""
        folder = work_dir() / "locks"
        for number in range(1, 100):
            stem = f"{self._name}{number if number > 1 else ''}_"
            handle = self._exit.enter_context((folder / f"run-{stem}").open("a"))
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return stem
        raise Problem("There are 99 runs in this work directory. Stop some of them.")

    def _clean(self):
        if self._made:
            say("Stopping the servers, dropping their databases …")
        # What the servers have goes too: no use in waiting until they are ready to end.
        servers = filter(None, (server.process for server in self._servers))
        process.stop(*servers, patience=1)
        process.in_pairs(lambda made: made[0].drop(made[1]), self._made)

    @property
    def series(self):
        """Return the series found, the oldest first."""
        return list(self.databases)

    def database(self, series, name, modules, **options):
        """Make a database with `modules` installed and return its full name.

        It is cloned from a template and dropped at the end; `options` are those of
        `Databases.template`.
        """
        databases = self.databases[series]
        template = databases.template(*modules, **options)
        return self.clone(series, template.name, name)

    def clone(self, series, source, name):
        """Clone one database under a name of this run and return its full name."""
        databases = self.databases[series]
        full = f"{self.stem}{databases.odoo.short}_{name}"
        if (databases, full) not in self._made:
            self._made.append((databases, full))
        databases.clone(source, full)
        return full

    def server(self, series, name, modules, demo=False, start=True, **options):
        """Return a server on a new database; `options` are those of OdooServer."""
        database = self.database(series, name, modules, demo=demo)
        server = OdooServer(self.databases[series], database, **options)
        self._servers.append(server)
        return server.start() if start else server

    def port(self, preferred=None):
        """Return a free port, the preferred one if it is free."""
        return process.free_port(preferred)

    def start_together(self, *servers):
        """Start several servers at once and wait for all."""
        for server in servers:
            server.launch()
        for server in servers:
            server.wait_ready()
            say(f"{server.database}: {server.url} ({server.series})")
