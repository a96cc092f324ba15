"""The outbox owns its messages: other addons use the methods of remote.odoo.sender."""

import re

from tools.paths import ROOT, addons

DIRECT = re.compile(r"remote\.odoo\.message|remote_message_ids")


def test_only_the_outbox_touches_messages():
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for addon in addons()
        if addon != "remote_odoo"
        for path in (ROOT / addon).rglob("*.py")
        if not {"tests", "migrations"} & set(path.parts)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if DIRECT.search(line)
    ]
    assert not found, "\n".join(found)
