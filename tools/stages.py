"""The jobs of `make test`: each returns a Result, and none knows of the others."""

import os
import sys

from tools import history, lint, pot, process
from tools.console import Problem, say
from tools.logs import complaints
from tools.paths import ROOT, addon_path, addons, needs, work_dir
from tools.results import Result, read_junit

# What Odoo itself says about its own modules while ours are being installed.
ALLOWED_IN_INSTALL = ()
PYTEST_SECONDS = 1500


def lint_jobs():
    """Return the static checks as jobs."""
    return [
        (name, lambda name=name, check=check: Result.check(name, check()))
        for name, check in lint.CHECKS
    ]


def check_install(runtime, series, *names, demo=False):
    """Addons install on a new database, and nothing complains in the log."""
    what = names[0] if len(names) == 1 else f"all {len(names)}"
    title = f"{series} install {what}{' on demo data' if demo else ''}"
    try:
        template = runtime.databases[series].template(*names, demo=demo)
    except Problem as error:
        return Result.check(title, [str(error)])
    return Result.check(title, complaints(template.log.read_text(), ALLOWED_IN_INSTALL))


def check_translations(runtime):
    """The committed .pot files have what Odoo exports."""
    title = f"{pot.SERIES} translations"
    try:
        return Result.check(title, pot.check(runtime))
    except Problem as error:
        return Result.check(title, [str(error)])


def check_upgrade(runtime, series):
    """The addons of the commit before, with data, become those of the tree.

    Returns the result and the name of the upgraded database, if there is one.
    """
    title = f"{series} upgrade from the commit before"
    databases = runtime.databases[series]
    try:
        old, names = history.unpack(f"before-{series}")
    except Problem as why:
        say(f"{title}: not run: {why}")
        return Result(title, skipped=1), None
    log = databases.logs / f"upgrade-{databases.odoo.short}.log"
    try:
        name = runtime.database(series, "upgrade", needs(*names)[1], demo=True)
        databases.install(name, names, log, demo=True, ours=(old,))
        databases.install(name, addons(), log, demo=True, update=names)
    except Problem as error:
        return Result.check(title, [str(error)]), None
    return Result.check(title, complaints(log.read_text(), ALLOWED_IN_INSTALL)), name


def test_addon(runtime, series, addon, only=None):
    """An addon's own tests, on a database with it and what it depends on."""
    title = f"{series} {addon}"
    databases = runtime.databases[series]
    try:
        assets = (addon_path(addon) / "static" / "tests").is_dir()
        name = runtime.database(series, addon, [addon], assets=assets)
    except Problem as error:
        return Result.check(title, [str(error)])
    config = databases.config(f"test-{name}", http_port=process.free_port())
    command = ["--odoo-http", f"--odoo-config={config}", f"--odoo-database={name}"]
    result = _pytest(
        title, [*command, addon_path(addon)], databases.environment(), only
    )
    databases.drop(name)
    return result


def test_runtime(only=None):
    """The tests of these tools."""
    return _pytest("runtime", ["-p", "no:odoo", "tests/runtime"], None, only)


def test_system(pair, soak=False, only=None):
    """Stories across real servers; they bring their servers up themselves.

    `pair`: the series of the BPO and of the dealers, as 18:19.
    """
    title = f"{pair} {'soak' if soak else 'system'}"
    chosen = ["-m", "soak" if soak else "not soak", f"--pair={pair}"]
    return _pytest(title, ["-p", "no:odoo", *chosen, "tests/system"], None, only)


def _pytest(title, arguments, environment, only):
    logs = work_dir() / "logs"
    logs.mkdir(exist_ok=True)
    stem = title.replace(" ", "-").replace(":", "-")
    log, report = logs / f"pytest-{stem}.log", logs / f"pytest-{stem}.xml"
    for file in (log, report):
        file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *arguments]
    if only:
        command += ["-k", only]
    status = process.run(
        command,
        log,
        timeout=PYTEST_SECONDS,
        cwd=ROOT,
        env=dict(os.environ, **(environment or {})),
    )
    result = read_junit(title, report, status, wants_tests=not only)
    if result.failed:
        result.failures.append(f"Log: {log}")
    return result
