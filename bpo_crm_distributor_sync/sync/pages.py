"""Reading a distributor page by page, the next page while this one is written.

Nothing here touches an env: the reading is done in a thread.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from odoo.addons.remote_odoo.client import OdooClient
from odoo.addons.remote_odoo.errors import BadReply, Rejected

from ..exchange.records import LARGEST_ID

PARTS = 8  # of a page that cannot be read, until the bad record stands alone
IMAGES = 100  # pictures in one call, fewer where they are large
IMAGE_BYTES = 4 * 1024 * 1024  # wanted size of such a reply
GIVE_UP = 8  # records that cannot be read, and none that can: not the records' fault
DATES = {"write_date", "create_date"}  # a model there may do without
_END = object()


class Unsaid(Rejected):
    """Rows came without fields that they were asked for."""

    def __init__(self, names: set[str]):
        listed = ", ".join(sorted(names))
        super().__init__(f"The distributor did not send these fields: {listed}.")
        self.names = names


class Unreadable(dict):
    """The row of a record that the distributor could not give."""

    def __init__(self, record_id: int, error: Exception):
        super().__init__(id=record_id)
        self.error = error


@dataclass
class Reader:
    """Reads the records of one model, whatever is wrong with single ones of them.

    `strict`: rows that lack a field are an `Unsaid` error.
    """

    client: OdooClient
    model: str
    fields: list[str]
    strict: bool = True
    requests: int = 0

    def pages(
        self, domain: list, size: int, after: int = 0, expected: int = 0
    ) -> Iterator[tuple[list[dict], int]]:
        """Yield rows by id, each once, and the requests they took.

        A short page is not the end before `expected` rows: a record may go away while
        the page that has it is read. The last page may be empty.
        """
        while True:
            before = self.requests
            rows = self.page(domain, size, after)
            yield rows, self.requests - before
            expected -= len(rows)
            if not rows or (len(rows) < size and expected <= 0):
                return
            after = rows[-1]["id"]

    def pictures(self, ids: list[int]) -> Iterator[tuple[dict | None, int | None, int]]:
        """Yield `({id: base64}, last id, requests)`; no last id: that was all.

        None instead of the dict: the peer does not let us read pictures, or has no such
        field any more. An error instead of the base64: of this one. Whatever is wrong
        with pictures, the rows are read without them.
        """
        (name,) = self.fields
        after, limit, has_one = 0, IMAGES, [[name, "!=", False]]
        while True:
            before = self.requests
            try:
                rows = self.page([["id", "in", ids], *has_one], limit, after)
            except Unsaid:
                yield None, None, self.requests - before
                return
            except (Rejected, BadReply) as error:
                if not has_one:
                    few = len(ids) <= GIVE_UP  # each was asked for, alone
                    pictures = dict.fromkeys(ids, error) if few else None
                    yield pictures, None, self.requests - before
                    return
                has_one = []  # a field that cannot be searched
                yield {}, after, self.requests - before
                continue
            pictures = {row["id"]: getattr(row, "error", row.get(name)) for row in rows}
            last = rows[-1]["id"] if len(rows) == limit else None
            yield pictures, last, self.requests - before
            if last is None:
                return
            size = sum(len(str(row.get(name) or "")) for row in rows) // limit
            after, limit = last, min(max(IMAGE_BYTES // (size or 1), 1), IMAGES)

    def page(self, domain: list, size: int, after: int = 0) -> list[dict]:
        """Return at most `size` rows by id, with an id above `after`."""
        domain = [*domain, ["id", ">", after]]
        try:
            return self._rows(domain, size, after)
        except Unsaid:
            raise
        except (Rejected, BadReply):
            ids = self._call("search", domain, limit=size, order="id")
            if not isinstance(ids, list):
                raise
            ids = [key for key in (_id({"id": one}) for one in ids) if key > after]
            if not ids:
                raise
            return self._apart(ids)

    def _apart(self, ids: list[int]) -> list[dict]:
        rows, bad, parts = [], [], [ids]
        while parts:
            part = parts.pop()
            try:
                rows += self._rows([["id", "in", part]], len(part))
            except Unsaid:
                raise
            except (Rejected, BadReply) as error:
                if len(part) > 1:
                    step = -(-len(part) // PARTS)
                    parts += [part[i : i + step] for i in range(0, len(part), step)]
                    continue
                bad.append(Unreadable(part[0], error))
                if not rows and len(bad) == min(GIVE_UP, len(ids)):
                    raise
        return sorted(rows + bad, key=lambda row: row["id"])

    def _rows(self, domain: list, size: int, after: int = 0) -> list[dict]:
        answer = self._call(
            "search_read", domain, fields=self.fields, limit=size, order="id"
        )
        if not isinstance(answer, list):
            raise BadReply("The other Odoo did not answer with records.")
        rows = {_id(row): row for row in answer}
        fresh = [rows[key] for key in sorted(rows) if key > after]
        if rows and not fresh:
            raise BadReply("The other Odoo sends the same records over and over.")
        if self.strict:
            wanted = {*self.fields} - DATES
            if lacking := {name for row in fresh for name in wanted - row.keys()}:
                raise Unsaid(lacking)
        return fresh

    def _call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        self.requests += 1
        return self.client.call(self.model, method, *args, **kwargs)


def _id(row: Any) -> int:
    """Return the id of `row` as a number that our columns hold, and put it there."""
    value = row.get("id") if isinstance(row, dict) else None
    if isinstance(value, str) and value.isdecimal():
        value = row["id"] = int(value)
    if not isinstance(value, int) or not 0 < value <= LARGEST_ID:
        raise BadReply("The other Odoo sends records without a number.")
    return value


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
