from odoo import fields, models

from odoo.addons.remote_odoo.compat import Constraint


class CrmLeadWithdrawal(models.Model):
    """An endorsement that was taken back, until the dealer says that it knows.

    A row of its own, because the lead may be endorsed again, with another key and to
    another dealer, before the first one asks.
    """

    _name = "crm.lead.withdrawal"
    _description = "Withdrawn Endorsement"
    _order = "id"
    _rec_name = "endorsement_key"

    lead_id = fields.Many2one(
        "crm.lead", required=True, index=True, ondelete="cascade", readonly=True
    )
    endorsement_key = fields.Char(required=True, readonly=True)
    dealership_id = fields.Many2one(
        "crm.dealership", required=True, index=True, ondelete="cascade", readonly=True
    )
    reason = fields.Text(readonly=True)
    acknowledged_at = fields.Datetime(index=True, readonly=True)
    kept = fields.Boolean(
        string="Kept by the Dealer",
        readonly=True,
        help="The dealer had an order already and goes on with the lead.",
    )

    _endorsement_key_uniq = Constraint(
        "UNIQUE (endorsement_key)", "This endorsement was withdrawn already."
    )

    def _acknowledge(self, kept, dealer_lead_name):
        """The dealer knows. A lead that it keeps needs a manager: two sides sell."""
        self.ensure_one()
        if self.acknowledged_at:
            return
        self.write({"acknowledged_at": fields.Datetime.now(), "kept": kept})
        if kept:
            self.lead_id._endorsement_conflict_found(
                self.env._(
                    "%(dealer)s had an order already and keeps its lead %(reference)s "
                    "although the endorsement was withdrawn. Nothing was changed "
                    "here. Speak with the dealer, then close this lead or endorse it "
                    "again.",
                    dealer=self.dealership_id.complete_name,
                    reference=dealer_lead_name or "",
                )
            )
