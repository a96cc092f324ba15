"""Packages of the distribution, fetched by apt-get and unpacked beside the project.

apt-get knows the machine's mirrors, proxies and keys, checks every signature and
checksum, and goes on with a download that was cut. It is given folders of its own,
so nothing is installed and no root is needed.
"""

import re
import shutil
import subprocess
from pathlib import Path

from tools.console import Percent, Problem, progress, say, step
from tools.paths import cache_dir

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class Apt:
    """A private view of a distribution: the machine's own, or one other suite."""

    def __init__(self, name, sources=None, installed=False):
        """`sources`: lines of a sources.list, else the machine's own.

        `installed`: leave out what the machine has already.
        """
        if not shutil.which("apt-get"):
            raise Problem("There is no apt-get on this machine.")
        self.folder = cache_dir() / "apt" / name
        lists, archives = self.folder / "lists", self.folder / "archives"
        for folder in (lists, archives):
            (folder / "partial").mkdir(parents=True, exist_ok=True)
        nothing = self.folder / "nothing"
        nothing.write_text("")
        options = {
            "Dir::State": self.folder,
            "Dir::State::lists": lists,
            "Dir::Cache": self.folder,
            "Dir::Cache::archives": archives,
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "APT::Sandbox::User": "root",
            "APT::Status-Fd": "1",
        }
        if not installed:
            options["Dir::State::status"] = nothing
        if sources is not None:
            sources_list = self.folder / "sources.list"
            sources_list.write_text("\n".join(sources) + "\n")
            options["Dir::Etc::sourcelist"] = sources_list
            options["Dir::Etc::sourceparts"] = nothing
        self.options = [f"-o{key}={value}" for key, value in options.items()]

    def _run(self, *arguments, what=None, cwd=None):
        """Run apt-get, show its progress, return what it printed."""
        command = ["apt-get", "-q", *self.options, *arguments]
        shown, output = what and Percent(what), []
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            cwd=cwd,
        ) as process:
            for line in process.stdout:
                if match := re.match(r"dlstatus:\d+:([\d.]+):", line):
                    if shown:
                        shown.show(float(match[1]))
                else:
                    output.append(line.rstrip())
        if process.returncode:
            errors = [line for line in output if line.startswith(("E:", "Err:"))]
            raise Problem(" ".join(errors or output[-2:]) or "apt-get failed")
        return output

    def update(self):
        """Fetch the index of packages."""
        self._run("update", what="Index of packages")

    def missing(self, *names):
        """Return what installing `names` would need that is not there yet."""
        lines = self._run("install", "-s", "--no-install-recommends", *names)
        return [line.split()[1] for line in lines if line.startswith("Inst ")]

    def unpack(self, names, target):
        """Download packages, checked, and unpack them all into the folder `target`."""
        downloads = self.folder / "archives"
        files = []
        say(f"Downloading {', '.join(names)}")
        for name in names:
            # Each in its folder: a cut download is found there and gone on with.
            place = downloads / name
            place.mkdir(exist_ok=True)
            self._run("download", name, what=f"Download of {name}", cwd=place)
            files.append(
                (name, max(place.glob("*.deb"), key=lambda f: f.stat().st_mtime))
            )
        for name, file in files:
            progress(f"Unpacking {name}")
            subprocess.run(["dpkg-deb", "-x", file, target], check=True)
        for name in names:
            shutil.rmtree(downloads / name)


def archives():
    """Return the base addresses of the distributions this machine is configured for."""
    lines = Apt("machine")._run("update", "--print-uris")
    found = [re.match(r"'(.+?)/?dists/.+/InRelease'", line) for line in lines]
    bases = dict.fromkeys(match[1] for match in found if match)
    return [base for base in bases if "security" not in base]


def development_suite(package):
    """Return Debian's development suite from the first mirror with `package`."""
    trust = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    reasons = []
    bases = archives()
    for base in bases:
        apt = Apt("sid", sources=[f"deb {trust}{base} sid main"])
        try:
            with step("Index of the distribution's development suite"):
                apt.update()
                apt._run("download", "--print-uris", package)
        except Problem as error:
            reasons.append(str(error))
        else:
            return apt
    raise Problem(
        f"No mirror of this machine's apt offers {package} in Debian's development "
        "suite: " + (" ".join(reasons) or "no mirror is configured.")
    )
