from odoo import api, fields, models

from odoo.addons.remote_odoo.compat import AND
from odoo.addons.remote_odoo.public import public
from odoo.addons.remote_odoo.text import fold

from ..mail_address import addresses
from ..phone import mobile_key


class ResPartner(models.Model):
    """The customer: found by mobile number, else by e-mail, never by name.

    Where a number has no country, that of ``self.env.company`` counts, and contacts of
    that company and of none are looked at: :meth:`crm.lead._customers` gives this
    model in the company of a lead.
    """

    _name = "res.partner"
    _inherit = ["res.partner", "vehicle.crm.folded"]

    mobile = fields.Char()
    mobile_key = fields.Char(
        compute="_compute_mobile_key",
        store=True,
        index="btree_not_null",
        copy=False,
        help="The mobile number in one spelling, to find a customer by it.",
    )

    @api.depends("mobile", "phone", "company_id")
    def _compute_mobile_key(self):
        for partner in self:
            partner.mobile_key = self._get_mobile_key(
                partner.mobile, partner.phone, partner.company_id
            )

    def _compute_email_normalized(self):
        """An address as people fill it (``Sam <s@x.ph>.``) is compared without what
        is around it; of several the first that is somebody's."""
        super()._compute_email_normalized()
        for partner in self.filtered("email"):
            if address := self._first_email(partner.email):
                partner.email_normalized = address

    def write(self, vals):
        companies = self._companies_that_move(vals)
        result = super().write(vals)
        companies._queue_keys()
        return result

    def _companies_that_move(self, vals):
        """Return the companies of which these are the addresses, and whose country
        ``vals`` change."""
        companies = self.env["res.company"].sudo()
        if "country_id" not in vals:
            return companies
        country = vals["country_id"] or False
        moved = self.filtered(lambda partner: partner.country_id.id != country)
        if not moved:
            return companies
        return companies.search([("partner_id", "in", moved.ids)])

    def _compute_opportunity_count(self):
        partners = self.with_context(vehicle_crm_ordinary=True)
        return super(ResPartner, partners)._compute_opportunity_count()

    @public(one=True)
    def action_view_opportunity(self):
        """The core's window on a customer's leads, without those of pipelines."""
        action = super().action_view_opportunity()
        domain = AND([action["domain"], [("pipeline", "=", False)]])
        return dict(action, domain=list(domain))

    # ------------------------------------------------------------------
    # Keys
    # ------------------------------------------------------------------

    @api.model
    def _get_mobile_key(self, mobile, phone=None, company=None):
        """Return the first mobile number of two fields as E.164, or False.

        Odoo 19 has one telephone field, so a mobile number often stands in it. Land
        lines, fragments and placeholders have no key.
        """
        region = (company or self.env.company).country_id.code
        ignore = self.env["crm.placeholder"]._numbers()
        return (
            mobile_key(mobile, region, ignore=ignore)
            or mobile_key(phone, region, ignore=ignore)
            or False
        )

    @api.model
    def _first_email(self, text):
        """Return the first usable address in ``text``, or False.

        One that is somebody's goes before ``info@…`` and the like.
        """
        found = addresses(text)
        nobodys = self.env["crm.placeholder"]._is_nobodys
        return next(
            (it for it in found if not nobodys(it)), found[0] if found else False
        )

    @api.model
    def _get_email_key(self, text):
        """Return the address in ``text`` that says who somebody is, or False."""
        nobodys = self.env["crm.placeholder"]._is_nobodys
        return next((it for it in addresses(text) if not nobodys(it)), False)

    # ------------------------------------------------------------------
    # Matching
    # ------------------------------------------------------------------

    @api.model
    def _match_customer(self, mobile, email):
        """The customer with this mobile number, else with this e-mail, else none.

        Never by name: two people may share one.
        """
        return self._match_customers([{"mobile": mobile, "email": email}])[0]

    @api.model
    def _match_customers(self, values_list):
        """Match many customers at the price of two searches.

        :param values_list: dicts with ``mobile``, ``phone`` and ``email``
        :return: list with one partner, or an empty recordset, for each
        """
        wanted = [self._customer_keys(values) for values in values_list]
        by_mobile = self._customers_by("mobile_key", {key for key, _ in wanted if key})
        by_email = self._customers_by(
            "email_normalized",
            {email for key, email in wanted if email and key not in by_mobile},
        )
        found = []
        for key, email in wanted:
            candidates = by_mobile.get(key) or by_email.get(email) or self.browse()
            found.append(
                candidates.sorted(
                    lambda partner, email=email: (
                        not email or partner.email_normalized != email,
                        partner.type != "contact",
                        partner.id,
                    )
                )[:1]
            )
        return found

    @api.model
    def _customer_keys(self, values):
        return (
            self._get_mobile_key(values.get("mobile"), values.get("phone")),
            self._get_email_key(values.get("email")),
        )

    @api.model
    def _customers_by(self, fname, values):
        """``{value: partners}`` of this company, archived ones left out.

        With ``vehicle_crm_shared_customers`` in the context those of no company only:
        it narrows, so that a caller may set it.
        """
        if not values:
            return {}
        companies = [False]
        if not self.env.context.get("vehicle_crm_shared_customers"):
            companies.append(self.env.company.id)
        partners = self.with_context(active_test=True).search(
            [
                (fname, "in", list(values)),
                ("company_id", "in", companies),
            ]
        )
        return partners.grouped(fname)

    @api.model
    def _match_or_create_customer(self, values):
        """The matching customer, untouched, or a new one with ``values``."""
        return self._match_or_create_customers([values])[0]

    @api.model
    def _match_or_create_customers(self, values_list):
        """Match or create many; equal newcomers become one customer."""
        found = self._match_customers(values_list)
        newcomers, known = {}, {}
        for index, (partner, values) in enumerate(zip(found, values_list, strict=True)):
            if partner:
                continue
            mobile, email = self._customer_keys(values)
            first = known.get(("m", mobile)) if mobile else None
            if first is None and email:
                first = known.get(("e", email))
            if first is None:
                first = index
                newcomers[index] = self._newcomer_values(values)
            for key in (("m", mobile), ("e", email)):
                if key[1]:
                    known.setdefault(key, first)
            found[index] = first
        created = dict(
            zip(newcomers, self.create(list(newcomers.values())), strict=True)
        )
        return [
            created[partner] if isinstance(partner, int) else partner
            for partner in found
        ]

    @api.model
    def _newcomer_values(self, values):
        """The values of a new customer: one address, and a name in any case."""
        values = dict(values)
        if values.get("email"):
            values["email"] = self._first_email(values["email"]) or values["email"]
        names = (values.get(key) for key in ("name", "email", "mobile", "phone"))
        values["name"] = next(
            (name for name in names if name and fold(str(name))),
            self.env._("Unknown customer"),
        )
        return values
