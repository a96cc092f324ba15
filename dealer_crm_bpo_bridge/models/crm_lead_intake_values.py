from odoo import api, models
from odoo.exceptions import ValidationError

from odoo.addons.vehicle_crm.models.crm_lead_company import AMOUNTS

from ..exchange.endorsement import interest_values


class CrmLead(models.Model):
    """What an endorsement means in this database: brand, product, company, amounts."""

    _inherit = "crm.lead"

    def _bpo_brand(self, endorsement):
        code = endorsement["brand_code"].upper()
        brand = self.env["crm.brand"].search([("code", "=", code)], limit=1)
        if not brand:
            raise ValidationError(
                self.env._(
                    "brand_code: Unknown brand %s. A Dealer Admin creates it in "
                    "Configuration, Brands; then the lead can be sent again.",
                    code,
                )
            )
        return brand

    def _bpo_product(self, brand, vehicle):
        """By reference, then by exact name, within the brand and the company of the
        lead; none when two fit."""
        products = self.env["product.product"]
        known = [
            ("brand_id", "=", brand.id),
            ("company_id", "in", [False, self.company_id.id]),
        ]
        for field in ("default_code", "name"):
            if value := vehicle[field]:
                found = products.search([*known, (field, "=", value)], limit=2)
                if len(found) == 1:
                    return found
        return products

    @api.model
    def _bpo_company(self, connection):
        """The company that takes the leads of a connection. It decides everything
        that differs between companies: customer, country of numbers, currency."""
        return (
            connection.team_id.company_id
            or connection.user_id.company_id
            or self.env.company
        )

    def _bpo_interest(self, endorsement):
        """What the customer wants, with amounts in the currency of the lead.

        Amounts that cannot be converted are left out, and the chatter has them.
        """
        values = interest_values(endorsement)
        company, code = self.company_id or self.env.company, endorsement["currency"]
        amounts = {name: values[name] for name in AMOUNTS if values.get(name)}
        if not amounts or not code or code.upper() == company.currency_id.name:
            return values
        currencies = self.env["res.currency"].with_context(active_test=False)
        currency = currencies.search([("name", "=", code.upper())], limit=1)
        said = ", ".join(
            f"{self._fields[name]._description_string(self.env)} {amount:,.2f}"
            for name, amount in amounts.items()
        )
        if currency and self._has_rate(currency, company):
            for name, amount in amounts.items():
                values[name] = self._in_currency(
                    amount, currency, company.currency_id, company
                )
            text = self.env._(
                "The BPO's amounts were converted from %(currency)s to %(ours)s at "
                "today's rate: %(amounts)s.",
                currency=code,
                ours=company.currency_id.name,
                amounts=said,
            )
        else:
            for name in amounts:
                del values[name]
            text = self.env._(
                "The BPO's amounts are in %(currency)s, for which there is no exchange "
                "rate here, so they were left out: %(amounts)s. Enter them on the "
                "lead in %(ours)s.",
                currency=code,
                ours=company.currency_id.name,
                amounts=said,
            )
        self._message_log(body=text)
        return values
