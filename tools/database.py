"""Databases: made once as templates, cached by what they contain, cloned in seconds."""

import os
import shutil
import sys
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from tools import process
from tools.console import Problem, say, step
from tools.logs import complaints, tail
from tools.paths import FIXTURES, ROOT, addon_path, digest, locked, needs, work_dir

# Nothing in these changes what an installation puts into a database.
NOT_INSTALLED = ("__pycache__", "tests", "README.md", "i18n")
# Odoo's own modules that others of our sets begin with: installed once, then cloned.
LADDER = (["mail"], ["crm", "mail", "phone_validation"])
FRESH_SECONDS = 600
# What the web client loads in a browser test.
BUNDLES = ("web.assets_web", "web.assets_web_print", "web.assets_tests")
BUILD_BUNDLES = """
for name in bundles:
    bundle = env["ir.qweb"]._get_asset_bundle(name, css=True, js=True)
    bundle.css()
    bundle.js()
env.cr.commit()
"""
_cloning = threading.Lock()


@dataclass(frozen=True)
class Template:
    """A database to clone, and the log of the run that installed it."""

    name: str
    log: Path


class Databases:
    """The databases of one Odoo tree on one PostgreSQL."""

    def __init__(self, postgres, odoo):
        self.postgres, self.odoo = postgres, odoo
        self.data_dir = work_dir() / f"data-{odoo.series}"
        self.logs = work_dir() / "logs"
        for folder in (self.data_dir / "filestore", self.logs):
            folder.mkdir(parents=True, exist_ok=True)

    # --- how to call Odoo ---

    def config(self, name, ours=(ROOT, FIXTURES), **options):
        """Write an odoo.conf called `name` and return its path.

        `ours`: the folders of our own addons.
        """
        paths = [*self.odoo.addons_path, *ours]
        values = {
            "db_host": self.postgres.host,
            "db_port": self.postgres.port,
            "db_user": self.postgres.user,
            "data_dir": self.data_dir,
            "list_db": False,
            "http_interface": "127.0.0.1",
            **options,
        }
        if self.postgres.password:
            values["db_password"] = self.postgres.password
        if paths:
            values["addons_path"] = ",".join(map(str, paths))
        lines = [f"{key} = {value}\n" for key, value in values.items()]
        folder = work_dir() / "conf"
        folder.mkdir(exist_ok=True)
        file = folder / f"{name}-{self.odoo.short}.conf"
        file.touch(mode=0o600)
        file.write_text("[options]\n" + "".join(lines))
        return file

    def environment(self, **extra):
        """Return the environment in which Odoo of this tree is importable."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        return inherited | {
            "PYTHONPATH": str(self.odoo.root),
            "PYTHONDONTWRITEBYTECODE": "1",
            "ODOO_RC": os.devnull,
            "TZ": "UTC",
            **extra,
        }

    def odoo_command(self, config, *arguments):
        """Return the command that runs Odoo with a config file."""
        return [sys.executable, "-m", "odoo", "-c", config, *arguments]

    # --- templates ---

    def template(self, *modules, demo=False, assets=False):
        """Return the template with `modules` installed; made first if there is none.

        Odoo's own modules come from a template of their own, which our changes do not
        touch, so that after a change of ours only our addons are installed again.
        `assets`: with the web client's bundles built, for tests in a browser.
        """
        ours, theirs = needs(*modules)
        parent = self._template_of_odoo(theirs, demo)
        if not ours:
            return parent
        content = [addon_path(name) for name in ours]
        slot = f"{self.odoo.short} {'demo ' if demo else ''}{' '.join(sorted(modules))}"
        hashed = digest(parent.name, slot, *content, skip=NOT_INSTALLED)
        made = self._made(slot, hashed, modules, parent.name, demo)
        return self._with_assets(made, slot) if assets else made

    def _template_of_odoo(self, modules, demo):
        # With demo data there is one set only, so nothing to be shared.
        rungs = [r for r in LADDER if set(r) < set(modules) and not demo]
        parent = self._template_of_odoo(rungs[-1], demo).name if rungs else None
        slot = f"{self.odoo.short} {'demo ' if demo else ''}{' '.join(modules)}"
        hashed = digest(self.odoo.fingerprint, slot)
        return self._made(slot, hashed, modules, parent, demo, ours=())

    def _made(self, slot, hashed, modules, parent, demo, **options):
        what = f"installing {', '.join(modules)}{' with demo data' if demo else ''}"

        def install(raw, log):
            self.install(raw, modules, log, demo=demo, **options)

        return self._filled(slot, hashed, parent, what, install)

    def _with_assets(self, made, slot):
        """Return a template like `made` in which the web client's bundles are built.

        A browser test rolls back what its requests stored, so otherwise every test
        builds the bundles anew, and the other requests of the page wait meanwhile. On
        a busy machine they waited longer than the 20 seconds after which Odoo 19
        answers them with an error page.
        """

        def build(raw, log):
            self.shell(raw, f"bundles = {BUNDLES!r}\n{BUILD_BUNDLES}", log)

        modules = slot.removeprefix(f"{self.odoo.short} ")
        what = f"building the bundles of {modules}"
        slot = f"{slot} with assets"
        hashed = digest(made.name, slot, *BUNDLES)
        return self._filled(slot, hashed, made.name, what, build)

    def _filled(self, slot, hashed, parent, what, fill):
        """Return the template of this hash: a clone of `parent`, filled once."""
        name = f"{self.postgres.prefix}t{self.odoo.short}_{hashed}"
        log = self.logs / f"{name}.log"
        with locked(name):
            if self.exists(name) and log.exists():
                log.touch()  # still in use, see _drop_outdated
                return Template(name, log)
            raw = f"{name}_raw"  # takes its name only when it is whole
            self.drop(raw)
            self.drop(name)
            if parent:
                self.clone(parent, raw)
            with step(f"Odoo {self.odoo.series}: {what}"):
                fill(raw, log)
            self.postgres.execute(f'ALTER DATABASE "{raw}" RENAME TO "{name}"')
            self._filestore(raw).rename(self._filestore(name))
            self._drop_outdated(slot)
            self.postgres.execute(f'COMMENT ON DATABASE "{name}" IS %s', slot)
        return Template(name, log)

    def _drop_outdated(self, slot):
        """Drop the templates that held an earlier state of the same modules.

        Not those of the last minutes: another command may be about to clone them.
        """
        found = self.postgres.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s"
            " AND shobj_description(oid, 'pg_database') = %s",
            f"{self.postgres.prefix}t{self.odoo.short}\\_%",
            slot,
        )
        for (name,) in found:
            log = self.logs / f"{name}.log"
            if not log.exists() or time.time() - log.stat().st_mtime > FRESH_SECONDS:
                self.drop(name)
                log.unlink(missing_ok=True)

    def install(self, name, modules, log, demo=False, update=(), **options):
        """Install modules in a database and make sure they are.

        `update`: those of them that are there already; `options`: as for `config()`.
        """
        # The flags mean the reverse of each other on 18 and 19.
        if self.odoo.series == "18.0":
            flags = [] if demo else ["--without-demo=True"]
        else:
            flags = ["--with-demo"] if demo else []
        new = [module for module in modules if module not in update]
        for flag, names in (("-i", new), ("-u", update)):
            flags += [flag, ",".join(names)] if names else []
        config = self.config(f"install-{name}", **options)
        command = self.odoo_command(
            config, "-d", name, "--stop-after-init", "--no-http", *flags
        )
        log.unlink(missing_ok=True)
        status = process.run(command, log, env=self.environment(), cwd=ROOT)
        config.unlink()
        self._filestore(name).mkdir(exist_ok=True)
        states = dict(
            self.postgres.execute(
                "SELECT name, state FROM ir_module_module WHERE name = ANY(%s)",
                list(modules),
                database=name,
            )
            if not status
            else []
        )
        bad = [module for module in modules if states.get(module) != "installed"]
        if bad:
            told = complaints(log.read_text(errors="replace")) if not status else []
            raise Problem(
                f"Odoo {self.odoo.series} did not install {', '.join(bad)}. "
                f"Log: {log}\n" + ("\n".join(told) or tail(log))
            )

    # --- databases ---

    def exists(self, name):
        """Return whether there is a database of this name."""
        return bool(
            self.postgres.execute("SELECT 1 FROM pg_database WHERE datname = %s", name)
        )

    def clone(self, template, name):
        """Make the database `name` from a template, as an Odoo of its own identity."""
        self.drop(name)
        with _cloning:
            for attempt in range(20):
                try:
                    self.postgres.execute(
                        f'CREATE DATABASE "{name}" TEMPLATE "{template}"'
                    )
                    break
                except Exception as error:
                    if type(error).__name__ != "ObjectInUse" or attempt == 19:
                        raise
                    time.sleep(0.5)  # another command is cloning it just now
        shutil.copytree(self._filestore(template), self._filestore(name))
        for key in ("database.uuid", "database.secret"):
            self.postgres.execute(
                "UPDATE ir_config_parameter SET value = %s WHERE key = %s",
                str(uuid.uuid4()),
                key,
                database=name,
            )

    def drop(self, name):
        """Drop a database and its files, if it is there."""
        self.postgres.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(self._filestore(name), ignore_errors=True)

    def shell(self, name, code, log=None):
        """Run Python `code` in Odoo's shell on a database; it has to commit itself."""
        log = log or self.logs / f"{name}.shell.log"
        log.unlink(missing_ok=True)
        config = self.config(f"shell-{name}")
        script = work_dir() / "conf" / f"{name}.shell.py"
        # An error in the shell's input does not change its exit status; this does.
        script.write_text(
            "import os, sys, traceback\ntry:\n    exec(compile("
            f"{code!r}, 'shell', 'exec'), globals())\n"
            "except BaseException:\n    traceback.print_exc()\n"
            "    sys.stdout.flush(); sys.stderr.flush(); os._exit(1)\n"
        )
        command = [sys.executable, "-m", "odoo", "shell", "-c", config, "-d", name]
        with script.open() as source:
            status = process.run(
                [*command, "--no-http"],
                log,
                stdin=source,
                env=self.environment(),
                cwd=ROOT,
            )
        if status:
            raise Problem(f"A script failed on {name}:\n{tail(log)}")
        return log.read_text()

    def _filestore(self, name):
        return self.data_dir / "filestore" / name


def drop_leftovers(databases, stem):
    """Drop what a crashed run of ours left: databases whose name begins with `stem`."""
    rows = databases.postgres.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", stem
    )
    for (name,) in rows:
        say(f"Dropping {name}, left by a run that was cut off")
        databases.drop(name)
