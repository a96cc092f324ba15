"""make soak: the outbox among faults and kills, on every series found."""

import importlib.util

from tools import odoo
from tools.paths import ROOT


def main(arguments):
    """Run `tests/system/outbox_soak.py` for each series, or for the one asked for."""
    path = ROOT / "tests" / "system" / "outbox_soak.py"
    spec = importlib.util.spec_from_file_location("outbox_soak", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if "--series" in arguments or {"-h", "--help"} & set(arguments):
        return module.main(arguments)
    return max(
        module.main([*arguments, "--series", series])
        for series in odoo.find(every=True)
    )
