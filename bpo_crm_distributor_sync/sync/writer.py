"""One page of a distributor's rows, written here: a bad row stands apart."""

import logging
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg2

from odoo.addons.remote_odoo.errors import RemoteError

from ..exchange import records
from .pages import Unreadable

_logger = logging.getLogger(__name__)

PARTS = 8  # of a page that failed, until the bad row stands alone


@contextmanager
def quiet(cr):
    """Let `cr` refuse a statement without logging it: a customer's data are in it.

    This cursor alone, which belongs to one thread: the loggers are everybody's.
    """
    before, execute = vars(cr).get("execute"), cr.execute

    def execute_quietly(query, params=None, log_exceptions=True):
        return execute(query, params, log_exceptions=False)

    cr.execute = execute_quietly
    try:
        yield
    finally:
        del cr.execute
        if before:
            cr.execute = before


class Later(Exception):
    """Not in a user's request: more than a page, or another sync was faster."""


@dataclass
class Item:
    """One row of the peer that needs work here."""

    row: dict
    values: dict
    record: Any = None
    changes: dict = field(default_factory=dict)


def split(items):
    step = -(-len(items) // PARTS)
    return [items[start : start + step] for start in range(0, len(items), step)]


class Writer:
    """Writes rows of one kind for one brand.

    `owned`: the transaction is our own, so a page that fails is rolled back. Otherwise
    (a button) the caller's transaction is kept whole with savepoints.
    """

    kind = ""

    def __init__(self, run, owned):
        self.run = run.sudo()
        self.env = self.run.env
        self.brand = self.run.brand_id
        self.owned = owned
        self.careful = not owned
        self.counts = Counter()
        self.mark = self.run.mark or ""
        self.uncommitted = []  # pages that are stored and not committed
        self.mapping, self.issues, self.fresh = None, {}, False
        # All rows have the fields they were asked for; else those that did not come.
        self.strict, self.unsent = True, set()
        self.clock = None
        self.failed_here = 0  # of rows that have a record here, up to the last commit

    # -- what a kind defines ---------------------------------------------------

    def known(self, rows):
        """Return our records of `rows`, by their ids there."""
        raise NotImplementedError

    def values(self, row):
        """Return the values of our record; BadRow says why there can be none."""
        raise NotImplementedError

    def changes(self, record, values):
        """Return what `record` lacks of `values`."""
        raise NotImplementedError

    def put(self, items):
        """Create and write; any error undoes all of `items`."""
        raise NotImplementedError

    @staticmethod
    def change(items, env):
        """Write what differs, in one go what differs alike."""
        alike = {}
        for item in items:
            if item.record:
                alike.setdefault(repr(item.changes), []).append(item)
        for group in alike.values():
            ids = [item.record.id for item in group]
            group[0].record.with_env(env).browse(ids).write(group[0].changes)

    def forget(self):
        """Let go of what the cache holds of the records of one page."""
        self.env.invalidate_all()

    def issue_kind(self):
        return self.kind

    # -- one page --------------------------------------------------------------

    def store(self, rows):
        """Store one page, whatever is wrong with single rows of it.

        A transaction of our own begins without savepoints. When a page fails, all
        since the last commit is rolled back and written again with them, as is what
        comes after: where one row is bad there are others.
        """
        self.uncommitted.append(rows)
        with quiet(self.env.cr):
            try:
                self.store_rows(rows)
            except (psycopg2.OperationalError, RemoteError):
                raise  # not the rows' fault
            except Exception:  # of a bad row, or of an addon that extends the record
                if self.careful:
                    raise
                self.careful = True
                self.roll_back()
                for page in self.uncommitted:
                    self.store_rows(page)

    def roll_back(self):
        """Forget what is not committed, but for what no rollback undoes.

        The requests that were made, and the rows that were compared and not written.
        """
        self.env.cr.rollback()
        self.fresh = False
        kept = {name: self.counts[name] for name in ("requests", "alike")}
        self.counts = Counter(unchanged=kept["alike"], **kept)
        self.issues = self.brand._distributor_open_issues(self.issue_kind())

    def store_rows(self, rows):
        self.note_times(rows)
        if items := self.prepare(rows):
            self.store_items(items)
        self.env.flush_all()
        self.forget()

    def note_times(self, rows):
        """Keep the latest time of change among `rows`.

        A time ahead of the peer's clock would make us blind for all that changes until
        then.
        """
        self.mark = max(self.mark, records.latest(rows, str(self.clock)))

    def store_items(self, items):
        if self.careful:
            # After a page that failed: the next bad row spoils less.
            for part in split(items) if self.owned else [items]:
                self.isolate(part)
        else:
            self.put(items)
            self.env.flush_all()
            self.settle(items)

    def prepare(self, rows):
        """Return the `Item`s of `rows` that need work; count the others."""
        known = {} if self.fresh else self.known(rows)
        items = []
        for row in rows:
            try:
                if isinstance(row, Unreadable):
                    raise row.error
                if not self.strict:
                    self.note_unsent(row)
                values = self.values(row)
            except Exception as error:  # whatever a stranger's row may hold
                self.fail(row, error, known.get(row["id"]))
                continue
            item = Item(row, values, known.get(row["id"]))
            if item.record:
                item.changes = self.changes(item.record, values)
            if item.record and not item.changes:
                self.counts["unchanged"] += 1
                self.solve(row["id"])
            else:
                items.append(item)
        return items

    def note_unsent(self, row):
        """Remember which fields did not come although the peer has them."""
        names = (self.mapping.names(key) for key in self.mapping.keys_of_rows)
        self.unsent.update({name for some in names for name in some} - row.keys())

    def isolate(self, items):
        """Write `items`; when that fails, split until the bad one stands alone."""
        try:
            with self.env.cr.savepoint():
                self.put(items)
                self.env.flush_all()
        except psycopg2.OperationalError:
            raise
        except Exception as error:
            self.env.invalidate_all()
            if not self.owned and isinstance(error, psycopg2.errors.UniqueViolation):
                # A sync that ended after our transaction began, so we cannot see it.
                raise Later from error
            if len(items) == 1:
                self.fail(items[0].row, error, items[0].record)
                return
            for part in split(items):
                self.isolate(part)
        else:
            self.settle(items)

    # -- what became of a row --------------------------------------------------

    def settle(self, items):
        for item in items:
            self.counts["updated" if item.record else "created"] += 1
            self.solve(item.row["id"])

    def fail(self, row, error, record=None):
        """Keep one bad row as an issue that a person can read and retry."""
        self.counts["failed"] += 1
        self.counts["failed_here"] += bool(record)
        name = records.title(self.mapping, row)
        reason = self.env["distributor.sync.issue"]._reason(error)
        self.log_failure(name, row["id"], reason)
        self.issues[row["id"]] = self.env["distributor.sync.issue"]._note(
            self.run, self.issue_kind(), row["id"], name, reason
        )

    def log_failure(self, name, remote_id, reason):
        _logger.warning(
            "Failed to sync %s %s of brand %s: %s",
            self.kind, remote_id, self.brand.id, reason,
        )  # fmt: skip

    def solve(self, remote_id):
        if issue := self.issues.pop(remote_id, None):
            issue.state = "solved"

    def warn(self, sentence):
        """Add a sentence to what the run says, once."""
        if sentence not in (self.run.warning or ""):
            self.run.warning = f"{self.run.warning or ''} {sentence}".strip()
