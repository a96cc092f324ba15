"""The .pot files: what the check says of a fresh, a stale and a missing one."""

import pytest

from tools import pot

HEAD = 'msgid ""\nmsgstr ""\n"POT-Creation-Date: 2026-11-22 09:44+0000\\n"\n'


def export(*texts):
    return HEAD + "".join(f'\nmsgid "{text}"\nmsgstr ""\n' for text in texts)


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(pot, "ROOT", tmp_path)
    file = tmp_path / "a" / "i18n" / "a.pot"
    file.parent.mkdir(parents=True)
    file.write_text(export("Claim", "Endorse"))
    return tmp_path


def check(monkeypatch, files, log=()):
    monkeypatch.setattr(pot, "exported", lambda _runtime: (files, list(log)))
    return pot.check(None)


def test_the_same_texts_in_another_order_are_fresh(root, monkeypatch):
    assert check(monkeypatch, {"a": export("Endorse", "Claim")}) == []


def test_stale_and_missing_files_are_told(root, monkeypatch):
    told = check(monkeypatch, {"a": export("Claim", "Withdraw"), "b": export("Send")})
    assert told == [
        "a.pot lacks 1 texts: Withdraw",
        "a.pot still has 1 texts: Endorse",
        "b.pot lacks 1 texts: Send",
        "`make pot` writes the files anew",
    ]


def test_what_the_export_complains_of_is_told(root, monkeypatch):
    files = {"a": export("Claim", "Endorse")}
    assert check(monkeypatch, files, ["ERROR no terms"])[0] == "ERROR no terms"


def test_no_date_is_kept():
    assert "Date" not in pot.DATES.sub("", HEAD)
