"""One engine for products and dealers: pages in, records out, one bad row apart."""

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg2

from odoo import fields
from odoo.tools import mute_logger

from odoo.addons.remote_odoo.errors import BadReply, Rejected, RemoteError

from ..exchange import distributor
from .ahead import ahead

_logger = logging.getLogger(__name__)

PAGE = 1000
COMMIT_PAGES = 4  # at most this much is read again after a worker was killed
TELL = 2.0  # seconds between two moves of the bar, and at most between two commits
PARTS = 8  # of a page that failed, until the bad row stands alone
BUSY_TRIES = 4


class Later(Exception):
    """Not in a user's request: more than a page, or another sync was faster."""


class Cancelled(Exception):
    """Somebody pressed Cancel."""


@dataclass
class Item:
    """One row of the peer that needs work here."""

    row: dict
    values: dict
    record: Any = None
    changes: dict = field(default_factory=dict)


class Job:
    """The sync of one kind of record of one brand.

    `owned`: the transaction is the job's own, so that pages are committed and a page
    that fails is rolled back. Otherwise (a button) the caller's transaction is kept
    whole with savepoints, nothing is committed, and `Later` is raised for more than
    one page.
    """

    kind = ""

    def __init__(self, run, owned=False, deadline=None, has_issues=True):
        self.run = run.sudo()
        self.env = self.run.env
        self.brand = self.run.brand_id
        self.owned = owned
        self.careful = not owned
        self.deadline, self.has_issues = deadline, has_issues
        self.counts = Counter()
        self.cursor, self.done = self.run.cursor, self.run.done
        self.total = self.run.total
        self.mark = self.run.mark or ""
        self.uncommitted = []  # pages that are stored and not committed
        self.marked = self.fresh = False
        self.local = self.added = 0
        self.told = self.since = time.monotonic()
        self.size = self.env["distributor.sync.run"]._parameter("page_size", PAGE)

    # -- what a kind defines ---------------------------------------------------

    def prepare(self, rows):
        """Return the `Item`s of `rows` that need work; count the others."""
        raise NotImplementedError

    def put(self, items):
        """Create and write; any error undoes all of `items`."""
        raise NotImplementedError

    def read_local(self):
        """Return how many records of this brand came from the distributor, and the
        remote ids to read again although the peer did not change them."""
        raise NotImplementedError

    def forget(self):
        """Let go of what the cache holds of the records of one page."""
        self.env.invalidate_all()

    # -- the road --------------------------------------------------------------

    def execute(self):
        """Sync from the run's cursor to the end.

        Return whether it is done: False when the time was up, to go on later.
        """
        try:
            return self.connect()
        except BadReply:
            if not self.brand._distributor_known().get("json"):
                raise
            # Something between us lets JSON-RPC through no more.
            self.brand._distributor_learn(json=False)
            return self.connect()

    def connect(self):
        with self.brand._distributor_client() as self.client:
            self.mapping = self.brand._distributor_mapping(self.kind, self)
            self.issues = {}
            if self.has_issues:
                self.issues = self.brand._distributor_open_issues(self.kind)
            self.local, self.resync = self.read_local()
            # Nothing of the brand is here yet, and nobody else can add it now.
            self.fresh = not self.local
            if missing := self.mapping.required_missing():
                raise Rejected(
                    self.env._(
                        "The distributor has no field %(fields)s on %(model)s. Name "
                        "the right one under Field Mapping.",
                        fields=", ".join(missing),
                        model=self.mapping.model,
                    )
                )
            try:
                done = self.pull()
            except Rejected:
                # A field that went away since the last test: leave it out, once.
                known = self.mapping
                self.mapping = self.brand._distributor_mapping(
                    self.kind, self, refresh=True
                )
                if self.mapping.peer == known.peer or self.mapping.required_missing():
                    raise
                done = self.pull()
            if done:
                self.finish()
                self.brand._distributor_worked(self.client)
        return done

    def pull(self):
        """Read what is to be read and store it; see `execute`."""
        if self.run.only_ids:
            return self.store_pages([["id", "in", self.run.only_ids]])
        if self.run.full:
            return self.pull_full()
        domain = self.domain()
        mark = self.brand._distributor_mark(self.kind)
        self.marked = bool(mark and self.local)
        if self.marked:
            again = self.resync | set(self.issues)
            if len(again) <= self.size:
                return self.store_pages(domain + distributor.since(mark, sorted(again)))
            self.marked = False
        return self.store_pages(domain)

    def pull_full(self):
        return self.store_pages(self.domain())

    def domain(self):
        return self.mapping.domain(self.brand._distributor_filters())

    def store_pages(self, domain):
        if self.owned and not self.total:
            self.total = self.call("search_count", domain)
        names = self.mapping.row_fields()
        for rows in self.pages(domain, names):
            if not self.owned and len(rows) >= self.size:
                raise Later
            self.store(rows)
            if not self.checkpoint(rows[-1]["id"], len(rows)):
                return False
        return True

    def pages(self, domain, names, size=None):
        """Yield pages of rows by id, after the run's cursor."""
        size = size or self.size
        if self.cursor:
            domain = [*domain, ["id", ">", self.cursor]]
        read = self.read_pages_ahead if self.owned else self.read_pages
        rows = ()
        for rows in read(domain, names, size):
            self.counts["requests"] += 1
            yield rows
        # The page that showed that there is no more.
        self.counts["requests"] += len(rows) in (0, size)

    def read_pages(self, domain, names, size):
        return self.client.search_read_pages(
            self.mapping.model, domain, names, page=size
        )

    def read_pages_ahead(self, domain, names, size):
        # The thread has a connection of its own and never sees the env.
        with self.brand._distributor_client() as client:
            pages = client.search_read_pages(
                self.mapping.model, domain, names, page=size
            )
            yield from ahead(pages)

    def call(self, method, *args, model=None, **kwargs):
        self.counts["requests"] += 1
        return self.client.call(model or self.mapping.model, method, *args, **kwargs)

    # -- one page --------------------------------------------------------------

    def store(self, rows):
        """Store one page, whatever is wrong with single rows of it.

        A job that owns its transaction begins without savepoints. When a page fails,
        all since the last commit is rolled back and written again with them, as is
        what comes after: where one row is bad there are others.
        """
        self.uncommitted.append(rows)
        pages = [rows]
        for attempt in range(BUSY_TRIES):
            try:
                # A refused INSERT would be logged with all that a customer typed.
                with mute_logger("odoo.sql_db"):
                    for page in pages:
                        self.store_rows(page)
                return
            except psycopg2.OperationalError:
                # Somebody else writes the same rows: not the rows' fault.
                if not self.owned or attempt == BUSY_TRIES - 1:
                    raise
                time.sleep(0.1 * attempt)
            except RemoteError:
                raise
            except Exception:  # of a bad row, or of an addon that extends the record
                if self.careful:
                    raise
                self.careful = True
            self.roll_back()
            pages = self.uncommitted

    def roll_back(self):
        """Forget what is not committed, but for the requests that were made."""
        self.env.cr.rollback()
        self.fresh = False
        self.counts = Counter(requests=self.counts["requests"])
        self.issues = self.brand._distributor_open_issues(self.issue_kind())

    def issue_kind(self):
        return self.kind

    def store_rows(self, rows):
        latest = distributor.moment(max(str(row.get("write_date")) for row in rows))
        self.mark = max(str(latest or ""), self.mark)
        for items in self.parts(self.prepare(rows)):
            if self.careful:
                self.isolate(items)
            else:
                self.put(items)
                self.env.flush_all()
                self.settle(items)
        self.env.flush_all()
        self.forget()

    def parts(self, items):
        """Yield `items` in the batches in which they are written."""
        if items:
            yield items

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
                if self.relent(items[0], error):
                    self.isolate(items)
                else:
                    self.fail(items[0].row, error)
                return
            step = -(-len(items) // PARTS)
            for start in range(0, len(items), step):
                self.isolate(items[start : start + step])
        else:
            self.settle(items)

    def relent(self, item, error):
        """Make less of a row that cannot be written; return whether to try again."""
        return False

    def settle(self, items):
        for item in items:
            self.counts["updated" if item.record else "created"] += 1
            self.solve(item.row["id"])

    def fail(self, row, error):
        """Keep one bad row as an issue that a person can read and retry."""
        self.counts["failed"] += 1
        name = distributor.title(self.mapping, row)
        reason = self.env["distributor.sync.issue"]._reason(error)
        self.log_failure(name, row["id"], reason)
        self.issues[row["id"]] = self.env["distributor.sync.issue"]._note(
            self.run, self.kind, row["id"], name, reason
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

    # -- bookkeeping -----------------------------------------------------------

    def checkpoint(self, cursor, rows):
        """Note how far we are, commit now and then; return False when time is up."""
        self.cursor, self.done = cursor, self.done + rows
        if not self.owned:
            return True
        now = time.monotonic()
        late = self.deadline is not None and now >= self.deadline
        pages = 1 if self.careful else COMMIT_PAGES
        if late or len(self.uncommitted) >= pages or now >= self.since + TELL:
            self.save()
            # These pages are whole; after a killed worker the next goes on here.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            self.uncommitted = []
        if now >= self.told + TELL:
            self.run._send_progress()
            self.check_cancelled()
            self.told = now
        return not late

    def check_cancelled(self):
        self.run.invalidate_recordset(["state"])
        if self.run.state == "cancelled":
            raise Cancelled

    def save(self, **values):
        """Add the counts to the run and start counting afresh."""
        values |= {"cursor": self.cursor, "done": self.done}
        values |= {"mark": self.mark, "total": self.total}
        for name in ("created", "updated", "unchanged", "failed", "images", "requests"):
            if self.counts[name]:
                values[name] = self.run[name] + self.counts[name]
        self.added += self.counts["created"]
        self.counts.clear()
        # Without the time that a queued run waited for its turn.
        now = time.monotonic()
        values["duration"] = self.run.duration + now - self.since
        self.since = now
        self.run.write(values)

    def finish(self):
        """Note on run and brand what the sync came to."""
        if self.owned:
            self.check_cancelled()
        values = {}
        if self.marked:
            # Those that were not even read.
            values["unchanged"] = self.unread("updated", "failed")
            self.counts.pop("unchanged", None)
        if missing := self.mapping.missing():
            self.warn(
                self.env._(
                    "Not on the distributor, so left out: %s.", ", ".join(missing)
                )
            )
        self.save(**values)
        if not self.run.only_ids:
            self.brand._distributor_synced(self.kind, self.next_mark())

    def unread(self, *names):
        """Return how many local records are among none of these counts."""
        local = self.local + self.added + self.counts["created"]
        seen = sum(self.run[name] + self.counts[name] for name in ("created", *names))
        return max(local - seen, 0)

    def next_mark(self):
        """Return up to which time of the peer's clock everything has been read.

        Never by comparing two clocks. The latest row seen was written before the run
        ended, so its time less the run's duration was past when the run began. And
        time has passed there as it has here since the mark before was taken.
        """
        candidates = []
        if self.mark:
            duration = fields.Datetime.now() - self.run.started
            latest = datetime.strptime(self.mark, distributor.DATETIME)
            candidates.append(latest - max(duration, timedelta()))
        if previous := self.brand._distributor_mark_at(self.kind):
            mark, taken = previous
            elapsed = self.run.started - taken
            candidates.append(mark + max(elapsed, timedelta()))
        return max(candidates).strftime(distributor.DATETIME) if candidates else False
