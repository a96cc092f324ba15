"""make test: lint, installations, upgrades, every addon's tests, stories, a soak."""

import argparse
import time
from itertools import product

from tools import browser, pot, process, stages, uninstall
from tools.console import elapsed, say
from tools.odoo import SERIES
from tools.paths import ROOT, addon_path, addons, fixture_addons
from tools.results import Result
from tools.runtime import Runtime

STAGES = ("lint", "runtime", "install", "addons", "system", "soak")


def main(arguments):
    """Run the chosen stages; return 0 only if every check and test passed."""
    options = _options(arguments)
    if set(options.stages) <= {"lint", "runtime"}:
        return Run(None, options).all()
    series = [f"{name.removesuffix('.0')}.0" for name in options.series]
    if {"addons"} & set(options.stages):
        browser.ensure()
    with Runtime("test", series, every=True) as runtime:
        return Run(runtime, options).all()


def _options(arguments):
    parser = argparse.ArgumentParser(prog="make test", description=__doc__)
    parser.add_argument("--stage", dest="stages", action="append", choices=STAGES)
    parser.add_argument(
        "--series", action="append", default=[], choices=["18", "19", *SERIES]
    )
    parser.add_argument("--addon", dest="addons", action="append", metavar="NAME")
    parser.add_argument("-k", dest="only", metavar="EXPRESSION", help="as for pytest")
    options = parser.parse_args(arguments)
    known = [*addons(), *fixture_addons()]
    for name in options.addons or ():
        if name not in known:
            parser.error(f"there is no addon {name}; there are {', '.join(known)}")
    if not options.stages:
        narrowed = options.addons or options.only
        options.stages = ["addons"] if narrowed else list(STAGES)
    options.addons = options.addons or known
    return options


class Run:
    """One run of the stages, two jobs at a time, and its score."""

    def __init__(self, runtime, options):
        self.runtime, self.options = runtime, options
        self.results, self.times = [], []

    def all(self):
        """Run everything, print the score and return the exit status."""
        for name in STAGES:
            if name in self.options.stages:
                self._stage(name, getattr(self, f"_{name}")())
        return self._close()

    def _lint(self):
        return stages.lint_jobs()

    def _runtime(self):
        return [("runtime", lambda: stages.test_runtime(self.options.only))]

    def _install(self):
        chosen = self.options.addons
        everything = chosen == [*addons(), *fixture_addons()]
        jobs = [
            (stages.check_install, series, name)
            for name, series in product(chosen, self.runtime.series)
        ]
        if everything and addons():
            for series in self.runtime.series:
                jobs.append((stages.check_install, series, *addons()))
            for series in self.runtime.series:
                jobs.append((self._demo_upgrade_uninstall, series))
            if pot.SERIES in self.runtime.series:
                jobs.append((stages.check_translations,))
            else:
                say(f"translations: not run: there is no Odoo {pot.SERIES}")
        return [self._job(function, *rest) for function, *rest in jobs]

    def _demo_upgrade_uninstall(self, runtime, series):
        """Install on a database with data, upgrade one, take all away from it."""
        self._count(stages.check_install(runtime, series, *addons(), demo=True))
        upgraded, database = stages.check_upgrade(runtime, series)
        self._count(upgraded)
        return uninstall.check_uninstall(runtime, series, database)

    def _addons(self):
        return [
            self._job(stages.test_addon, series, name, self.options.only)
            for name, series in product(self.options.addons, self.runtime.series)
            if any(addon_path(name).glob("tests/test_*.py"))
        ]

    def _system(self):
        return self._stories(soak=False)

    def _soak(self):
        return self._stories(soak=True)

    def _stories(self, soak):
        """Each series as BPO with each as dealer; the soak each with itself alone."""
        if not any((ROOT / "tests" / "system").glob("test_*.py")):
            return []
        short = [name.removesuffix(".0") for name in self.runtime.series]
        pairs = [f"{a}:{b}" for a, b in product(short, short) if a == b or not soak]
        return [
            (pair, lambda p=pair: stages.test_system(p, soak, self.options.only))
            for pair in pairs
        ]

    def _job(self, function, *arguments):
        name = " ".join(map(str, filter(None, arguments))) or function.__name__
        return name, lambda: function(self.runtime, *arguments)

    # --- running and counting ---

    def _stage(self, name, jobs):
        since = time.monotonic()
        say(f"--- {name}: {len(jobs)} jobs")
        process.in_pairs(lambda job: self._run(*job), jobs)
        self.times.append((name, elapsed(since)))

    def _run(self, name, function):
        since = time.monotonic()
        try:
            result = function()
        except Exception as error:
            if process.stopping():
                raise
            result = Result.check(name, [f"{type(error).__name__}: {error}"])
        self._count(result, elapsed(since))

    def _count(self, result, spent=""):
        self.results.append(result)
        say(f"{result.name}: {result}{spent and f' in {spent}'}")
        for text in result.failures:
            say(f"{result.name}: FAILED {text}")

    def _close(self):
        total = Result("total")
        for result in self.results:
            total.passed += result.passed
            total.failed += result.failed
            total.skipped += result.skipped
        if not total.passed and not total.failed:
            total.failed = 1
            say("Nothing was run.")
        say("Time per stage: " + ", ".join(f"{name} {t}" for name, t in self.times))
        say(
            "Failed: " + (", ".join(r.name for r in self.results if r.failed) or "none")
        )
        say()
        # The one line that CI reads, alone on its line.
        print(total, flush=True)
        return 1 if total.failed else 0
