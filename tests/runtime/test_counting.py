"""A failure is never counted as anything else, and silence is a failure."""

import pytest

from tools import lint, stages, test
from tools.logs import complaints
from tools.results import Result, read_junit

JUNIT = """<testsuites><testsuite>
<testcase classname="a.B" name="test_good"/>
<testcase classname="a.B" name="test_bad"><failure>a &lt; b</failure></testcase>
<testcase classname="a.B" name="test_broken"><error message="setUp"/></testcase>
<testcase classname="a.B" name="test_skipped"><skipped message="no browser"/></testcase>
</testsuite></testsuites>"""
LOG = """2026-11-22 06:10:11,123 12 INFO db odoo.modules.loading: Modules loaded.
2026-11-22 06:10:12,123 12 WARNING db odoo.fields: Field lead.x: unknown parameter
2026-11-22 06:10:12,123 12 ERROR ? odoo.sql_db: bad query: SELECT
no log line: WARNING
2026-11-22 06:10:12,123 12 CRITICAL db odoo.http: over
"""


def junit(tmp_path, text):
    file = tmp_path / "report.xml"
    file.write_text(text)
    return file


def test_failures_and_errors_and_skips_are_told_apart(tmp_path):
    result = read_junit("x", junit(tmp_path, JUNIT), 1)
    assert str(result) == "1 passed, 2 failed, 1 skipped"
    assert result.failures == ["a.B.test_bad\na < b", "a.B.test_broken\nsetUp"]


EMPTY = "<testsuites><testsuite/></testsuites>"


@pytest.mark.parametrize(
    ("text", "status", "wants_tests", "failed"),
    [
        (EMPTY, 5, True, 1),
        (EMPTY, 5, False, 0),
        (EMPTY, 0, True, 1),
        (EMPTY, 2, False, 1),
    ],
)
def test_a_run_without_tests_fails_where_there_should_be_some(
    tmp_path, text, status, wants_tests, failed
):
    result = read_junit("x", junit(tmp_path, text), status, wants_tests)
    assert result.failed == failed


def test_a_run_that_broke_off_without_a_report_has_failed(tmp_path):
    assert read_junit("x", tmp_path / "none.xml", -11).failed == 1


def test_a_crash_after_good_tests_has_failed(tmp_path):
    text = '<testsuites><testcase classname="a" name="b"/></testsuites>'
    assert str(read_junit("x", junit(tmp_path, text), 3)) == "1 passed, 1 failed"


def test_every_warning_and_error_of_a_log_counts_but_the_allowed():
    assert len(complaints(LOG)) == 3
    assert complaints(LOG, ["^odoo.fields: Field lead.x", "odoo.http"]) == [
        "ERROR odoo.sql_db: bad query: SELECT"
    ]


def run(jobs, monkeypatch, capsys):
    options = test._options(["--stage", "lint"])
    monkeypatch.setattr(stages, "lint_jobs", lambda: jobs)
    status = test.Run(None, options).all()
    return status, capsys.readouterr().out.splitlines()


def test_the_last_line_is_the_plain_one(monkeypatch, capsys):
    jobs = [("a", lambda: Result("a", 2, 0, 1)), ("b", lambda: Result("b", 1))]
    status, lines = run(jobs, monkeypatch, capsys)
    assert (status, lines[-1]) == (0, "3 passed, 0 failed, 1 skipped")


def test_one_failure_fails_the_command(monkeypatch, capsys):
    jobs = [("a", lambda: Result("a", 2)), ("b", lambda: Result.check("b", ["no"]))]
    status, lines = run(jobs, monkeypatch, capsys)
    assert (status, lines[-1]) == (1, "2 passed, 1 failed")
    assert any("b: FAILED no" in line for line in lines)


def test_a_job_that_breaks_counts_as_failed(monkeypatch, capsys):
    def broken():
        raise RuntimeError("boom")

    status, lines = run(
        [("a", broken), ("b", lambda: Result("b", 1))], monkeypatch, capsys
    )
    assert (status, lines[-1]) == (1, "1 passed, 1 failed")


def test_nothing_run_is_a_failure(monkeypatch, capsys):
    assert run([], monkeypatch, capsys)[0] == 1


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE " + "KEY-----",
        "see http://" + "pypi" + ".org/simple",
        "/ro" + "ot/.cache/odoo",
        "token = ghp_" + "a1" * 18,
    ],
)
def test_what_must_not_be_written_down_is_found(tmp_path, monkeypatch, text):
    (tmp_path / "notes.txt").write_text(f"first\n{text}\n")
    monkeypatch.setattr(lint, "ROOT", tmp_path)
    monkeypatch.setattr(lint, "_files", lambda _pattern: [tmp_path / "notes.txt"])
    (found,) = lint.check_texts()
    assert found.startswith("notes.txt:2: ")
