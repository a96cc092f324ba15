"""make bench: the figures of docs/scale.md, measured on real servers."""

import importlib.util

from tools.paths import ROOT


def main(arguments):
    """Run `tests/bench/bench.py`, which has the work."""
    path = ROOT / "tests" / "bench" / "bench.py"
    spec = importlib.util.spec_from_file_location("vehicle_bench", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main(arguments)
