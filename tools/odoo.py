"""Find Odoo, or get it: one tree for each series that can be had."""

import os
import re
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

from tools import debian_odoo, download
from tools.console import Problem, say, step
from tools.paths import cache_dir, digest, locked

SERIES = ("18.0", "19.0")
NIGHTLY = "https://nightly.odoo.com/18.0/nightly/src/odoo_18.0.latest.tar.gz"
# Where release.py and the addons are, in a checkout, a source archive, a package.
LAYOUTS = (".", "usr/lib/python3/dist-packages")
WAYS = (
    "1. name a checkout or an unpacked package: ODOO_PATH=/path/to/odoo make demo; "
    "2. put an Odoo 18.0 or 19.0 tree at {cache}/odoo-18.0 or {cache}/odoo-19.0; "
    "3. give this machine access to Odoo's nightly builds; "
    "4. use Debian or a distribution whose apt mirror has Debian's development suite "
    "with the package odoo-19."
)


@dataclass(frozen=True)
class Odoo:
    """One Odoo source tree."""

    series: str
    root: Path  # what PYTHONPATH has to name

    @property
    def short(self):
        return self.series.split(".")[0]

    @property
    def addons_path(self):
        """Return the folders of Odoo's own addons that the server does not add."""
        return [p for p in (self.root / "addons",) if p.is_dir()]

    @property
    def fingerprint(self):
        """Return what tells this tree from another of the same series."""
        release = self.root / "odoo" / "release.py"
        return digest(self.series, str(self.root), release)


def read_tree(path):
    """Return the Odoo at `path`, or None when there is none we can use."""
    for layout in LAYOUTS:
        root = (path / layout).resolve()
        release = root / "odoo" / "release.py"
        base = root / "odoo" / "addons" / "base" / "__manifest__.py"
        if release.is_file() and base.is_file():
            match = re.search(
                r"^version_info = \((\d+), (\d+)", release.read_text("utf-8"), re.M
            )
            series = match and f"{match[1]}.{match[2]}"
            return Odoo(series, root) if series in SERIES else None
    return None


def find(every=False):
    """Return the Odoo trees to work with, by series, the oldest first.

    One is enough unless `every` is asked for; then each series that can be had is got.
    """
    with locked("odoo"):
        found = _named()
        if not found:
            found = _cached()
            if "18.0" not in found:
                found |= _nightly()
            if "19.0" not in found and (every or not found):
                found |= _distribution(needed=not found)
    for series in SERIES:
        if series in found:
            say(f"Odoo {series}: {found[series].root}")
        else:
            say(f"Odoo {series}: not found, so nothing is run on it")
    return dict(sorted(found.items()))


def _named():
    """Return what $ODOO_PATH names; a path without an Odoo is an error."""
    found = {}
    for text in filter(None, os.environ.get("ODOO_PATH", "").split(os.pathsep)):
        tree = read_tree(Path(text).expanduser())
        if not tree:
            raise Problem(
                f"ODOO_PATH names {text}, but there is no Odoo 18.0 or 19.0 there. "
                "It has to be a checkout (with odoo-bin) or an unpacked package."
            )
        found.setdefault(tree.series, tree)
    return found


def _cached():
    trees = (read_tree(cache_dir() / f"odoo-{series}") for series in SERIES)
    return {tree.series: tree for tree in trees if tree}


def _nightly():
    """Return Odoo's own nightly build of 18.0, downloaded; empty where unreachable."""
    archive = cache_dir() / NIGHTLY.rsplit("/", 1)[1]
    try:
        download.fetch(NIGHTLY, archive, timeout=5)
        with step("Unpacking Odoo's nightly of 18.0"):
            target = cache_dir() / "odoo-18.0"
            with unpacked_whole(target) as folder:
                with tarfile.open(archive) as tar:
                    tar.extractall(folder, filter="data")
                (inner,) = folder.iterdir()
                for item in inner.iterdir():
                    item.rename(folder / item.name)
        archive.unlink()
    except Problem as error:
        say(f"Odoo's nightly of 18.0 cannot be had: {error}")
    except (tarfile.TarError, EOFError, ValueError) as error:
        archive.unlink(missing_ok=True)
        say(f"Odoo's nightly of 18.0 is damaged ({error}); passed over")
    return _cached()


def _distribution(needed):
    """Return the distribution's own package, downloaded and unpacked."""
    try:
        with unpacked_whole(cache_dir() / "odoo-19.0") as folder:
            debian_odoo.unpack(folder)
    except Problem as error:
        if needed:
            ways = WAYS.format(cache=cache_dir())
            text = f"There is no Odoo. {error} Ways to get one: {ways}"
            raise Problem(text) from error
        say(f"Odoo 19.0 cannot be had from the distribution: {error}")
    return _cached()


class unpacked_whole:
    """A folder to fill that takes its name only when it was filled without an error."""

    def __init__(self, target):
        self.target = target
        self.folder = target.with_name(target.name + ".unpacking")

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        return self.folder

    def __exit__(self, kind, error, trace):
        if error is None:
            shutil.rmtree(self.target, ignore_errors=True)
            self.folder.rename(self.target)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
