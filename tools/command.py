"""Run one command of the tools inside the venv, with clear errors at its edge."""

import errno
import importlib
import os
import signal
import subprocess
import sys

from tools import venv
from tools.console import Problem, say
from tools.paths import ROOT

COMMANDS = ("demo", "test", "lint", "pot", "screenshots", "bench", "soak")


def start(arguments):
    """Go on as `python -m tools.command …` in the venv, made first if needed."""
    with clear_errors():
        python = venv.ensure()
    os.chdir(ROOT)
    os.execv(python, [str(python), "-m", "tools.command", *arguments])


class clear_errors:
    """Turn the foreseen failures into one sentence and exit status 1."""

    def __enter__(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)

    def __exit__(self, kind, error, trace):
        if isinstance(error, KeyboardInterrupt):
            say("Stopped.")
            sys.exit(130)
        if isinstance(error, Problem):
            text = str(error)
        elif isinstance(error, OSError) and error.errno == errno.ENOSPC:
            text = (
                f"The disk is full ({error.filename}). Free about 6 GB and run again."
            )
        elif isinstance(error, subprocess.CalledProcessError):
            text = f"`{' '.join(map(str, error.cmd))}` failed."
        else:
            return
        say()
        say(f"Cannot go on: {text}")
        sys.exit(1)


def _interrupt(number, frame):
    raise KeyboardInterrupt


def main(arguments):
    if not arguments or arguments[0] not in COMMANDS:
        raise Problem(f"Commands: {', '.join(COMMANDS)}. See `make help`.")
    module = importlib.import_module(f"tools.{arguments[0]}")
    return module.main(arguments[1:])


if __name__ == "__main__":
    with clear_errors():
        status = main(sys.argv[1:])
    sys.exit(status)
