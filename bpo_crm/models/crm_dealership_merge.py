from odoo import models
from odoo.exceptions import UserError


class CrmDealership(models.Model):
    """What a dealership takes over from others that are the same branch."""

    _inherit = "crm.dealership"

    def _check_merge(self):
        """UserError with what keeps these dealerships apart."""
        kept = self._get_merge_target()
        (self - kept)._check_nothing_out(self.env._("dealerships cannot be merged"))
        accounts = self.sudo().service_user_id
        if len(accounts) > 1:
            raise UserError(
                self.env._(
                    "These dealerships have different service accounts: %s. Each "
                    "dealer's Odoo calls here with its own, so one of them would no "
                    "longer reach its leads. Nothing was merged. Remove the account "
                    "that is not used, then merge again.",
                    ", ".join(accounts.mapped("name")),
                )
            )

    def _get_merge_target(self):
        """The one that stays: the first made, one that is not archived if possible."""
        return self.sorted(lambda dealership: (not dealership.active, dealership.id))[
            :1
        ]

    def _take_over(self, others):
        """Take over the brands, the leads, their endorsements and withdrawals, and how
        the dealer is reached, where this dealership has nothing of its own."""
        self.ensure_one()
        kept, others = self.sudo(), others.sudo()
        kept.brand_ids |= others.with_context(active_test=False).brand_ids
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        for name in self._lead_fields():
            theirs = leads.search([(name, "in", others.ids)])
            theirs._endorsement_write({name: kept.id})
        withdrawals = self.env["crm.lead.withdrawal"].sudo()
        withdrawals.search([("dealership_id", "in", others.ids)]).write(
            {"dealership_id": kept.id}
        )
        kept._take_over_connection(others)

    def _take_over_connection(self, others):
        """The service account and the connection, and their settings with the first."""
        source = others.filtered(lambda row: row.service_user_id or row.odoo_configured)
        if not source:
            return
        if not (self.service_user_id or self.odoo_configured):
            self.write(
                {
                    name: source[0][name]
                    for name in ("handoff_mode", "create_products", "endorsement_hours")
                }
            )
        if not self.service_user_id and (account := source.service_user_id):
            source.service_user_id = False
            self.service_user_id = account
        connected = source.filtered("odoo_configured")[:1]
        if not self.odoo_configured and connected:
            remote = connected.remote_id
            connected.remote_id = False
            connected.flush_recordset()
            self.remote_id = remote
            remote.name = self.display_name
