"""make pot: `<addon>/i18n/<addon>.pot`, Odoo's own export of what can be translated.

The files are those of Odoo 18.0. That of 19.0 differs by a few names of the core's
models and fields which ours inherit.
"""

import re

from tools.console import say
from tools.logs import complaints
from tools.paths import ROOT, addons, work_dir
from tools.runtime import Runtime

SERIES = "18.0"
# What Settings > Translations > Export does, in both series.
EXPORT = """
import base64
from pathlib import Path
for module in env["ir.module.module"].search([("name", "in", {names!r})]):
    values = {{"lang": "__new__", "format": "po", "modules": [(6, 0, module.ids)]}}
    export = env["base.language.export"].create(values)
    export.act_getfile()
    Path({folder!r}, module.name + ".pot").write_bytes(base64.b64decode(export.data))
"""
DATES = re.compile(r'^"(POT-Creation|PO-Revision)-Date: .*\n', re.M)


def main(_arguments):
    """Write the files anew."""
    with Runtime("pot", [SERIES]) as runtime:
        files, wrong = exported(runtime)
    for name, text in files.items():
        file = committed(name)
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
        say(f"{file.relative_to(ROOT)}: {len(terms(text))} texts")
    for text in wrong:
        say(text)
    return 1 if wrong else 0


def check(runtime):
    """Return what is wrong: a text not exported, a committed file that is stale."""
    files, wrong = exported(runtime)
    for name, text in files.items():
        file = committed(name)
        there = terms(file.read_text("utf-8")) if file.exists() else set()
        for what, some in (
            ("lacks", terms(text) - there),
            ("still has", there - terms(text)),
        ):
            if some:
                shown = "; ".join(sorted(some)[:5])
                wrong.append(f"{file.name} {what} {len(some)} texts: {shown}")
    if wrong:
        wrong.append("`make pot` writes the files anew")
    return wrong


def exported(runtime):
    """Return ({addon: text of its file}, complaints of the export)."""
    databases = runtime.databases[SERIES]
    name = runtime.database(SERIES, "pot", addons())
    folder = work_dir() / "pot"
    folder.mkdir(exist_ok=True)
    log = databases.shell(name, EXPORT.format(names=addons(), folder=str(folder)))
    databases.drop(name)
    texts = {name: (folder / f"{name}.pot").read_text("utf-8") for name in addons()}
    return {k: DATES.sub("", v) for k, v in texts.items()}, complaints(log)


def committed(name):
    """Return where the file of an addon is kept."""
    return ROOT / name / "i18n" / f"{name}.pot"


def terms(text):
    """Return the texts to translate that a .pot file has."""
    import polib  # in the venv only

    return {entry.msgid for entry in polib.pofile(text)}
