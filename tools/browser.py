"""A browser for the tours: the one here, or the distribution's where we may."""

import os
import shutil
import subprocess

from tools.console import say, step

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW = "install Debian's package `chromium` (apt-get install chromium)"


def ensure():
    """Return the path of a browser, or None after one line that says how to get it."""
    found = _find()
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        with step("Installing the distribution's chromium for the tours"):
            _install()
        found = _find()
    if not found:
        say(f"No chromium: browser tours are counted as skipped. To run them, {HOW}.")
    return found


def _find():
    return next(filter(None, map(shutil.which, NAMES)), None)


def _install():
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for arguments in (
        ["update", "-q"],
        ["install", "-qy", "--no-install-recommends", "chromium"],
    ):
        done = subprocess.run(
            ["apt-get", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            say(f"apt-get {arguments[0]} failed: {done.stderr.strip()[-300:]}")
            return
