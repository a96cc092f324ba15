from odoo import api, models
from odoo.exceptions import ValidationError

from odoo.addons.remote_odoo.compat import try_lock
from odoo.addons.remote_odoo.payload import anything, build_payload, check_rows
from odoo.addons.remote_odoo.public import public
from odoo.addons.vehicle_crm.exchange.endorsement import row_key
from odoo.addons.vehicle_crm.exchange.receipt import RECEIPT, RECEIPTS, REFUSED

from .crm_lead_endorsement import ENDED_STATES


class CrmLead(models.Model):
    """The receipts of a dealer's Odoo, each one for itself."""

    _inherit = "crm.lead"

    @api.model
    @public(payload=anything())
    def acknowledge_endorsements(self, payload=None, **values):
        """Take note of what the dealer did with its endorsements.

        ``receipts``: at most 500. Returns ``{"status": "ok", "acknowledged": [keys],
        "conflicts": [keys], "refused": [{"endorsement_key", "error"}]}``. A key that is
        in no list was busy: send it again. Of several receipts of one key the last one
        counts. ValidationError when no receipt of the call can be read.
        """
        rows = self._wire_values(payload, values, RECEIPTS)["receipts"]
        receipts, bad = check_rows(rows, RECEIPT, "receipts")
        if bad and not receipts:
            raise ValidationError(str(bad[0][1]))
        refused = [
            build_payload(
                {"endorsement_key": row_key(row), "error": str(error)}, REFUSED
            )
            for row, error in bad
        ]
        acknowledged, conflicts = self._wire_take_receipts(receipts)
        reply = {
            "status": "ok",
            "acknowledged": acknowledged,
            "conflicts": conflicts,
        }
        return {**reply, "refused": refused} if refused else reply

    def _wire_take_receipts(self, receipts):
        """Apply checked receipts; return the keys acknowledged and in conflict."""
        # The last one of a key is what the dealer knows now.
        receipts = {row["endorsement_key"]: row for row in receipts}
        keys = list(receipts)
        leads = self._wire_leads([("endorsement_key", "in", keys)])
        withdrawals = self._wire_withdrawals([("endorsement_key", "in", keys)])
        free = try_lock(leads)
        lead_of = {lead.endorsement_key: lead for lead in leads}
        withdrawal_of = {row.endorsement_key: row for row in withdrawals}
        acknowledged, conflicts = [], []
        for key, receipt in receipts.items():
            taken = receipt["dealer_lead_id"] or receipt["error"]
            lead = lead_of.get(key)
            if receipt["kept"] is not None or not taken:
                if withdrawal := withdrawal_of.get(key):
                    withdrawal._acknowledge(
                        bool(receipt["kept"]), receipt["dealer_lead_name"]
                    )
                (acknowledged if withdrawal else conflicts).append(key)
            elif not lead or lead.endorsement_state in ENDED_STATES:
                conflicts.append(key)
            elif lead in free:
                lead._endorsement_received(receipt)
                acknowledged.append(key)
        return acknowledged, conflicts
