from odoo import api, models
from odoo.exceptions import UserError

AMOUNTS = ("expected_price", "budget_min", "budget_max", "down_payment")


class CrmLead(models.Model):
    """The company of a pipeline lead decides who may own it and in which currency its
    amounts are. It changes only when somebody changes it."""

    _inherit = "crm.lead"

    def _compute_company_id(self):
        """The core moves a lead to a company of its new owner, and its orders stay."""
        kept = self.filtered(lambda lead: lead.pipeline and lead._origin.company_id)
        for lead in kept:
            lead.company_id = lead._origin.company_id
        return super(CrmLead, self - kept)._compute_company_id()

    def _compute_team_id(self):
        """A team of another company would not fit the lead of this owner."""
        result = super()._compute_team_id()
        for lead in self.filtered("pipeline"):
            company = lead.team_id.company_id
            if company and lead.company_id and lead.company_id != company:
                teams = self.env["crm.team"].sudo()
                teams = teams.with_context(allowed_company_ids=lead.company_id.ids)
                lead.team_id = teams._get_default_team_id(
                    user_id=lead.user_id.id, domain=[("use_opportunities", "=", True)]
                )
        return result

    def write(self, vals):
        piped = self.filtered("pipeline")
        if piped and _id(vals, "user_id"):
            piped._check_owner_company(vals)
        amounts = piped._amounts_in_company(vals) if "company_id" in vals else {}
        result = super().write(vals)
        for lead, values in amounts.items():
            lead._open_gate().write(values)
        return result

    def _check_owner_company(self, vals):
        """UserError for an owner who does not work in the company of the lead."""
        owner = self.env["res.users"].sudo().browse(_id(vals, "user_id"))
        company = self.env["res.company"].browse(_id(vals, "company_id"))
        strange = self.filtered(
            lambda lead: (company or lead.company_id) - owner.sudo().company_ids
        )
        if strange:
            strange.check_access("write")
            raise UserError(
                self.env._(
                    "%(owner)s does not work in the company of these leads. Not "
                    "given: %(leads)s. Choose somebody who does, or change the "
                    "company of the leads first.",
                    owner=owner.name,
                    leads=strange._names(),
                )
            )

    def _amounts_in_company(self, vals):
        """``{lead: values}``: the amounts of leads that go to a company with another
        currency. What ``vals`` brings is in the new one already."""
        company = self.env["res.company"].sudo().browse(_id(vals, "company_id"))
        company = company or self.env.company
        result = {}
        for lead in self:
            names = [name for name in AMOUNTS if lead[name] and name not in vals]
            if names and lead.company_currency != company.currency_id:
                result[lead] = {
                    name: lead._in_currency(
                        lead[name], lead.company_currency, company.currency_id, company
                    )
                    for name in names
                }
        return result

    @api.model
    def _in_currency(self, amount, currency, target, company, date=None):
        """Return an amount in another currency, at the company's rate of the day.

        UserError without a rate: Odoo would take 1 for it.
        """
        for unknown in (currency, target):
            if not self._has_rate(unknown, company):
                raise UserError(
                    self.env._(
                        "There is no exchange rate from %(currency)s to %(target)s, so "
                        "the amounts of the lead cannot be converted. Nothing was "
                        "changed. Enter a rate for %(unknown)s under Accounting or "
                        "Sales, Currencies, or clear the amounts of the lead.",
                        currency=currency.name,
                        target=target.name,
                        unknown=unknown.name,
                    )
                )
        return currency.sudo()._convert(
            amount, target, company, date or self.env.cr.now().date()
        )

    @api.model
    def _has_rate(self, currency, company):
        """Whether Odoo knows what a currency is worth in a company."""
        if currency == company.sudo().currency_id:
            return True
        owners = (company.browse(), company.sudo().root_id)
        return any(rate.company_id in owners for rate in currency.sudo().rate_ids)


def _id(vals, name):
    """The id in a value that may be anything, which the field itself refuses."""
    value = vals.get(name)
    return value if type(value) is int and value > 0 else []
