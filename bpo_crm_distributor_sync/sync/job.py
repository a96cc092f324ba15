"""One engine for products, dealers and leads: pages in, records out."""

import contextlib
import time
from datetime import datetime, timedelta

from odoo import fields
from odoo.tools import mute_logger

from odoo.addons.remote_odoo.errors import BadReply, Rejected

from ..exchange import distributor
from ..exchange.records import LARGEST_ID
from .pages import Reader, Unsaid, ahead
from .writer import Later, Writer

COMMIT_PAGES = 3  # at most this much is read again after a worker was killed
ANEW = 2  # times that a run asks for the peer's fields anew
TELL = 1.0  # seconds between two moves of the bar, and at most between two commits


class Cancelled(Exception):
    """Somebody pressed Cancel."""


class Job(Writer):
    """The sync of one kind of record of one brand.

    `owned`: pages are committed. Otherwise (a button) nothing is, and `Later` is raised
    for more than one page. A job that is done again from the start goes on where the
    last commit left the run.
    """

    def __init__(self, run, owned=False, deadline=None, has_issues=True):
        super().__init__(run, owned)
        self.deadline, self.has_issues = deadline, has_issues
        self.cursor, self.done = self.run.cursor, self.run.done
        self.total = self.run.total
        self.marked, self.previous, self.reads = False, None, False
        self.local = self.added = self.former = 0
        self.origin = ""
        self.since = time.monotonic()
        self.told = self.since - TELL
        self.size = self.run._setting("page_size")
        self.clock = self.run.peer_clock or None  # the peer's, when reading began

    def read_local(self):
        """Return how many records of this brand came from the distributor's database,
        and the remote ids to read again although the peer did not change them.

        Keep in `former` how many came from others.
        """
        raise NotImplementedError

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
            if self.has_issues:
                self.issues = self.brand._distributor_open_issues(self.kind)
            if self.brand._distributor_identify(self.call):
                self.warn(self.brand._other_origin())
            self.origin = self.brand._distributor_origin(self.kind)
            self.local, self.resync = self.read_local()
            # Nothing of the brand is here yet, and nobody else can add it now.
            self.fresh = not (self.local or self.former)
            done = self.with_mapping(self.kind, self.pull)
            if done:
                self.finish()
                self.brand._distributor_worked(self.client)
        return done

    def with_mapping(self, kind, read):
        """Return what `read` returns, with the mapping of `kind` at hand.

        When a field is refused or does not come, the peer is asked for its fields
        anew: one that went away is left out. One that it says to have and does not
        send is left as it is here, row by row.
        """
        self.mapping = self.brand._distributor_mapping(kind, self)
        self.strict, self.unsent = True, set()
        for left in range(ANEW, -1, -1):
            self.brand._check_required_fields(self.mapping)
            try:
                return read()
            except Rejected as error:
                if not left:
                    raise
                changed = self.ask_fields_anew(kind)
                if not changed and not isinstance(error, Unsaid):
                    raise
                self.strict = self.strict and changed

    def ask_fields_anew(self, kind):
        """Ask the peer for its fields; return whether they are others than we knew."""
        known = self.mapping.peer
        self.mapping = self.brand._distributor_mapping(kind, self, refresh=True)
        return self.mapping.peer != known

    def reader(self, client, names):
        """Return a `Reader` of the mapped model."""
        return Reader(client, self.mapping.model, names, strict=self.strict)

    def pull(self):
        """Read what is to be read and store it; see `execute`."""
        self.reads = self.brand._distributor_fingerprint(self.kind)
        if self.run.reads != self.reads:
            # New, or begun with other filters, fields or at another distributor.
            self.cursor = self.done = self.total = 0
            self.mark, self.clock = "", None
        domain = self.domain()
        if self.run.only_ids:
            return self.store_pages([*domain, ["id", "in", self.run.only_ids]])
        self.previous = self.brand._distributor_mark(self.kind, self.reads)
        if self.run.full:
            return self.pull_full()
        again = self.resync | set(self.issues)
        self.marked = bool(self.previous and self.local and len(again) <= self.size)
        if not self.marked:
            return self.store_pages(domain)
        moved = distributor.since(self.previous[0], sorted(again))
        done = self.store_pages([*domain, *moved])
        if done and self.previous[0] > self.clock + distributor.OVERLAP:
            # A time of the future: it hides what changed until then.
            self.marked, self.previous, self.cursor = False, None, 0
            done = self.store_pages(domain)
        return done

    def pull_full(self):
        return self.store_pages(self.domain())

    def domain(self):
        return self.mapping.domain(self.brand._distributor_filters())

    def store_pages(self, domain):
        for rows in self.pages(domain, self.mapping.row_fields(), self.size):
            if not self.owned and len(rows) >= self.size:
                raise Later
            self.store(rows)
            if not self.checkpoint(rows[-1]["id"], len(rows)):
                return False
        return True

    def pages(self, domain, names, size):
        """Yield pages of rows by id, after the run's cursor."""
        with contextlib.ExitStack() as stack:
            client = self.client
            if self.owned:
                self.total = self.total or self.count(domain)
                # The thread has a connection of its own and never sees the env.
                client = stack.enter_context(self.brand._distributor_client())
            reader = self.reader(client, names)
            left = self.total - self.done
            pages = reader.pages(domain, size, self.cursor, left)
            for rows, requests in ahead(pages) if self.owned else pages:
                self.counts["requests"] += requests
                self.note_clock(client)
                if rows:
                    yield rows

    def read_page(self, domain, size, after=0, names=None):
        """Return one page of rows."""
        names = names or self.mapping.row_fields()
        reader = self.reader(self.client, names)
        try:
            return reader.page(domain, size, after)
        finally:
            self.counts["requests"] += reader.requests
            self.note_clock(self.client)

    def count(self, domain):
        """Return how many rows there are; 0 when the peer does not tell."""
        count = self.call("search_count", domain)
        return count if isinstance(count, int) and 0 < count <= LARGEST_ID else 0

    def call(self, method, *args, model=None, **kwargs):
        self.counts["requests"] += 1
        try:
            return self.client.call(
                model or self.mapping.model, method, *args, **kwargs
            )
        finally:
            self.note_clock(self.client)

    def note_clock(self, client):
        """Keep what the peer's clock said as reading began, or ours."""
        self.clock = self.clock or client.clock or fields.Datetime.now()

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
            self.commit()
            self.check_cancelled()
        return not late

    def commit(self):
        """Save what is whole: after a killed worker, the next goes on behind it."""
        # Who cancels writes the run too: not an error, it is done again.
        with mute_logger("odoo.sql_db"):
            self.save()
            self.env.flush_all()
        self.uncommitted = []
        if self.owned:
            if self.total and self.since >= self.told + TELL:
                self.told = self.since
                self.run._send_progress()  # leaves with the commit
            self.env.cr.commit()  # pylint: disable=invalid-commit

    def check_cancelled(self):
        self.run.invalidate_recordset(["state"])
        if self.run.state == "cancelled":
            raise Cancelled

    def save(self, **values):
        """Add the counts to the run and start counting afresh."""
        values |= {"cursor": self.cursor, "done": self.done}
        values |= {"mark": self.mark, "total": self.total, "reads": self.reads}
        values["peer_clock"] = self.clock
        for name in ("created", "updated", "unchanged", "failed", "images", "requests"):
            if self.counts[name]:
                values[name] = self.run[name] + self.counts[name]
        self.added += self.counts["created"] + self.counts["adopted"]
        self.failed_here += self.counts["failed_here"]
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
            values["unchanged"] = self.unread("updated")
            self.counts.pop("unchanged", None)
        self.warn_missing()
        if self.former and (
            self.run.full or self.run.created or self.counts["created"]
        ):
            self.warn_former()
        self.save(**values)
        if not self.run.only_ids:
            self.brand._distributor_synced(self.kind, self.next_mark(), self.reads)

    def warn_missing(self):
        lost = sorted(
            name
            for key in self.mapping.lost_keys
            for name in self.mapping.configured(key)
            if name in self.mapping.lost
        )
        if missing := [name for name in self.mapping.missing() if name not in lost]:
            self.warn(
                self.env._(
                    "Not on the distributor, so left out: %s.", ", ".join(missing)
                )
            )
        if lost:
            self.warn(
                self.env._(
                    "No longer on the distributor: %s. What is here of that stays as "
                    "it is. Name another field under Field Mapping, or empty the line.",
                    ", ".join(lost),
                )
            )
        if self.unsent:
            self.warn(
                self.env._(
                    "The distributor did not send: %s. What is here of that stays as "
                    "it is.",
                    ", ".join(sorted(self.unsent)),
                )
            )

    def warn_former(self):
        """Say how many records of another database have none in this one."""
        if former := self.count_former():
            self.warn(
                self.env._(
                    "%s came from another database of the distributor and were not "
                    "found in this one. They were left as they are.",
                    former,
                )
            )

    def count_former(self):
        """Return how many records of the brand came from another database."""
        raise NotImplementedError

    def unread(self, *names):
        """Return how many local records are among none of these counts."""
        local = self.local + self.added
        local += self.counts["created"] + self.counts["adopted"]
        seen = sum(self.run[name] + self.counts[name] for name in ("created", *names))
        failed = self.failed_here + self.counts["failed_here"]
        return max(local - seen - failed, 0)

    def next_mark(self):
        """Return up to which time of the peer's clock everything has been read.

        Never by comparing two clocks. The latest row seen was written before the run
        ended, so its time less the run's duration was past when the run began. And
        time has passed there as it has here since the mark before was taken; a full
        check does without that one, so that a wrong mark ends with it. No mark is past
        what the peer's own clock said when reading began.
        """
        candidates = []
        if self.mark:
            duration = fields.Datetime.now() - self.run.started
            latest = datetime.strptime(self.mark, distributor.DATETIME)
            candidates.append(latest - max(duration, timedelta()))
        if self.previous and not self.run.full:
            mark, taken = self.previous
            elapsed = self.run.started - taken
            candidates.append(mark + max(elapsed, timedelta()))
        if not candidates:
            return False
        return min(max(candidates), self.clock).strftime(distributor.DATETIME)
