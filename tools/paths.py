"""Where things are: the project, its work directory, the cache shared by clones."""

import ast
import fcntl
import hashlib
import os
from contextlib import contextmanager
from pathlib import Path

from tools.console import Problem

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests" / "addons"
ADDONS = (
    "remote_odoo",
    "vehicle_crm",
    "bpo_crm",
    "bpo_crm_distributor_sync",
    "dealer_crm",
    "dealer_crm_bpo_bridge",
)


def work_dir():
    """Return the folder for everything made here: $WORK_DIR or .work."""
    return _made(Path(os.environ.get("WORK_DIR") or ROOT / ".work").absolute())


def cache_dir():
    """Return the folder of downloads that other clones of the project share."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return _made(Path(base).absolute() / "vehicle-crm")


def _made(path):
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(
            f"Cannot create {path}: {error.strerror}. Make it writable, or set "
            "WORK_DIR (work) and XDG_CACHE_HOME (downloads) to folders that are."
        ) from error
    return path


def addons():
    """Return the names of our addons that are in the tree, dependencies first."""
    return [name for name in ADDONS if (ROOT / name / "__manifest__.py").exists()]


def fixture_addons():
    """Return the names of the addons that only tests and the demo install."""
    return sorted(path.parent.name for path in FIXTURES.glob("*/__manifest__.py"))


def addon_path(name):
    """Return the folder of one of our addons or fixtures, None for one of Odoo's."""
    manifests = (p / "__manifest__.py" for p in (ROOT / name, FIXTURES / name))
    return next((p.parent for p in manifests if p.exists()), None)


def manifest(name):
    """Return the manifest of one of our addons."""
    return ast.literal_eval((addon_path(name) / "__manifest__.py").read_text("utf-8"))


def needs(*names):
    """Return what addons depend on, themselves included: (ours, Odoo's own)."""
    ours, theirs, todo = {}, set(), list(names)
    while todo:
        name = todo.pop()
        if name in ours or name in theirs:
            continue
        if addon_path(name):
            ours[name] = None
            todo += manifest(name).get("depends", [])
        else:
            theirs.add(name)
    return sorted(ours), sorted(theirs)


def digest(*parts, skip=("__pycache__",)):
    """Return a short hash of texts, and of the content of files and folders.

    `skip`: names of files and folders that do not count.
    """
    result = hashlib.sha256()
    for part in parts:
        if not isinstance(part, Path):
            result.update(f"{part}\0".encode())
            continue
        files = [part] if part.is_file() else sorted(part.rglob("*"))
        for file in files:
            inside = file.relative_to(part)  # the fixtures live below tests/
            if file.is_file() and not set(skip) & set(inside.parts):
                result.update(f"{inside}\0".encode())
                result.update(file.read_bytes())
    return result.hexdigest()[:10]


@contextmanager
def locked(name):
    """Hold the lock `name` of the work directory: one `make` at a time gets in."""
    folder = _made(work_dir() / "locks")
    with (folder / name).open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
