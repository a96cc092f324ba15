"""Reading a distributor page by page, the next page while this one is written.

Nothing here touches an env: the reading is done in a thread.
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from odoo.addons.remote_odoo.client import OdooClient
from odoo.addons.remote_odoo.errors import (
    BadReply,
    OutcomeUnknown,
    Rejected,
    RemoteError,
    TooLarge,
)

from ..exchange.records import LARGEST_ID

PARTS = 8  # of a page that cannot be read, until the bad record stands alone
IMAGES = 100  # pictures in one call, fewer where they are large or slow
IMAGE_BYTES = 4 * 1024 * 1024  # wanted size of such a reply
GIVE_UP = 8  # records that cannot be read, and none that can: not the records' fault
SLOWER = 4  # so much less is asked for after a call that took too long
PROBE = 10  # seconds that a call about nothing may take
DATES = {"write_date", "create_date"}  # a model there may do without
_END = object()


class OutOfTime(OutcomeUnknown):
    """There was no time left for another call: go on later, with less in a call."""


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
class Pace:
    """How much a distributor is asked for in one call, and how long it may take."""

    rows: int
    pictures: int = IMAGES
    seconds: float = 600  # that one call may take
    ends: float = math.inf  # of `time.monotonic()`: no call lasts longer
    patient: bool = True  # ask for less where a call took too long; else say so
    most_pictures: int = IMAGES  # that were not too many yet

    def allow(self, client: OdooClient) -> None:
        """Bound the next call of `client`; OutOfTime when there is no time for one."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise OutOfTime("There was no time left to ask the distributor for more.")
        client.longest = min(self.seconds, left)

    def kept(self) -> dict:
        """Return what a run remembers, to begin with it when it goes on."""
        names = ("rows", "pictures", "most_pictures")
        return {name: getattr(self, name) for name in names}

    def slow_down(self, what: str) -> None:
        """Ask for less `rows` or `pictures` in a call from now on."""
        size = getattr(self, what)
        setattr(self, what, max(size // SLOWER, 1))
        if what == "pictures":
            self.most_pictures = max(size // 2, 1)

    def suit(self, size: int) -> None:
        """Ask for as many pictures as fit in a call, where one has `size` bytes."""
        fit = max(IMAGE_BYTES // (size or 1), 1)
        self.pictures = min(fit, 2 * self.pictures, self.most_pictures)


@dataclass
class Reader:
    """Reads the records of one model, whatever is wrong with single ones of them.

    `strict`: rows that lack a field are an `Unsaid` error. `ended`: what was yielded
    last is all.
    """

    client: OdooClient
    model: str
    fields: list[str]
    pace: Pace
    strict: bool = True
    requests: int = 0
    ended: bool = False

    def pages(
        self, domain: list, after: int = 0, expected: int = 0, last: float = math.inf
    ) -> Iterator[tuple[list[dict], int]]:
        """Yield rows by id up to `last`, each once, and the requests they took.

        A short page is not the end before `expected` rows: a record may go away while
        the page that has it is read. The last page may be empty, as is the one after a
        call that took too long: the next asks for less.
        """
        slow = 0
        while after < last:
            before, size = self.requests, self.pace.rows
            try:
                rows, is_slow = self.page(domain, size, after), False
            except (OutcomeUnknown, TooLarge) as error:
                rows, is_slow = self._less(error, "rows", domain, after), True
                slow += len(rows) if isinstance(error, OutcomeUnknown) else 0
                if slow == GIVE_UP:
                    raise
            expected -= len(rows)
            if not is_slow:
                self.ended = not rows or (len(rows) < size and expected <= 0)
            yield rows, self.requests - before
            if self.ended:
                return
            slow = slow if is_slow else 0
            after = rows[-1]["id"] if rows else after

    def pictures(self, ids: list[int]) -> Iterator[tuple[dict | None, int | None, int]]:
        """Yield `({id: base64}, last id, requests)`; no last id: that was all.

        None instead of the dict: the peer does not let us read pictures, or has no such
        field any more. An error instead of the base64: of this one. Whatever is wrong
        with pictures, the rows are read without them.
        """
        (name,) = self.fields
        after, has_one, slow = 0, [[name, "!=", False]], 0
        while True:
            before, limit = self.requests, self.pace.pictures
            domain = [["id", "in", ids], *has_one]
            try:
                rows = self.page(domain, limit, after)
            except Unsaid:
                yield None, None, self.requests - before
                return
            except (OutcomeUnknown, TooLarge) as error:
                rows = self._less(error, "pictures", domain, after)
                slow += len(rows) if isinstance(error, OutcomeUnknown) else 0
                if slow == GIVE_UP:
                    yield None, None, self.requests - before
                    return
                after = rows[-1]["id"] if rows else after
                errors = {row["id"]: row.error for row in rows}
                last = None if self.ended else after
                yield errors, last, self.requests - before
                if self.ended:
                    return
                continue
            except (Rejected, BadReply) as error:
                if not has_one:
                    few = len(ids) <= GIVE_UP  # each was asked for, alone
                    pictures = dict.fromkeys(ids, error) if few else None
                    yield pictures, None, self.requests - before
                    return
                has_one = []  # a field that cannot be searched
                yield {}, after, self.requests - before
                continue
            slow = 0 if rows else slow
            pictures = {row["id"]: getattr(row, "error", row.get(name)) for row in rows}
            last = rows[-1]["id"] if len(rows) == limit else None
            self.ended = last is None
            yield pictures, last, self.requests - before
            if last is None:
                return
            self.pace.suit(sum(len(str(row.get(name) or "")) for row in rows) // limit)
            after = last

    def _less(
        self, error: RemoteError, what: str, domain: list, after: int
    ) -> list[dict]:
        """Ask for less from now on, where the peer answers other calls.

        Return no row, or the one that cannot be had although it was asked for alone;
        where there is none left, what was yielded last was all.
        """
        alone = getattr(self.pace, what) == 1
        self.pace.slow_down(what)
        if isinstance(error, OutcomeUnknown):
            if not self.pace.patient or isinstance(error, OutOfTime):
                raise error
            self._probe(error)
        if not alone:
            return []
        ids = self._ids([*domain, ["id", ">", after]], 1)
        ids = [key for key in ids if key > after]
        self.ended = not ids
        return [Unreadable(key, error) for key in ids]

    def _probe(self, error: RemoteError) -> None:
        """Raise `error` where the peer does not answer at all."""
        seconds, self.pace.seconds = self.pace.seconds, PROBE
        try:
            self._call("search", [["id", "=", 0]], limit=1)
        except OutOfTime:
            raise
        except OutcomeUnknown:
            raise error from None
        finally:
            self.pace.seconds = seconds

    def page(self, domain: list, size: int, after: int = 0) -> list[dict]:
        """Return at most `size` rows by id, with an id above `after`."""
        domain = [*domain, ["id", ">", after]]
        try:
            return self._rows(domain, size, after)
        except (Unsaid, TooLarge):
            raise
        except (Rejected, BadReply):
            ids = [key for key in self._ids(domain, size) if key > after]
            if not ids:
                raise
            return self._apart(ids)

    def _ids(self, domain: list, size: int) -> list[int]:
        ids = self._call("search", domain, limit=size, order="id")
        if not isinstance(ids, list) or len(ids) > size:
            raise BadReply("The other Odoo did not answer with records.")
        return [_id({"id": one}) for one in ids]

    def _apart(self, ids: list[int]) -> list[dict]:
        rows, bad, parts = [], [], [ids]
        while parts:
            part = parts.pop()
            try:
                rows += self._rows([["id", "in", part]], len(part))
            except (Unsaid, TooLarge):
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
        if len(answer) > size:
            raise BadReply("The other Odoo sends more records than it was asked for.")
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
        self.pace.allow(self.client)
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


def ahead(pages: Iterable, is_late: Callable = bool) -> Iterator:
    """Yield what `pages` yields; the next item is computed in a thread meanwhile.

    `pages` must touch nothing that the caller uses: no env, a connection of its own.
    An error of the thread is raised here, when its page is due. Once `is_late()`
    nothing more is begun: OutOfTime after the item that is being computed.
    """
    iterator = iter(pages)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sync-ahead") as pool:
        future = pool.submit(next, iterator, _END)
        while (page := future.result()) is not _END:
            late = is_late()
            if not late:
                future = pool.submit(next, iterator, _END)
            yield page
            if late:
                raise OutOfTime("The time is up.")
