from odoo import api, models
from odoo.exceptions import ValidationError

from ..exchange.endorsement import MAX_AMOUNT, MAX_QUANTITY

# What a pipeline lead may hold: no more than crosses the wire to a dealer.
LIMITS = {
    "quantity": (1, MAX_QUANTITY),
    "expected_price": (0, MAX_AMOUNT),
    "budget_min": (0, MAX_AMOUNT),
    "budget_max": (0, MAX_AMOUNT),
    "down_payment": (0, MAX_AMOUNT),
}


class CrmLead(models.Model):
    """The numbers of a pipeline lead, read before the database meets them."""

    _inherit = "crm.lead"

    def _check_numbers(self, vals, names=None):
        """ValidationError for a number that no lead has, or for what is no number.

        :param str names: the leads in the sentence, when they do not exist yet
        """
        for name, (lowest, highest) in LIMITS.items():
            if name not in vals:
                continue
            try:
                number = self._fields[name].convert_to_cache(
                    vals[name], self[:1], validate=False
                )
            except (TypeError, ValueError, OverflowError):
                number = None
            if number is not None and lowest <= number <= highest:
                continue
            raise ValidationError(
                self.env._(
                    "%(field)s is a number from %(lowest)s to %(highest)s. Not "
                    "saved: %(leads)s.",
                    field=self._fields[name]._description_string(self.env),
                    lowest=format(lowest, ","),
                    highest=format(highest, ","),
                    leads=names or self._names(),
                )
            )

    @api.constrains("budget_min", "budget_max")
    def _check_budget(self):
        for lead in self:
            if lead.budget_max and lead.budget_min > lead.budget_max:
                raise ValidationError(
                    self.env._(
                        "The budget of %(lead)s starts above where it ends.",
                        lead=lead.display_name,
                    )
                )
