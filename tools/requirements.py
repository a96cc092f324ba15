"""Which test proves which requirement: docs/requirements.md, written and checked.

    python3 -m tools.requirements    # write the column of tests anew

A test names what it proves in a comment or docstring: `# D39`, `# A07 A08, B10-B15`.
The numbers and their wording stand in the page itself.
"""

import ast
import io
import re
import tokenize

from tools.paths import FIXTURES, ROOT, addons, fixture_addons

PAGE = ROOT / "docs" / "requirements.md"
ROW = re.compile(
    r"^\| (?P<number>[A-D]\d{2,3}) \| (?P<what>.+?) \| (?P<tests>.*?) ?\|$"
)
NUMBER = re.compile(r"\b([A-D])(\d{2,3})\b(?:\s?[-–]\s?[A-D]?(\d{2,3})\b)?")


def main():
    """Write the column of tests."""
    PAGE.write_text(written(PAGE.read_text("utf-8"), named()), "utf-8")


def check():
    """Return what is wrong: a requirement without a test, a stale page."""
    text, tests = PAGE.read_text("utf-8"), named()
    rows = [match["number"] for match in map(ROW.match, text.splitlines()) if match]
    wrong = [f"{number} is named by no test" for number in rows if number not in tests]
    wrong += [
        f"{number}, named in {', '.join(tests[number])}, is no requirement"
        for number in sorted(set(tests) - set(rows))
    ]
    if written(text, tests) != text:
        wrong.append(f"{PAGE.name} is stale: python3 -m tools.requirements writes it")
    return wrong


def written(text, tests):
    """Return the page's text with the tests of each requirement in its row."""

    def row(line):
        match = ROW.match(line)
        if not match:
            return line
        files = ", ".join(f"`{file}`" for file in tests.get(match["number"], ()))
        return f"| {match['number']} | {match['what']} | {files} |"

    return "\n".join(map(row, text.split("\n")))


def named():
    """Return the files that name each requirement, as {number: [file…]}."""
    folders = [ROOT / name / "tests" for name in addons()]
    folders += [FIXTURES / name / "tests" for name in fixture_addons()]
    folders += [ROOT / "tests" / "runtime", ROOT / "tests" / "system"]
    found = {}
    for folder in folders:
        for file in sorted([*folder.glob("test_*.py"), *folder.glob("*_cases.py")]):
            for number in numbers(remarks(file.read_text("utf-8"))):
                found.setdefault(number, []).append(str(file.relative_to(ROOT)))
    return found


def numbers(text):
    """Return the requirements that a text names, ranges such as B10-B15 spelt out."""
    found = set()
    for page, first, last in NUMBER.findall(text):
        for number in range(int(first), int(last or first) + 1):
            found.add(f"{page}{number:02}")
    return found


def remarks(source):
    """Return the comments and docstrings of a Python source."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    found = [
        token.string
        for token in tokens
        if token.type == tokenize.COMMENT and "noqa" not in token.string
    ]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            found.append(ast.get_docstring(node) or "")
    return "\n".join(found)


if __name__ == "__main__":
    main()
