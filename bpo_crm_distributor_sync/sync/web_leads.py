"""Web leads: two forms of the distributor's site there, `crm.lead` here.

The lead and the row that remembers its origin are committed first, then the status is
written back. What could not be written back stays pending and is tried again; the
origin is unique, so that nothing is imported twice whatever happens.
"""

import time

from odoo import fields

from odoo.addons.remote_odoo.errors import Denied, OutcomeUnknown, RemoteError

from ..exchange import distributor, records
from .job import Job
from .pages import OutOfTime
from .web_lead_marks import WriteBack
from .web_lead_scan import Scan
from .web_lead_values import Values

PATIENCE = 30  # seconds for all calls of one run: other brands wait behind it
SOURCES = {
    "quotation": "source_web_quotation",
    "test_drive": "source_web_test_drive",
}


class WebLeadSync(Scan, Values, WriteBack, Job):
    kind = "lead"
    call_seconds = 60  # marking many leads takes a distributor with a chatter long

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        last = time.monotonic() + PATIENCE
        self.deadline = min(self.deadline or last, last)
        self.mappings = {}

    def connect(self):
        """Import what waits in both forms, then mark it there.

        Whatever one form answers, the other has its turn.

        :return: whether it is done; False when the time was up for the first time
        :raise RemoteError: the first one, when all had their turn
        """
        errors = []
        with self.brand._distributor_client(self.time_left()) as self.client:
            if self.brand.sudo().remote_id.next_probe:
                # It did not answer last time: a login is the cheapest question.
                self.client.authenticate()
            # Nothing is asked of a database that may be another one.
            errors += self.attempt(self.identify)
            works = () if errors else (self.import_form, self.write_back_form)
            for work in works:
                for self.form in distributor.LEAD_KINDS:
                    errors += self.attempt(work)
        if errors and self.is_late() and not self.run.attempts:
            # Slow perhaps, and not down: once more, when the others had their turn.
            self.run.attempts += 1
            self.commit()
            return False
        if errors:
            if isinstance(errors[0], OutOfTime):  # which would mean: go on later
                raise OutcomeUnknown(str(errors[0]))
            raise errors[0]
        self.brand._distributor_worked(self.client)
        self.brand._distributor_synced("lead")
        return True

    def identify(self):
        if self.brand._distributor_identify(self.call):
            self.warn(self.brand._other_origin())

    def time_left(self):
        return max(self.deadline - time.monotonic(), 0.01)

    def attempt(self, work):
        """Return the error of `work` in a list, empty when there was none."""
        errors = []
        try:
            work()
        except RemoteError as error:
            if isinstance(error, Denied) and error.what != "model":
                raise  # no form will answer this account
            errors.append(error)
        self.commit()
        return errors

    def import_form(self):
        self.issues = self.brand._distributor_open_issues(self.form)
        self.origin = self.brand._distributor_origin(self.form)
        rows = self.with_mapping(self.form, self.read_waiting)
        self.mappings[self.form] = self.mapping
        if rows:
            self.store(rows)
        self.warn_missing()
        self.commit()  # a lead of ours must exist before it is marked there

    def write_back_form(self):
        if mapping := self.mappings.get(self.form):
            self.mapping = mapping
            self.origin = self.brand._distributor_origin(self.form)
            self.write_back()

    def read_waiting(self):
        if not (ids := self.wanted()):
            return []
        return self.read_page([["id", "in", ids], *self.mapping.domain()], len(ids))

    def warn_missing(self):
        super().warn_missing()
        if self.mapping.lost_keys:
            self.warn(
                self.env._(
                    "Leads of %s are imported without it, and marked there when it "
                    "can be read again.",
                    self.mapping.model,
                )
            )

    def is_whole(self, row):
        """Whether `row` says all that the distributor ever told of a lead."""
        never_there = self.mapping.absent - self.mapping.lost_keys
        return not self.mapping.unsaid(row) - never_there

    def now(self):
        return fields.Datetime.now()

    def origins(self):
        return self.env["distributor.web.lead"].sudo()

    def mine(self):
        return [("brand_id", "=", self.brand.id), ("origin", "=", self.origin)]

    # -- import ----------------------------------------------------------------

    def values(self, row):
        return {
            "lead": records.web_lead(self.mapping, row, self.show),
            "state": "pending" if self.is_whole(row) else "incomplete",
        }

    def known(self, rows):
        """Return the origin of each row by its id there, None for a new lead."""
        known = self.known_here(rows)
        unknown = [row for row in rows if not known[row["id"]]]
        formers = self.origins().search(
            [
                ("brand_id", "=", self.brand.id),
                ("remote_model", "=", self.mapping.model),
                ("origin", "!=", self.origin),
                ("remote_id", "in", [row["id"] for row in unknown]),
            ]
        )
        former = {(o.remote_id, str(o.remote_created)): o for o in formers}
        for row in unknown:
            origin = former.get((row["id"], records.created(row)))
            if origin and self.is_same(origin.lead_id, row):
                known[row["id"]] = origin
        return known

    def is_same(self, lead, row):
        """Tell whether `row` is the request of `lead`, which came from elsewhere.

        The database cannot be told from another one when its address has changed and
        the account may not read its uuid.
        """
        new = records.web_lead(self.mapping, row, self.show)
        return any(
            typed and typed == here
            for typed, here in (
                (self.env["res.partner"]._first_email(new.email), lead.email_from),
                (new.mobile, lead.mobile),
                (new.phone, lead.phone),
            )
        )

    def can_complete(self, origin):
        """Whether it is time to read what an imported lead came without."""
        return (
            origin.state == "incomplete"
            and not self.mapping.lost_keys
            and (not origin.next_try or origin.next_try <= self.now())
        )

    def changes(self, origin, values):
        """What is imported is not written over; it may have come incomplete."""
        if origin.origin != self.origin:
            state = "pending" if origin.state == "done" else origin.state
            origin.write({"state": state, "origin": self.origin})
        return values if origin.state == "incomplete" else {}

    def put(self, items):
        if new := [item.values for item in items if not item.record]:
            self.create_leads(new)
        for item in items:
            if item.record:
                self.complete(item.record, **item.changes)

    def create_leads(self, values):
        leads = [value["lead"] for value in values]
        context = self.brand._web_lead_context(SOURCES[self.form])
        lead_values = self.lead_values(leads)
        created = self.env["crm.lead"].with_context(**context).create(lead_values)
        self.link_customers(leads, created, set(lead_values[0]))
        self.origins().create(
            [
                {
                    "brand_id": self.brand.id,
                    "remote_model": self.mapping.model,
                    "origin": self.origin,
                    "remote_id": value["lead"].remote_id,
                    "remote_created": value["lead"].created,
                    "lead_id": record.id,
                    "state": value["state"],
                }
                for value, record in zip(values, created, strict=True)
            ]
        )
        created._message_log_batch(
            bodies={
                record.id: self.note(lead, record)
                for lead, record in zip(leads, created, strict=True)
            }
        )

    def complete(self, origin, lead, state):
        """Add to a lead what it came without; nothing that it has is written over."""
        if state == "incomplete":  # as the distributor answers: ask rarely
            origin._refused(self.env._("The distributor does not give all its fields."))
            return
        record = origin.lead_id
        if record._is_open():
            (values,) = self.lead_values([lead])
            untitled = record.name == self.env._("Web lead %s", lead.remote_id)
            record.with_context(tracking_disable=True).write(
                {
                    name: value
                    for name, value in values.items()
                    if value and (not record[name] or (name == "name" and untitled))
                }
            )
        if record:
            record._message_log(body=self.note(lead, record))
        origin.write({"state": state, "attempts": 0, "error": False, "next_try": False})

    def link_customers(self, leads, created, typed):
        """Link known customers of each lead's company; neither side writes over the
        other.

        A stranger's form must not change a customer, nor a customer what was typed.
        """
        typed = [created._fields[name] for name in typed]
        by_lead = dict(zip(created, leads, strict=True))
        for company, records_ in created.grouped("company_id").items():
            customers = self.customers(company, [by_lead[one] for one in records_])
            for customer, record in zip(customers, records_, strict=True):
                if customer:
                    with self.env.protecting(typed, record):
                        record.partner_id = customer

    def log_failure(self, name, remote_id, reason):
        # Without the name: it is a customer's.
        super().log_failure("", remote_id, reason)

    def issue_kind(self):
        return self.form
