from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.remote_odoo.compat import Constraint
from odoo.addons.remote_odoo.errors import RemoteError
from odoo.addons.remote_odoo.payload import text
from odoo.addons.remote_odoo.public import LONGEST, check_known, public
from odoo.addons.vehicle_crm.exchange.endorsement import PULLED, row_key

NOW_CALL = 10  # seconds: a person waits
MANAGER = "dealer_crm.dealer_crm_group_manager"


class BpoCrmDiscrepancy(models.Model):
    """One endorsement on which the BPO and we differ, and what can be done about it.

    *Send* tells the BPO what is true here, *Pull* takes over what is true there,
    *Ignore* keeps the difference, with a reason.
    """

    _name = "bpo.crm.discrepancy"
    _description = "Difference with the BPO"
    _order = "state desc, id desc"
    _rec_name = "source_lead_name"

    connection_id = fields.Many2one(
        "bpo.crm.connection",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        groups="dealer_crm.dealer_crm_group_admin",
    )
    lead_id = fields.Many2one(
        "crm.lead", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    endorsement_key = fields.Char(readonly=True, required=True)
    source_lead_name = fields.Char(string="BPO Lead", readonly=True)
    kind = fields.Selection(
        [
            ("refused", "Could not be taken"),
            ("missing_here", "Missing here"),
            ("unknown_there", "Unknown to the BPO"),
            ("missing_callback", "BPO does not know the outcome"),
            ("outcome", "Different outcome"),
            ("order", "Different order"),
            ("ended_there", "Ended at the BPO, open here"),
        ],
        required=True,
        readonly=True,
    )
    detail = fields.Text(readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("ignored", "Ignored"), ("solved", "Solved")],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    reason = fields.Text(string="Why Ignored", readonly=True)
    settled_by = fields.Many2one("res.users", readonly=True)
    can_send = fields.Boolean(compute="_compute_can")
    can_pull = fields.Boolean(compute="_compute_can")

    _endorsement_uniq = Constraint(
        "UNIQUE (connection_id, endorsement_key)",
        "This endorsement is in the list already.",
    )

    @api.depends("kind", "state", "lead_id")
    def _compute_can(self):
        for row in self:
            is_open = row.state == "open"
            row.can_send = (
                is_open
                and bool(row.lead_id)
                and row.kind
                in ("unknown_there", "missing_callback", "outcome", "order")
            )
            row.can_pull = is_open and row.kind in (
                "refused",
                "missing_here",
                "ended_there",
            )

    def _check_manager(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only a Dealer Manager settles differences with the BPO.")
            )
        self.check_access("read")

    @public()
    def action_send(self):
        """Tell the BPO what is true here. The row closes when it has taken it over."""
        self._check_manager()
        for row in self.filtered("can_send"):
            lead = row.lead_id
            lead.check_access("write")
            lead._bpo_tell()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @public()
    def action_pull(self):
        """Take over what is true at the BPO: the lead itself, or that it ended."""
        self._check_manager()
        for row in self.filtered("can_pull"):
            if row.kind == "ended_there":
                if not row.lead_id.sudo()._bpo_withdraw(row.detail):
                    raise UserError(
                        self.env._(
                            "%s has an order, so it is kept. Cancel the order first, "
                            "or ignore the difference with a reason.",
                            row.lead_id.code,
                        )
                    )
                row._settle("solved")
            else:
                row._pull_lead()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _pull_lead(self):
        """Read this one endorsement again and take it; the receipt follows by the
        outbox, after the commit."""
        self.ensure_one()
        connection = self.sudo().connection_id
        try:
            page = connection._ask(
                connection._remote_client(deadline=NOW_CALL),
                PULLED,
                "endorsed_leads_for_dealer",
                keys=[self.endorsement_key],
            )
        except RemoteError as error:
            raise UserError(
                self.env._("Nothing was pulled: %s Try again later.", error)
            ) from error
        offered = [row for row in page["leads"] if row_key(row) == self.endorsement_key]
        if not offered:
            raise UserError(
                self.env._(
                    "The BPO no longer offers %s to this dealer. Ignore the difference "
                    "with a reason, or ask the BPO.",
                    self.source_lead_name,
                )
            )
        leads = self.env["crm.lead"].sudo()
        _status, lead = leads._bpo_receive(connection, offered[0])
        if not lead:
            raise UserError(
                self.env._("The lead is being taken right now. Try again in a moment.")
            )
        receipt = lead._bpo_receipt()
        lead._bpo_send("bpo_receipt", connection.remote_id, receipt, "again")

    @public(reason=text(LONGEST))
    def action_ignore(self, reason=None):
        """Keep the difference. Without a reason the wizard asks for one."""
        self._check_manager()
        if not (reason or "").strip():
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Ignore"),
                "res_model": "bpo.crm.discrepancy.ignore",
                "view_mode": "form",
                "target": "new",
                "context": {"default_discrepancy_ids": self.ids},
            }
        self.filtered(lambda row: row.state == "open")._settle(
            "ignored", reason.strip()
        )
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _settle(self, state, reason=False):
        self.sudo().write(
            {"state": state, "reason": reason, "settled_by": self.env.uid}
        )

    @public(one=True)
    def action_open_lead(self):
        check_known(self.lead_id)
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.lead",
            "res_id": self.lead_id.id,
            "views": [(self.env.ref("dealer_crm.crm_lead_view_form").id, "form")],
        }
