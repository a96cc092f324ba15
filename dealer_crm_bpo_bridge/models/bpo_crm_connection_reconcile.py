import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.remote_odoo.compat import commit_progress
from odoo.addons.remote_odoo.errors import RemoteError
from odoo.addons.remote_odoo.payload import check_rows
from odoo.addons.vehicle_crm.exchange.endorsement import PAGE_LIMIT, row_key
from odoo.addons.vehicle_crm.exchange.states import STATE, STATES_PAGE

_logger = logging.getLogger(__name__)

OPEN_THERE = ("waiting", "received", "accepted")
ENDED_THERE = ("declined", "expired", "withdrawn")


class BpoCrmConnection(models.Model):
    """The comparison: one paged read of what the BPO knows, against what is here.

    Reads there, writes only the list of differences here.
    """

    _inherit = "bpo.crm.connection"

    @api.model
    def _cron_reconcile(self):
        connections = self.search([("import_enabled", "=", True)]).filtered(
            lambda connection: connection._is_set_up()
        )
        for left, connection in enumerate(reversed(connections)):
            try:
                connection._reconcile()
            except RemoteError as error:
                _logger.warning(
                    "BPO connection %s: comparison failed: %s", connection.id, error
                )
            if not commit_progress(self.env, 1, len(connections) - left - 1):
                break

    def action_reconcile(self):
        """Compare now and show what differs."""
        self.ensure_one()
        self.check_access("write")
        if not self._is_set_up():
            raise UserError(
                self.env._("Enter the address, database and account first.")
            )
        try:
            compared = self.sudo()._reconcile()
        except RemoteError as error:
            return self._notice(
                self.env._("Nothing was compared: %s Try again later.", error),
                "danger",
            )
        count = self.sudo().discrepancy_count
        return self._notice(
            self.env._(
                "%(compared)s endorsements compared, %(count)s differ.",
                compared=compared,
                count=count,
            ),
            "warning" if count else "success",
            self.action_view_discrepancies() if count else None,
        )

    def _reconcile(self):
        """Compare the window; return how many endorsements were looked at."""
        self.ensure_one()
        since = fields.Datetime.now() - timedelta(days=self.reconcile_days)
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        ours = leads.search(
            [("bpo_connection_id", "=", self.id), ("bpo_endorsed_at", ">=", since)]
        ).grouped("bpo_endorsement_key")
        found = {}
        seen = set()
        with self._remote_client() as client:
            for theirs in self._state_pages(client, since):
                rows, bad = check_rows(theirs, STATE, "leads")
                for row, error in bad:
                    _logger.warning("BPO connection %s: %s", self.id, error)
                    seen.add(row_key(row))
                for state in rows:
                    key = state["endorsement_key"]
                    seen.add(key)
                    lead = ours.get(key) or leads._bpo_find(key)
                    if difference := self._difference(lead, state):
                        found[key] = (*difference, state["source_lead_name"])
        for key in ours.keys() - seen:
            lead = ours[key]
            if difference := self._difference_unknown(lead):
                found[key] = (*difference, lead.bpo_source_lead_name)
        self._keep_differences(found, since)
        self.last_reconcile = fields.Datetime.now()
        seen.discard(False)
        return len(seen | ours.keys())

    def _state_pages(self, client, since):
        after = False
        while True:
            reply = self._checked(
                client.call(
                    "crm.lead",
                    "endorsement_states",
                    since=fields.Datetime.to_string(since),
                    after=after,
                    limit=PAGE_LIMIT,
                ),
                STATES_PAGE,
            )
            yield reply["leads"]
            after = reply["next"]
            if not after:
                return

    def _difference(self, lead, state):
        """``(kind, detail)`` of one endorsement, or None. What is still on its way is
        no difference."""
        there, step = state["state"], state["step"]
        if not lead:
            return self._difference_missing(state)
        if lead.bpo_callback_state == "pending":
            return None
        here = lead.step
        if here == "won" or (here == "lost" and lead.bpo_state == "closed"):
            if there in OPEN_THERE or there == "refused":
                return "missing_callback", self.env._(
                    "%(here)s here, %(there)s at the BPO.", here=here, there=there
                )
            if step != here or there in ENDED_THERE:
                return "outcome", self.env._(
                    "%(here)s here, %(step)s (%(there)s) at the BPO.",
                    here=here,
                    step=step,
                    there=there,
                )
            return self._difference_closed(lead, state)
        if lead.bpo_state == "declined":
            if there in OPEN_THERE:
                return "missing_callback", self.env._(
                    "Declined here, %s at the BPO.", there
                )
        elif lead.bpo_state in ("received", "accepted"):
            if there in ENDED_THERE or there == "closed":
                return "ended_there", self.env._(
                    "%(there)s (%(step)s) at the BPO, open here.",
                    there=there,
                    step=step,
                )
            late = {"accepted": ("received", "refused"), "received": ("refused",)}
            if there in late[lead.bpo_state]:
                return "missing_callback", self.env._(
                    "%(here)s here, %(there)s at the BPO.",
                    here=lead.bpo_state,
                    there=there,
                )
        return None

    def _difference_missing(self, state):
        there = state["state"]
        if there == "refused":
            return "refused", state["error"]
        if there in ("received", "accepted") or (
            there == "closed" and state["dealer_lead_id"]
        ):
            return "missing_here", self.env._(
                "The BPO knows it as %(reference)s (%(there)s).",
                reference=state["dealer_lead_name"] or "?",
                there=there,
            )
        return None

    def _difference_closed(self, lead, state):
        order = lead.sale_order_id
        if state["dealer_so_id"] != order.id:
            return "order", self.env._(
                "%(here)s here, %(there)s at the BPO.",
                here=order.name or self.env._("No order"),
                there=state["dealer_so_name"] or self.env._("no order"),
            )
        if lead.step == "lost":
            reason = lead.lost_reason_id.code or "other"
            if state["reason"] and state["reason"] not in (reason, "other"):
                return "outcome", self.env._(
                    "Lost for %(here)s here, for %(there)s at the BPO.",
                    here=reason,
                    there=state["reason"],
                )
        return None

    def _difference_unknown(self, lead):
        """We have it, the BPO does not list it: restored there, or endorsed anew."""
        if lead.bpo_state in ("declined", "withdrawn"):
            return None
        return "unknown_there", self.env._(
            "The BPO does not know this endorsement: it was endorsed anew, or the "
            "BPO's database was restored. It is %s here.",
            lead.step,
        )

    # The list

    def _discrepancy(self, key, kind, detail, **values):
        """Open the difference, or keep the row that says the same."""
        self.ensure_one()
        rows = self.env["bpo.crm.discrepancy"].sudo()
        row = rows.search(
            [("connection_id", "=", self.id), ("endorsement_key", "=", key)]
        )
        same = row.kind == kind and row.detail == detail
        if same and row.state in ("open", "ignored"):
            return
        values |= {
            "kind": kind,
            "detail": detail,
            "state": "open",
            "reason": False,
            "settled_by": False,
            "lead_id": self.env["crm.lead"].sudo()._bpo_find(key).id,
        }
        if row:
            row.write(values)
        else:
            row.create({**values, "connection_id": self.id, "endorsement_key": key})

    def _solved(self, key, lead):
        """A difference is gone because the lead is here now."""
        rows = self.env["bpo.crm.discrepancy"].sudo()
        rows = rows.search(
            [
                ("connection_id", "=", self.id),
                ("endorsement_key", "=", key),
                ("state", "=", "open"),
            ]
        )
        rows.write({"state": "solved", "lead_id": lead.id})

    def _keep_differences(self, found, since):
        for key, (kind, detail, name) in found.items():
            self._discrepancy(key, kind, detail, source_lead_name=name)
        rows = self.env["bpo.crm.discrepancy"].sudo()
        gone = rows.search(
            [("connection_id", "=", self.id), ("state", "=", "open")]
        ).filtered(lambda row: row.endorsement_key not in found)
        gone.filtered(
            lambda row: not row.lead_id or row.lead_id.bpo_endorsed_at >= since
        ).write({"state": "solved"})
