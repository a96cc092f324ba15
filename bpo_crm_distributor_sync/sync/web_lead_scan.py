"""Which of the web leads that wait at a distributor have to be read.

What is imported already may wait there for long: it cannot be marked, or the
distributor does not keep the mark. So the import looks at the ids and the times of
creation of everything that waits, and reads only what it does not know.
"""

from ..exchange import records

SCAN = 5000  # ids looked at in one call
PAGES = 20  # such calls of one form and run: a peer without end must end
TRIES = 5  # of a lead that cannot be imported; then only by its Retry button


class Scan:
    """Mixed into the job of web leads.

    A form in which more than `SCAN` known leads wait is not looked through from its
    beginning each time. `front` is the id up to which everything was known. Behind it
    one page a run is looked through again (`back`): a row of a slow transaction, and
    one whose status is set back, have a lower id.
    """

    def wanted(self):
        """Return the ids to read, at most `web_lead_limit`.

        New leads come first, the oldest of them before the others; then those that
        failed before and those that came without all their fields.
        """
        limit = self.run._setting("web_lead_limit")
        self.new, self.again = [], []
        marks = self.brand._distributor_scan_marks(self.form)
        front, back = marks["front"], marks["back"]
        after, all_known = front, True
        for _page in range(PAGES):
            rows = self.scan(self.mapping.domain(), after)
            all_known = self.sort_out(rows) and all_known
            if len(rows) < SCAN or len(self.new) >= limit or self.is_late():
                break
            after = rows[-1]["id"]
            front = after if all_known else front
        if marks["front"] and not self.is_late():
            behind = [*self.mapping.domain(), ["id", "<=", marks["front"]]]
            rows = self.scan(behind, back)
            self.sort_out(rows)
            back = rows[-1]["id"] if len(rows) == SCAN else 0
        self.brand._distributor_set_scan_marks(self.form, front, back)
        return (sorted(self.new) + self.again)[:limit]

    def scan(self, domain, after):
        return self.read_page(domain, SCAN, after, ["create_date"])

    def sort_out(self, rows):
        """Sort the ids of one page; return whether there is nothing to do with it."""
        known, before = self.known_here(rows), len(self.new) + len(self.again)
        done = [o.id for o in known.values() if o and o.state == "done"]
        self.origins().browse(done)._reopen()
        for row in rows:
            origin, issue = known[row["id"]], self.issues.get(row["id"])
            if origin and self.can_complete(origin):
                self.again.append(row["id"])
            elif not origin and not issue:
                self.new.append(row["id"])
            elif not origin and issue.attempts < TRIES:
                self.again.append(row["id"])
        return before == len(self.new) + len(self.again)

    def known_here(self, rows):
        """Return the origin in this database of each row by its id, None for none.

        The ids of a database that was begun anew begin again: the time of creation
        tells its leads apart. Where one side does not know it, the id has to do: a
        lead must not come twice.
        """
        origins = self.origins().search_fetch(
            [*self.mine(), ("remote_id", "in", [row["id"] for row in rows])],
            ["remote_id", "remote_created", "state", "next_try", "attempts"],
        )
        exact = {(o.remote_id, str(o.remote_created)): o for o in origins}
        by_id = {origin.remote_id: origin for origin in origins}
        found = {}
        for row in rows:
            key, when = row["id"], records.created(row)
            undated = exact.get((key, records.NEVER))
            if when == records.NEVER:
                undated = undated or by_id.get(key)
            found[key] = exact.get((key, when)) or undated
        return found
