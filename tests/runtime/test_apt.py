"""The mirrors are those of the machine's own configuration, however it is written."""

import shutil

import pytest

from tools import apt
from tools.console import Problem

pytestmark = pytest.mark.skipif(not shutil.which("apt-get"), reason="needs apt-get")

DEB822 = """Types: deb
URIs: http://mirror.invalid/debian
Suites: bookworm bookworm-updates
Components: main

Types: deb
URIs: http://mirror.invalid/debian-security
Suites: bookworm-security
Components: main
"""
ONE_LINE = """# deb http://commented.invalid/debian bookworm main
deb [arch=amd64] https://other.invalid/debian/ bookworm main contrib
deb https://security.invalid/debian-security bookworm-security main
"""


@pytest.fixture
def configuration(work, monkeypatch):
    """An apt configuration of the test's own; returns its folder of sources."""
    parts = work / "sources.list.d"
    parts.mkdir()
    (work / "sources.list").write_text("")
    (work / "apt.conf").write_text(
        f'Dir::Etc::sourceparts "{parts}";\n'
        f'Dir::Etc::sourcelist "{work}/sources.list";\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(work / "apt.conf"))
    return parts


def test_both_ways_of_writing_sources_are_read(configuration):
    (configuration / "a.sources").write_text(DEB822)
    (configuration / "b.list").write_text(ONE_LINE)
    assert sorted(apt.archives()) == [
        "http://mirror.invalid/debian",
        "https://other.invalid/debian",
    ]


def test_an_unreachable_mirror_is_told(configuration):
    (configuration / "a.list").write_text(
        "deb [trusted=yes] http://127.0.0.1:9/debian bookworm main\n"
    )
    with pytest.raises(Problem, match="No mirror of this machine's apt offers odoo-19"):
        apt.development_suite("odoo-19")


def test_no_mirror_at_all_is_told(configuration):
    with pytest.raises(Problem, match="no mirror is configured"):
        apt.development_suite("odoo-19")


def test_a_package_comes_through_apt_and_is_unpacked(configuration, tmp_path):
    """From a repository on disk, so that apt's own checks are at work, offline."""
    repository = make_repository(tmp_path / "repository")
    source = apt.Apt("test", [f"deb [trusted=yes] file:{repository} ./"])
    source.update()
    source.unpack(["lead-test"], tmp_path / "target")
    assert (tmp_path / "target/usr/share/lead-test/hello").read_text() == "hello\n"


def test_a_damaged_package_is_refused(configuration, tmp_path):
    repository = make_repository(tmp_path / "repository")
    source = apt.Apt("test", [f"deb [trusted=yes] copy:{repository} ./"])
    source.update()
    package = repository / "lead-test.deb"
    package.write_bytes(package.read_bytes()[:-8] + b"damaged!")
    with pytest.raises(Problem, match="[Hh]ash"):
        source.unpack(["lead-test"], tmp_path / "target")
    assert not (tmp_path / "target").exists()


def make_repository(folder):
    """Make an apt repository with one small package."""
    import hashlib
    import subprocess

    content = folder / "content"
    (content / "DEBIAN").mkdir(parents=True)
    control = (
        "Package: lead-test\nVersion: 1\nArchitecture: all\n"
        "Maintainer: nobody <nobody@example.com>\nDescription: a test\n"
    )
    (content / "DEBIAN/control").write_text(control)
    (content / "usr/share/lead-test").mkdir(parents=True)
    (content / "usr/share/lead-test/hello").write_text("hello\n")
    package = folder / "lead-test.deb"
    subprocess.run(
        ["dpkg-deb", "-b", "--root-owner-group", content, package],
        check=True,
        capture_output=True,
    )
    data = package.read_bytes()
    (folder / "Packages").write_text(
        f"{control}Filename: ./lead-test.deb\nSize: {len(data)}\n"
        f"SHA256: {hashlib.sha256(data).hexdigest()}\n"
    )
    return folder
