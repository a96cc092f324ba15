import logging
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.remote_odoo.compat import commit_progress
from odoo.addons.remote_odoo.errors import RemoteError, where
from odoo.addons.remote_odoo.payload import check_rows
from odoo.addons.remote_odoo.public import public
from odoo.addons.vehicle_crm.exchange.endorsement import PAGE_LIMIT, row_key
from odoo.addons.vehicle_crm.exchange.states import STATE, STATES_PAGE

from ..exchange.pages import Pages

_logger = logging.getLogger(__name__)

OPEN_THERE = ("waiting", "received", "accepted")
ENDED_THERE = ("declined", "expired", "withdrawn")
# A cron worker of Odoo is killed after 120 seconds: a run and its last connection stay
# below.
RUN = 45  # seconds in which the cron begins with another connection
TURN = 30  # seconds in which one connection is asked for another page
CALL = 20  # seconds for each call
NOW_TURN, NOW_CALL = 10, 10  # the same for Compare: a person waits
NOW_PAGES = 10  # pages of Compare; the cron does the rest
MAX_FOUND = 1000  # differences kept of one comparison; nobody settles more a day
FRESH = timedelta(hours=20)  # the cron does not compare again what is as new as this
AGAIN = timedelta(hours=1)  # until the cron tries again what failed


