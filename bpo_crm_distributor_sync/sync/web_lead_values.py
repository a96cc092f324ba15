"""What becomes of a web lead here: the values of a `crm.lead` and its note."""

from markupsafe import Markup

from odoo import fields
from odoo.tools import escape_psql

from ..exchange import records, vehicles


class Values:
    """Mixed into the job of web leads."""

    def lead_values(self, leads):
        models = self.vehicles(leads)
        return [
            self.one_lead(lead, models.get(lead.vehicle), dealership)
            for lead, dealership in zip(leads, self.dealerships(leads), strict=True)
        ]

    def one_lead(self, lead, vehicle, dealership):
        email = self.env["res.partner"]._first_email(lead.email)
        person = lead.contact or email or lead.mobile or lead.phone
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
            "email_from": email,
            "mobile": lead.mobile or False,
            "phone": lead.phone or False,
            "city": lead.city or False,
            "customer_notes": "\n".join(filter(None, notes)) or False,
            "vehicle_model_id": vehicle.id if vehicle else False,
            "vehicle_model_text": lead.vehicle[1] or False,
            "dealership_id": dealership.id if dealership else False,
        }

    def vehicles(self, leads):
        """Return `{(id, name): vehicle model}` of this brand; none when in doubt.

        A template is known by its id. Its namesake with another id is another product,
        so only models that this database did not give are looked at by name then. A
        variant has an id of its own, and a text has none: they are found by name.
        """
        wanted = {
            lead.vehicle: lead.vehicle_model for lead in leads if any(lead.vehicle)
        }
        if not wanted:
            return {}
        shown = [display for _id, display in wanted if display]
        # An Odoo writes a name as the catalog does, a visitor as it comes.
        typed = [display for key, display in wanted if not key]
        templates = {
            key for (key, _name), model in wanted.items() if _is_template(key, model)
        }
        models = self.env["crm.vehicle.model"].with_context(active_test=False)
        models = models.search_fetch(
            [
                ("brand_id", "=", self.brand.id),
                *("|",) * (2 + 2 * len(typed)),
                *(
                    (name, "=ilike", escape_psql(display))
                    for display in typed
                    for name in ("name", "default_code")
                ),
                ("external_ref", "in", [str(key) for key in templates]),
                ("default_code", "in", list(vehicles.codes(shown))),
                ("name", "in", list(vehicles.names(shown))),
            ],
            ["external_ref", "distributor_origin", "default_code", "name", "active"],
        )
        here = self.brand._distributor_origin_of("product.template")
        by_ref = {m.external_ref: m for m in models if m.distributor_origin == here}
        found = {}
        for (key, display), relation in wanted.items():
            among = models.filtered("active")
            if _is_template(key, relation):
                if model := by_ref.get(str(key)):
                    found[key, display] = model.filtered("active")
                    continue
                among = among.filtered(lambda model: model.distributor_origin != here)
            found[key, display] = models.browse(
                vehicles.find(
                    display,
                    [
                        vehicles.Model(model.id, model.name, model.default_code or "")
                        for model in among
                    ],
                )
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

    def customers(self, company, leads):
        """Return the known customer of each lead, looked up in the leads' company.

        A lead without a company is everybody's: where there are several companies, a
        customer of one of them would take it away from the others.
        """
        several = self.env["res.company"].search_count([], limit=2) > 1
        partners = self.env["res.partner"].with_context(
            vehicle_crm_shared_customers=several and not company
        )
        return partners.with_company(company)._match_customers(
            [
                {"mobile": lead.mobile, "phone": lead.phone, "email": lead.email}
                for lead in leads
            ]
        )

    def show(self, moment):
        """Return a time of the distributor as people here read it."""
        return self.env.company._show_moment(moment)

    def note(self, lead, record):
        """Return the origin and all that was typed, as text: nothing of it is HTML.

        Two elements only: cleaning HTML is what a note costs.
        """
        company = record.company_id or self.env.company
        submitted = self.env._("an unknown time")
        if lead.created != records.NEVER:
            moment = fields.Datetime.to_datetime(lead.created)
            submitted = company._show_moment(moment)
        origin = self.env._(
            "Imported from the website of %(brand)s: %(model)s %(id)s of %(created)s.",
            brand=self.brand.name,
            model=self.mapping.model,
            id=lead.remote_id,
            created=submitted,
        )
        typed = "\n".join(f"{label}: {value}" for label, value in lead.typed)
        return Markup('<p>%s</p><p style="white-space: pre-wrap">%s</p>') % (
            origin,
            typed,
        )


def _is_template(key, relation):
    return bool(key) and relation == "product.template"
