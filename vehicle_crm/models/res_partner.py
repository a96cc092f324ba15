from odoo import api, fields, models
from odoo.tools import email_normalize

from odoo.addons.remote_odoo.compat import AND

from ..phone import mobile_key


class ResPartner(models.Model):
    _inherit = "res.partner"

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

    def _compute_opportunity_count(self):
        partners = self.with_context(vehicle_crm_ordinary=True)
        return super(ResPartner, partners)._compute_opportunity_count()

    def action_view_opportunity(self):
        """The core's window on a customer's leads, without those of pipelines."""
        action = super().action_view_opportunity()
        domain = AND([action["domain"], [("pipeline", "=", False)]])
        return dict(action, domain=list(domain))

    @api.model
    def _get_mobile_key(self, mobile, phone=None, company=None):
        """The key of a mobile number, else of a phone that is a mobile number.

        Odoo 19 has one telephone field, so a mobile number often stands in it.
        """
        region = (company or self.env.company).country_id.code
        return (
            mobile_key(mobile, region)
            or mobile_key(phone, region, mobile_only=True)
            or False
        )

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
        wanted = [
            (
                self._get_mobile_key(values.get("mobile"), values.get("phone")),
                email_normalize(values.get("email") or "") or False,
            )
            for values in values_list
        ]
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
    def _customers_by(self, fname, values):
        """``{value: partners}`` of this company, archived ones left out."""
        if not values:
            return {}
        partners = self.with_context(active_test=True).search(
            [
                (fname, "in", list(values)),
                ("company_id", "in", [False, self.env.company.id]),
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
        newcomers, keys = {}, {}
        for index, (partner, values) in enumerate(zip(found, values_list, strict=True)):
            if partner:
                continue
            mobile = self._get_mobile_key(values.get("mobile"), values.get("phone"))
            email = email_normalize(values.get("email") or "") or False
            first = keys.get(("m", mobile)) if mobile else None
            if first is None and email:
                first = keys.get(("e", email))
            if first is None:
                first = index
                newcomers[index] = dict(
                    values,
                    name=values.get("name")
                    or values.get("email")
                    or values.get("mobile")
                    or values.get("phone")
                    or self.env._("Unknown customer"),
                )
            for key in (("m", mobile), ("e", email)):
                if key[1]:
                    keys.setdefault(key, first)
            found[index] = first
        created = dict(
            zip(newcomers, self.create(list(newcomers.values())), strict=True)
        )
        return [
            created[partner] if isinstance(partner, int) else partner
            for partner in found
        ]
