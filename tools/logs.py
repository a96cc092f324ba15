"""Reading Odoo's logs: what in them is a complaint."""

import re

LOG_LINE = re.compile(
    r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (?P<level>WARNING|ERROR|CRITICAL) "
    r"(?P<database>\S+) (?P<logger>\S+): (?P<message>.*)$"
)


def complaints(text, allowed=()):
    """Return the log lines of level WARNING and above, but for the allowed ones.

    `allowed`: regular expressions, matched against "logger: message".
    """
    found = []
    for line in text.splitlines():
        match = LOG_LINE.match(line)
        if match:
            told = f"{match['logger']}: {match['message']}"
            if not any(re.search(pattern, told) for pattern in allowed):
                found.append(f"{match['level']} {told}")
    return found


def tail(log, lines=25):
    """Return the last lines of a log file."""
    text = log.read_text(errors="replace") if log.exists() else ""
    return "\n".join(text.splitlines()[-lines:])
