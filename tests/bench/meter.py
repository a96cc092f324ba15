"""What is measured of a piece of work, and how a figure is handed on."""

import gc
import json
import threading
import time
from pathlib import Path


def report(**values):
    print(json.dumps(values), flush=True)


def memory():
    """Return the resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


class Measure:
    """One thing measured: seconds, SQL statements, peak memory over the start."""

    def __init__(self, cr):
        self.cr = cr

    def __enter__(self):
        gc.collect()
        self.base = self.peak = memory()
        self.queries = self.cr.sql_log_count
        self.running = True
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        self.since = time.perf_counter()
        return self

    def __exit__(self, *_error):
        self.seconds = time.perf_counter() - self.since
        self.running = False
        self.thread.join()
        self.queries = self.cr.sql_log_count - self.queries
        self.growth = max(self.peak - self.base, 0)

    def _watch(self):
        while self.running:
            self.peak = max(self.peak, memory())
            time.sleep(0.02)


def timed(function, *args):
    """Return the seconds that `function` took."""
    since = time.perf_counter()
    function(*args)
    return time.perf_counter() - since
