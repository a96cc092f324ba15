"""The commit before: its addons are unpacked, and where there is none it is said."""

import subprocess

import pytest

from tools import history
from tools.console import Problem


@pytest.fixture
def project(work, monkeypatch):
    """A repository of the test's own with one empty commit."""
    root = work / "project"
    root.mkdir()
    monkeypatch.setattr(history, "ROOT", root)
    monkeypatch.delenv("UPGRADE_FROM", raising=False)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    git(root, "init", "-q")
    git(root, "commit", "-q", "--allow-empty", "-m", "first")
    return root


def git(root, *arguments):
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True)


def commit(root, text):
    addon = root / "remote_odoo"
    addon.mkdir(exist_ok=True)
    (addon / "__manifest__.py").write_text(text)
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", text)


def test_the_parent_and_no_other_state_is_unpacked(project):
    for text in ("old", "before", "now"):
        commit(project, text)
    (project / "remote_odoo" / "__manifest__.py").write_text("not committed")
    folder, names = history.unpack("before")
    assert names == ["remote_odoo"]
    assert (folder / "remote_odoo" / "__manifest__.py").read_text() == "before"


def test_another_commit_can_be_asked_for(project, monkeypatch):
    for text in ("old", "before", "now"):
        commit(project, text)
    monkeypatch.setenv("UPGRADE_FROM", "HEAD~2")
    folder, _names = history.unpack("before")
    assert (folder / "remote_odoo" / "__manifest__.py").read_text() == "old"


def test_without_a_parent_or_addons_or_git_it_is_said(project, monkeypatch):
    with pytest.raises(Problem, match="no commit before this one"):
        history.unpack("before")
    commit(project, "now")
    with pytest.raises(Problem, match="has no addons"):
        history.unpack("before")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Problem, match="no git here"):
        history.unpack("before")
