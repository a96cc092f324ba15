"""One engine for products, dealers and leads: pages in, records out."""

import contextlib
from dataclasses import replace

from odoo import fields

from odoo.addons.remote_odoo.errors import BadReply, Rejected

from ..exchange import distributor
from ..exchange.records import LARGEST_ID
from .books import Books
from .pages import OutOfTime, Pace, Reader, Unsaid, ahead
from .writer import Later

ANEW = 2  # times that a run asks for the peer's fields anew


class Job(Books):
    """The sync of one kind of record of one brand.

    `owned`: pages are committed. Otherwise (a button) nothing is, and `Later` is raised
    for more than one page. A job that is done again from the start goes on where the
    last commit left the run.
    """

    call_seconds = None  # of one call at most; None: as the settings say

    def __init__(self, run, owned=False, deadline=None, has_issues=True):
        """Work on `run` until `deadline`, of `time.monotonic()`; None: to the end."""
        super().__init__(run, owned, deadline)
        self.has_issues = has_issues
        self.origin = ""
        self.size = self.run._setting("page_size")
        self.pace = self.get_pace()

    def get_pace(self):
        """Return how much is asked for in a call, and how long it may take.

        A run that goes on does not ask for more than was too much before. What was
        begun before the time was up may be ended, but in a user's request.
        """
        seconds = self.call_seconds or self.run._seconds("call")
        pace = Pace(rows=self.size, seconds=seconds, patient=self.owned)
        if self.deadline is not None:
            pace.ends = self.deadline + (seconds if self.owned else 0)
        for name, value in (self.run.pace or {}).items():
            setattr(pace, name, value)
        pace.rows = min(pace.rows, self.size)
        return pace

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
        except OutOfTime:
            if not self.owned:
                raise
            self.commit()  # what is stored is whole, and so is the pace
            return False
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
            done = self.with_mapping(self.kind, self.work)
            if done:
                self.brand._distributor_worked(self.client)
        return done

    def work(self):
        """Store the rows, then what follows them; return whether all is done."""
        self.reads = self.brand._distributor_fingerprint(self.kind)
        if not (self.run.rows_done and self.run.reads == self.reads):
            if not self.pull():
                return False
            self.finish()
        return self.pull_rest()

    def pull_rest(self):
        """Read and store what comes after the rows; return whether that is done."""
        return True

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
        return Reader(client, self.mapping.model, names, self.pace, strict=self.strict)

    def pull(self):
        """Read the rows and store them; see `execute`."""
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
        for rows in self.pages(domain, self.mapping.row_fields()):
            if not self.owned and len(rows) >= self.size:
                raise Later
            self.store(rows)
            self.checkpoint(rows[-1]["id"], len(rows))
        return True

    def pages(self, domain, names, size=None):
        """Yield pages of rows by id, after the run's cursor."""
        with contextlib.ExitStack() as stack:
            client = self.client
            if self.owned:
                self.total = self.total or self.count(domain)
                # The thread has a connection of its own and never sees the env.
                client = stack.enter_context(self.brand._distributor_client())
            reader = self.reader(client, names)
            if size:
                reader.pace = replace(self.pace, rows=size)
            left = self.total - self.done
            pages = reader.pages(domain, self.cursor, left)
            if self.owned:
                pages = ahead(pages, lambda: self.is_late() and not reader.ended)
            for rows, requests in pages:
                self.counts["requests"] += requests
                self.note_clock(client)
                if rows:
                    yield rows

    def rows_of(self, domain, ids):
        """Yield pages of the rows that `ids` are, in their order."""
        reader = self.reader(self.client, self.mapping.row_fields())
        domain = [*domain, ["id", "in", ids]]
        for rows, requests in reader.pages(domain, expected=len(ids), last=ids[-1]):
            self.counts["requests"] += requests
            self.note_clock(self.client)
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
        self.pace.allow(self.client)
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
