"""The addons as they were one commit ago, to upgrade from them."""

import io
import os
import shutil
import subprocess
import tarfile

from tools.console import Problem
from tools.paths import ADDONS, ROOT, work_dir


def unpack(folder):
    """Return (path, names) of the addons of $UPGRADE_FROM, else of the parent commit.

    They are put into a folder of this name of the work directory. Where there is no
    such commit, as in a shallow clone, a Problem says so.
    """
    commit = _git("rev-parse", "--verify", os.environ.get("UPGRADE_FROM") or "HEAD^1")
    commit = commit.decode().strip()
    listed = _git("ls-tree", "--name-only", commit).decode().split()
    names = [name for name in ADDONS if name in listed]
    if not names:
        raise Problem(f"commit {commit[:10]} has no addons")
    path = work_dir() / folder
    shutil.rmtree(path, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(_git("archive", commit, *names))) as archive:
        archive.extractall(path, filter="data")
    return path, names


def _git(*arguments):
    try:
        return subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, check=True
        ).stdout
    except FileNotFoundError as error:
        raise Problem("there is no git here") from error
    except subprocess.CalledProcessError as error:
        raise Problem(f"there is no commit before this one: {_last(error)}") from error


def _last(error):
    return error.stderr.decode(errors="replace").strip().splitlines()[-1]
