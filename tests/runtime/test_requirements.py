"""Requirement to test: what counts as naming one, and what the check complains of."""

import pytest

from tools import requirements

SOURCE = '''"""A01 in the docstring of the module."""
CODE = "D13"  # B02, B05-07 and C10-C12

def test():
    """D100"""
    return "A99"  # noqa: C901
'''
PAGE = """| | Requirement | Tests |
|---|---|---|
| A01 | A brand has a name | `old.py` |
| A02 | It has a code |  |
"""


@pytest.fixture
def page(tmp_path, monkeypatch):
    file = tmp_path / "requirements.md"
    file.write_text(PAGE)
    monkeypatch.setattr(requirements, "PAGE", file)
    return file


def test_comments_and_docstrings_count_and_code_does_not():
    found = requirements.numbers(requirements.remarks(SOURCE))
    expected = "A01 B02 B05 B06 B07 C10 C11 C12 D100".split()
    assert sorted(found) == expected


def test_a_gap_an_unknown_number_and_a_stale_page_are_told(page, monkeypatch):
    monkeypatch.setattr(requirements, "named", lambda: {"A01": ["a.py"], "A09": ["b"]})
    assert requirements.check() == [
        "A02 is named by no test",
        "A09, named in b, is no requirement",
        "requirements.md is stale: python3 -m tools.requirements writes it",
    ]


def test_the_page_is_written(page, monkeypatch):
    tests = {"A01": ["a.py"], "A02": ["a.py", "b.py"]}
    monkeypatch.setattr(requirements, "named", lambda: tests)
    requirements.main()
    assert "| A02 | It has a code | `a.py`, `b.py` |" in page.read_text()
    assert requirements.check() == []