class BpoCrmConnection(models.Model):
    """The comparison: one paged read of what the BPO knows, against what is here.

    Reads there, writes only the list of differences here.
    """

    _inherit = "bpo.crm.connection"

    @api.model
    def _cron_reconcile(self):
        """Compare each connection once a day; what failed is tried again in an hour."""
        ends = time.monotonic() + RUN
        due = self.search([("import_enabled", "=", True)]).filtered(
            lambda connection: connection._is_reconcile_due()
        )
        due = due.sorted(
            lambda connection: (
                bool(connection.sudo().remote_id.failure_count),
                connection.last_reconcile or fields.Datetime.to_datetime("1970-01-01"),
                connection.id,
            )
        )
        failed = False
        for number, connection in enumerate(due, 1):
            failed |= not connection._reconcile_in_its_turn()
            left = commit_progress(self.env, 1, len(due) - number)
            if number < len(due) and (not left or time.monotonic() >= ends):
                self._wake_reconcile()
                return
        if failed:
            self._wake_reconcile(fields.Datetime.now() + AGAIN)

    @api.model
    def _wake_reconcile(self, at=None):
        cron = self.env.ref("dealer_crm_bpo_bridge.ir_cron_reconcile").sudo()
        cron._trigger(at)

    def _is_reconcile_due(self):
        self.ensure_one()
        now = fields.Datetime.now()
        return self._is_set_up() and not (
            self.last_reconcile and now - FRESH < self.last_reconcile <= now
        )

    def _reconcile_in_its_turn(self):
        """Compare one connection; whatever goes wrong with it stops no other."""
        self.ensure_one()
        remote, now = self.sudo().remote_id, fields.Datetime.now()
        if remote.next_probe and remote.next_probe > now:
            return False  # parked: the outbox or the import finds out when it is back
        client = error = None
        try:
            client = self._remote_client(deadline=CALL)
            compared = self._compare(client, TURN)
            self._commit(self._keep_comparison, compared)
        except RemoteError as caught:
            error = caught
            _logger.warning("BPO connection %s: not compared: %s", self.id, error)
        except Exception as caught:
            self.env.cr.rollback()
            self.env.invalidate_all()
            _logger.exception(
                "BPO connection %s: not compared, %s", self.id, where(caught)
            )
            return False
        self._commit(self._contact_noted, client, error)
        return not error

    @public(one=True)
    def action_reconcile(self):
        """Compare now and show what differs; too much for a click goes to the cron."""
        self.check_access("write")
        if not self._is_set_up():
            raise UserError(
                self.env._("Enter the address, database and account first.")
            )
        connection = self.sudo()
        client = error = compared = None
        try:
            client = connection._remote_client(deadline=NOW_CALL)
            compared = connection._compare(client, NOW_TURN, NOW_PAGES)
        except RemoteError as caught:
            error = caught
        connection._contact_noted(client, error)
        if error:
            return self._notice(
                self.env._("Nothing was compared: %s Try again later.", error),
                "danger",
            )
        connection._keep_comparison(compared)
        if not compared["complete"]:
            connection.last_reconcile = False
            connection._wake_reconcile()
        return self._reconcile_notice(compared)

    def _reconcile_notice(self, compared):
        """What Compare tells the person who clicked."""
        count = self.sudo().discrepancy_count
        message = self.env._(
            "%(compared)s endorsements compared, %(count)s differ.",
            compared=compared["count"],
            count=count,
        )
        if not compared["complete"]:
            message += " " + self.env._("The comparison continues in the background.")
        return self._notice(
            message,
            "warning" if count else "success",
            self.action_view_discrepancies() if count else None,
        )

    def _compare(self, client, seconds, limit=None):
        """Read what the BPO knows of the window and compare it; nothing is written.

        Returns ``{"found": {key: (kind, detail, name)}, "seen": keys, "complete":
        whether the last page was read, "count": endorsements looked at, "since"}``.
        """
        self.ensure_one()
        since = fields.Datetime.now() - timedelta(days=self.reconcile_days)
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        ours = leads.search(
            [("bpo_connection_id", "=", self.id), ("bpo_endorsed_at", ">=", since)]
        ).grouped("bpo_endorsement_key")
        found, seen = {}, set()
        pages = self._state_pages(client, since, seconds, limit)
        for page in pages:
            rows, bad = check_rows(page["leads"], STATE, "leads")
            for row, error in bad:
                _logger.warning("BPO connection %s: %s", self.id, error)
                seen.add(row_key(row))
            for state in rows:
                key = state["endorsement_key"]
                seen.add(key)
                lead = ours.get(key) or leads._bpo_find(key)
                difference = self._difference(lead, state)
                if difference and len(found) < MAX_FOUND:
                    found[key] = (*difference, state["source_lead_name"])
        seen.discard(False)
        if pages.complete:
            for key in ours.keys() - seen:
                lead = ours[key]
                difference = self._difference_unknown(lead)
                if difference and len(found) < MAX_FOUND:
                    found[key] = (*difference, lead.bpo_source_lead_name)
            seen |= ours.keys()
        return {
            "found": found,
            "seen": seen,
            "complete": pages.complete,
            "count": len(seen),
            "since": since,
        }

    def _state_pages(self, client, since, seconds, limit=None):
        def ask(after):
            return self._ask(
                client,
                STATES_PAGE,
                "endorsement_states",
                since=fields.Datetime.to_string(since),
                after=after,
                limit=PAGE_LIMIT,
            )

        options = {"limit": limit} if limit else {}
        return Pages(ask, time.monotonic() + seconds, **options)

    def _difference(self, lead, state):
        """``(kind, detail)`` of one endorsement, or None. What is still on its way is
        no difference."""
        there, step = state["state"], state["step"]
        if not lead:
            return self._difference_missing(state)
        if lead._remote_messages("bpo_callback", "pending", "sending"):
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

    def _keep_comparison(self, compared):
        """Write the list: what differs is open, what no longer does is solved."""
        for key, (kind, detail, name) in compared["found"].items():
            self._discrepancy(key, kind, detail, source_lead_name=name)
        rows = self.env["bpo.crm.discrepancy"].sudo()
        gone = rows.search(
            [("connection_id", "=", self.id), ("state", "=", "open")]
        ).filtered(lambda row: row.endorsement_key not in compared["found"])
        if compared["complete"]:
            since = compared["since"]
            gone = gone.filtered(
                lambda row: not row.lead_id or row.lead_id.bpo_endorsed_at >= since
            )
        else:
            gone = gone.filtered(lambda row: row.endorsement_key in compared["seen"])
        gone.write({"state": "solved"})
        self.last_reconcile = fields.Datetime.now()
