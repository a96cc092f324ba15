"""The pages of one question to the BPO, as long as there is time for them.

Pure: no env, no network of its own.
"""

import time
from collections.abc import Callable, Iterator

from odoo.addons.remote_odoo.errors import BadReply

MAX_PAGES = 200  # in one run; what is left waits for the next one


class Pages:
    """Iterate over the pages that ``ask(after)`` returns, each a dict with ``next``.

    Stops at ``ends`` (as ``time.monotonic()``) or after ``limit`` pages; ``complete``
    tells whether the last page was read. A ``next`` that came before is a BadReply: it
    would never end.
    """

    def __init__(
        self, ask: Callable[[str | bool], dict], ends: float, limit: int = MAX_PAGES
    ):
        self._ask, self._ends, self._limit = ask, ends, limit
        self.complete = False

    def __iter__(self) -> Iterator[dict]:
        after: str | bool = False
        seen: set[str] = set()
        for _number in range(self._limit):
            if time.monotonic() >= self._ends:
                return
            page = self._ask(after)
            after = page["next"]
            yield page
            if not after:
                self.complete = True
                return
            if after in seen:
                raise BadReply("The BPO named the same next page twice.")
            seen.add(after)
