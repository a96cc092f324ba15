"""What a sync notes of itself: how far it is and what it came to."""

import time
from datetime import datetime, timedelta

from odoo import fields

from ..exchange import distributor
from .writer import Writer, quiet

COMMIT_PAGES = 3  # at most this much is read again after a worker was killed
TELL = 1.0  # seconds between two moves of the bar, and at most between two commits


class Cancelled(Exception):
    """Somebody pressed Cancel."""


class Books(Writer):
    """A writer that keeps its run up to date, and its brand."""

    def __init__(self, run, owned, deadline):
        super().__init__(run, owned)
        self.deadline = deadline
        self.cursor, self.done = self.run.cursor, self.run.done
        self.total = self.run.total
        self.marked, self.previous, self.reads = False, None, False
        self.local = self.added = self.former = 0
        self.since = time.monotonic()
        self.told = self.since - TELL
        self.clock = self.run.peer_clock or None  # the peer's, when reading began

    def checkpoint(self, cursor, rows):
        """Note how far we are, commit now and then; return False when time is up."""
        self.cursor, self.done = cursor, self.done + rows
        return self.rest()

    def rest(self):
        """Commit when it is time for it; return False when the time is up."""
        if not self.owned:
            return True
        now = time.monotonic()
        late = self.is_late()
        pages = 1 if self.careful else COMMIT_PAGES
        if late or len(self.uncommitted) >= pages or now >= self.since + TELL:
            if self.run.attempts:
                self.run.attempts = 0  # it gets on
            self.commit()
            self.check_cancelled()
        return not late

    def is_late(self):
        """Tell whether the time is up that this job has for now."""
        return self.deadline is not None and time.monotonic() >= self.deadline

    def commit(self):
        """Save what is whole: after a killed worker, the next goes on behind it."""
        # Who cancels writes the run too: not an error, it is done again.
        with quiet(self.env.cr):
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
        values |= {"peer_clock": self.clock, "pace": self.pace.kept()}
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
        self.save(**values, rows_done=True)
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
