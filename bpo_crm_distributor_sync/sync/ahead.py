"""Working on one page while the next is on its way."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

_END = object()


def ahead(pages: Iterable) -> Iterator:
    """Yield what `pages` yields; the next item is computed in a thread meanwhile.

    `pages` must touch nothing that the caller uses: no env, a connection of its own.
    An error of the thread is raised here, when its page is due.
    """
    iterator = iter(pages)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sync-ahead") as pool:
        future = pool.submit(next, iterator, _END)
        while (page := future.result()) is not _END:
            future = pool.submit(next, iterator, _END)
            yield page
