"""The project's own Python environment, made from the pinned requirements."""

import os
import shutil
import subprocess
import sys
import time

from tools.console import Problem, progress, say, step
from tools.paths import ROOT, digest, locked, work_dir

REQUIREMENTS = (ROOT / "requirements.txt", ROOT / "requirements-dev.txt")


def ensure():
    """Return the Python of a venv that holds exactly the requirements.

    Each state of the requirements has a venv of its own, so that a new one is never
    made under a command that is still running in the old.
    """
    folder = work_dir() / f"venv-{digest(sys.version, *REQUIREMENTS)}"
    python, ready = folder / "bin" / "python", folder / "ready"
    with locked("venv"):
        if not (ready.exists() and python.exists()):
            with step("Python packages into the project's own environment"):
                shutil.rmtree(folder, ignore_errors=True)
                _install(_create(folder, python))
        ready.touch()
        for old in work_dir().glob("venv-*/ready"):
            if time.time() - old.stat().st_mtime > 86400:
                shutil.rmtree(old.parent, ignore_errors=True)
    return python


def _create(folder, python):
    """Make the venv and return the command of a pip that installs into it."""
    made = _quiet(sys.executable, "-m", "venv", folder)
    if made.returncode == 0:
        return [python, "-m", "pip"]
    # Debian splits ensurepip off into python3-venv; a pip outside can do its work.
    shutil.rmtree(folder, ignore_errors=True)
    bare = _quiet(sys.executable, "-m", "venv", "--without-pip", folder)
    pip = _quiet(sys.executable, "-m", "pip", "--version")
    if bare.returncode or pip.returncode:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise Problem(
            f"This Python ({sys.executable}) cannot make an environment: it has no "
            f"venv module. On Debian or Ubuntu: apt-get install python{version}-venv. "
            "Or name another: make demo PYTHON=/path/to/python3.11"
        )
    return [sys.executable, "-m", "pip", "--python", python]


def _quiet(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _install(pip):
    total = sum(
        1
        for file in REQUIREMENTS
        for line in file.read_text().splitlines()
        if line and not line.startswith("#")
    )
    command = [*pip, "install", "--no-input", "--progress-bar=off"]
    for file in REQUIREMENTS:
        command += ["-r", file]
    environment = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1")
    done, output = 0, []
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    ) as process:
        for line in process.stdout:
            output.append(line)
            if line.startswith("Collecting "):
                done += 1
                progress(f"Python packages: {done} of {total}")
                if not sys.stdout.isatty() and done % 25 == 0:
                    say(f"Python packages: {done} of {total}")
            elif line.startswith("Installing "):
                progress(f"Python packages: unpacking all {total}")
    if process.returncode:
        reason = [line.strip() for line in output if line.startswith("ERROR")]
        raise Problem(
            "pip could not install the requirements: "
            + (reason or output)[-1].strip()
            + " Check that the package index of this machine answers, then run again."
        )
