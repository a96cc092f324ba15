"""Web leads: two forms of the distributor's site there, `crm.lead` here.

The lead and the row that remembers its origin are committed first, then the status is
written back in one call. What could not be written back stays pending and is tried
again; the origin is unique, so that nothing is imported twice whatever happens.
"""

from markupsafe import Markup

from odoo.addons.remote_odoo.errors import Denied, Rejected

from ..exchange import distributor, records
from .job import Job

WRITE_BACK = 1000  # in one call
TRIES = 5  # of a lead that cannot be imported; then only by its Retry button
SOURCES = {
    "quotation": "source_web_quotation",
    "test_drive": "source_web_test_drive",
}


class WebLeadSync(Job):
    kind = "lead"
    call_seconds = 60  # marking many leads takes a distributor with a chatter long

    def connect(self):
        """Import what waits in both forms; a form that fails does not stop the other.

        :return: True
        :raise RemoteError: the first one, when both forms have had their turn
        """
        first = None
        with self.brand._distributor_client() as self.client:
            if self.brand._distributor_identify(self.call):
                self.warn(self.brand._other_origin())
            for self.form in distributor.LEAD_KINDS:
                try:
                    self.import_form()
                except (Rejected, Denied) as error:
                    if getattr(error, "what", "model") != "model":
                        raise  # no form will answer this account
                    first = first or error
                self.commit()
        if first:
            raise first
        self.brand._distributor_worked(self.client)
        self.brand._distributor_synced("lead")
        return True

    def import_form(self):
        self.issues = self.brand._distributor_open_issues(self.form)
        self.origin = self.brand._distributor_origin(self.form)
        if rows := self.with_mapping(self.form, self.read_waiting):
            self.store(rows)
        self.commit()  # a lead of ours must exist before it is marked there
        self.write_back()
        self.warn_missing()

    def read_waiting(self):
        domain = self.mapping.domain()
        if self.run.only_ids:
            domain.append(["id", "in", self.run.only_ids])
        elif skipped := self.skipped_ids():
            domain.append(["id", "not in", skipped])
        return self.read_page(domain, self.run._setting("web_lead_limit"))

    def skipped_ids(self):
        """Return ids that would only stand in the way of leads that can be imported:
        imported ones that could not be written back, and hopeless ones."""
        hopeless = [
            remote_id
            for remote_id, issue in self.issues.items()
            if issue.attempts >= TRIES
        ]
        return sorted({*self.pending().mapped("remote_id"), *hopeless})

    def origins(self):
        return self.env["distributor.web.lead"].sudo()

    def mine(self):
        return [
            ("brand_id", "=", self.brand.id),
            ("origin", "=", self.origin),
        ]

    def pending(self):
        return self.origins().search_fetch(
            [*self.mine(), ("state", "=", "pending")], ["remote_id"], limit=WRITE_BACK
        )

    # -- import ----------------------------------------------------------------

    def known(self, rows):
        origins = self.origins().search_fetch(
            [
                ("brand_id", "=", self.brand.id),
                ("remote_model", "=", self.mapping.model),
                ("remote_id", "in", [row["id"] for row in rows]),
            ],
            ["remote_id", "remote_created", "state", "origin"],
        )
        known = {
            (
                origin.origin == self.origin,
                origin.remote_id,
                str(origin.remote_created),
            ): origin
            for origin in origins
        }
        found = {}
        for row in rows:
            key = (row["id"], records.created(row))
            found[row["id"]] = known.get((True, *key))
            former = known.get((False, *key))
            if former and not found[row["id"]] and self.is_same(former.lead_id, row):
                found[row["id"]] = former
        return found

    def is_same(self, lead, row):
        """Tell whether `row` is the request of `lead`, which came from elsewhere.

        The database cannot be told from another one when its address has changed and
        the account may not read its uuid.
        """
        new = records.web_lead(self.mapping, row)
        return any(
            typed and typed == here
            for typed, here in (
                (new.email, lead.email_from),
                (new.mobile, lead.mobile),
                (new.phone, lead.phone),
            )
        )

    def values(self, row):
        return {"lead": records.web_lead(self.mapping, row)}

    def changes(self, origin, values):
        """Imported before, and waiting there again: only the status is wrong."""
        origin.write({"state": "pending", "origin": self.origin})
        return {}

    def put(self, items):
        leads = [item.values["lead"] for item in items]
        context = self.brand._web_lead_context(SOURCES[self.form])
        values = self.lead_values(leads)
        created = self.env["crm.lead"].with_context(**context).create(values)
        self.link_customers(leads, created, set(values[0]))
        self.origins().create(
            [
                {
                    "brand_id": self.brand.id,
                    "remote_model": self.mapping.model,
                    "origin": self.origin,
                    "remote_id": lead.remote_id,
                    "remote_created": lead.created,
                    "lead_id": record.id,
                }
                for lead, record in zip(leads, created, strict=True)
            ]
        )
        created._message_log_batch(
            bodies={
                record.id: self.note(lead)
                for lead, record in zip(leads, created, strict=True)
            }
        )

    def link_customers(self, leads, created, typed):
        """Link known customers; neither side writes over the other.

        A stranger's form must not change a customer, nor a customer what was typed.
        """
        customers = self.env["res.partner"]._match_customers(
            [
                {"mobile": lead.mobile, "phone": lead.phone, "email": lead.email}
                for lead in leads
            ]
        )
        fields = [created._fields[name] for name in typed]
        for customer, record in zip(customers, created, strict=True):
            if customer:
                with self.env.protecting(fields, record):
                    record.partner_id = customer

    def lead_values(self, leads):
        vehicles = self.vehicles(leads)
        return [
            self.one_lead(lead, vehicles.get(lead.vehicle), dealership)
            for lead, dealership in zip(leads, self.dealerships(leads), strict=True)
        ]

    def one_lead(self, lead, vehicle, dealership):
        person = lead.contact or lead.email or lead.mobile or lead.phone
        wish = vehicle.name if vehicle else lead.vehicle[1]
        notes = [lead.notes]
        if lead.preferred_date:
            notes.append(
                self.env._("Preferred date of the test drive: %s", lead.preferred_date)
            )
        return {
            "name": " · ".join(filter(None, [person, wish]))
            or self.env._("Web lead %s", lead.remote_id),
            "brand_id": self.brand.id,
            "contact_name": lead.contact or False,
            "email_from": lead.email or False,
            "mobile": lead.mobile or False,
            "phone": lead.phone or False,
            "city": lead.city or False,
            "customer_notes": "\n".join(filter(None, notes)) or False,
            "vehicle_model_id": vehicle.id if vehicle else False,
            "vehicle_model_text": wish or False,
            "dealership_id": dealership.id if dealership else False,
        }

    def vehicles(self, leads):
        """Return `{(id, name): vehicle model}` of this brand, by id or by name."""
        wanted = {
            lead.vehicle: lead.vehicle_model for lead in leads if any(lead.vehicle)
        }
        refs, codes, names = set(), set(), set()
        for (remote_id, display_name), relation in wanted.items():
            if remote_id and relation == "product.template":
                refs.add(str(remote_id))
            code, name = records.without_reference(display_name)
            codes.add(code)
            names.add(name)
        models = self.env["crm.vehicle.model"]
        if wanted:
            models = models.search_fetch(
                [
                    ("brand_id", "=", self.brand.id),
                    "|",
                    "|",
                    ("external_ref", "in", list(refs)),
                    ("default_code", "in", list(codes - {""})),
                    ("name", "in", list(names - {""})),
                ],
                ["external_ref", "distributor_origin", "default_code", "name"],
            )
        here = self.brand._distributor_origin_of("product.template")
        by_ref = {
            model.external_ref: model
            for model in models
            if model.distributor_origin == here
        }
        by_code = {model.default_code: model for model in reversed(models)}
        by_name = {model.name: model for model in reversed(models)}
        found = {}
        for key, relation in wanted.items():
            code, name = records.without_reference(key[1])
            if relation == "product.template" and key[0]:
                found[key] = by_ref.get(str(key[0]))
            found[key] = (
                found.get(key) or (code and by_code.get(code)) or by_name.get(name)
            )
        return found

    def dealerships(self, leads):
        """Return the active dealership of each lead, or None."""
        ids = {lead.dealer[0] for lead in leads} - {0}
        sources = self.env["crm.dealership.source"]
        if ids:
            sources = sources.search_fetch(
                [
                    ("brand_id", "=", self.brand.id),
                    ("origin", "=", self.brand._distributor_origin("dealer")),
                    ("remote_id", "in", list(ids)),
                ],
                ["remote_id", "dealership_id"],
            )
        known = {
            source.remote_id: source.dealership_id
            for source in sources
            if source.dealership_id.active
            and self.brand in source.dealership_id.brand_ids
        }
        return [known.get(lead.dealer[0]) for lead in leads]

    def note(self, lead):
        """Return the origin and all that was typed, as text: nothing of it is HTML.

        Two elements only: cleaning HTML is what a note costs.
        """
        origin = self.env._(
            "Imported from the website of %(brand)s: %(model)s %(id)s of "
            "%(created)s UTC.",
            brand=self.brand.name,
            model=self.mapping.model,
            id=lead.remote_id,
            created=lead.created,
        )
        typed = "\n".join(f"{label}: {value}" for label, value in lead.typed)
        return Markup('<p>%s</p><p style="white-space: pre-wrap">%s</p>') % (
            origin,
            typed,
        )

    def log_failure(self, name, remote_id, reason):
        # Without the name: it is a customer's.
        super().log_failure("", remote_id, reason)

    def issue_kind(self):
        return self.form

    # -- write-back ------------------------------------------------------------

    def write_back(self):
        """Mark there what is here: one call, the oldest first."""
        pending = self.pending()
        if not pending:
            return
        try:
            self.mark_there(pending)
        except (Rejected, Denied) as error:
            if getattr(error, "what", "model") != "model":
                raise
            self.keep_pending(pending, error)
            self.commit()
            raise
        self.commit()

    def mark_there(self, pending):
        status = self.mapping.first("status")
        value = self.mapping.setting("synced")
        try:
            self.call("write", pending.mapped("remote_id"), {status: value})
        except Rejected as error:
            if str(error).startswith("Wrong value for"):
                raise
            pending = self.without_gone(pending, status, value)
            if pending:
                self.call("write", pending.mapped("remote_id"), {status: value})
        pending._done()
        self.counts["updated"] += len(pending)

    def without_gone(self, pending, status, value):
        """Return those still waiting there: a deleted one must not hold the rest."""
        rows = self.call(
            "search_read",
            [["id", "in", pending.mapped("remote_id")], [status, "!=", value]],
            fields=["id"],
        )
        waiting = {row["id"] for row in rows}
        still = pending.filtered(lambda origin: origin.remote_id in waiting)
        (pending - still)._done()
        return still

    def keep_pending(self, pending, error):
        reason = str(error)
        if reason.startswith("Wrong value for"):
            hint = self.env._(
                "The distributor's branch lacks the '%s' value.",
                self.mapping.setting("synced"),
            )
            reason = f"{reason} — {hint}"
        pending._note_error(reason)
        self.run.warning = reason
