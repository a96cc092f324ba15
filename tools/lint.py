"""The checks that need no database: style, well-formed XML, nothing secret."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import process, requirements
from tools.console import say
from tools.paths import FIXTURES, ROOT, addons, fixture_addons

# Written so that this file does not match itself.
FORBIDDEN = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KE[Y]-----",
    "an access token": r"\b(?:gh[pousr]_|glpat-|AKIA)[A-Za-z0-9_-]{16,}",
    "the host of a package registry": r"\b(?:deb\.debian|security\.debian"
    r"|pypi|pythonhosted|registry\.npmjs|registry\.yarnpkg)\.(?:org|com)\b",
    "a path of one machine": r"(?<![\w.])/(?:root|work|home/\w+)/[\w.]",
}


def main(arguments):
    """Print what is wrong; return the exit status."""
    wrong = [text for _name, check in CHECKS for text in check()]
    for text in wrong:
        say(text)
    say(f"{len(CHECKS)} checks, {len(wrong)} complaints")
    return 1 if wrong else 0


def _tool(*command):
    """Return what a linter printed, as one complaint, if it is not content."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        status = process.run([sys.executable, "-m", *command], log, cwd=ROOT)
        return [log.read_text().rstrip()] if status else []


def check_ruff():
    return _tool("ruff", "check", "--quiet", "--output-format=concise", ".")


def check_format():
    return _tool("ruff", "format", "--check", "--output-format=concise", ".")


def check_pylint():
    """The list in pyproject.toml; what only tests say needs no translation."""
    ours = [ROOT / name for name in addons()]
    tests = [folder / "tests" for folder in ours if (folder / "tests").is_dir()]
    tests += [FIXTURES / name for name in fixture_addons()]
    wrong = _tool("pylint", "--jobs=2", "--ignore=tests", *ours) if ours else []
    if tests:
        wrong += _tool("pylint", "--jobs=2", "--disable=translation-required", *tests)
    return wrong


def check_xml():
    """Every XML file is well-formed and holds no tab."""
    from lxml import etree  # in the venv only

    wrong = []
    for file in _files("*.xml"):
        try:
            etree.parse(str(file))
        except etree.XMLSyntaxError as error:
            wrong.append(f"{file.relative_to(ROOT)}: {error}")
    return wrong


def check_texts():
    """No secret, no machine's path and no registry's address is written down."""
    wrong = []
    for file in _files("*"):
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        for what, pattern in FORBIDDEN.items():
            for match in re.finditer(pattern, text):
                line = text.count("\n", 0, match.start()) + 1
                wrong.append(f"{file.relative_to(ROOT)}:{line}: {what}")
    return wrong


def _files(pattern):
    """Return the files that belong to the project, committed or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard", "--", pattern],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = listed.stdout.split("\0") if listed.returncode == 0 else []
    files = [ROOT / name for name in names if name] or ROOT.glob(f"[!.]*/**/{pattern}")
    return [file for file in files if file.is_file()]


CHECKS = (
    ("ruff check", check_ruff),
    ("ruff format", check_format),
    ("pylint-odoo", check_pylint),
    ("well-formed XML", check_xml),
    ("no secrets, hosts, machine paths", check_texts),
    ("every requirement has a test", requirements.check),
)
