"""What a check or a test run came to, and how it is counted."""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field


@dataclass
class Result:
    """Counts of one job, and the texts of what failed."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list = field(default_factory=list)

    @classmethod
    def check(cls, name, complaints):
        """Return the result of one check: passed when it has nothing to say."""
        return cls(name, int(not complaints), int(bool(complaints)), 0, complaints)

    def __str__(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def read_junit(name, file, status, wants_tests=True):
    """Return the result of a pytest run from its report and its exit status.

    A run that broke off, and one that ran nothing where tests are wanted, has failed.
    """
    result = Result(name)
    if file.exists():
        for case in ElementTree.parse(file).iter("testcase"):
            problems = [*case.findall("failure"), *case.findall("error")]
            if problems:
                result.failed += 1
                title = f"{case.get('classname')}.{case.get('name')}"
                text = problems[0].text or problems[0].get("message") or ""
                result.failures.append(f"{title}\n{_end(text)}")
            elif case.find("skipped") is not None:
                result.skipped += 1
            else:
                result.passed += 1
    if not result.failed:
        if status not in (0, 5):
            result.failed = 1
            result.failures.append(f"pytest ended with status {status}")
        elif wants_tests and not result.passed and not result.skipped:
            result.failed = 1
            result.failures.append("no test was run, though there should be some")
    return result


def _end(text, lines=40):
    rows = text.rstrip().splitlines()
    head = [f"… {len(rows) - lines} lines before"] if len(rows) > lines else []
    return "\n".join(head + rows[-lines:])
