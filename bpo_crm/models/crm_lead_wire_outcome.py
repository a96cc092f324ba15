from odoo import fields, models

from odoo.addons.vehicle_crm.models.gate import GATE

from ..exchange.order import order_reference
from .crm_lead_endorsement import ENDED_STATES, OPEN_STATES

DEALER_FIELDS = ("dealer_lead_id", "dealer_lead_name", "dealer_so_id", "dealer_so_name")


class CrmLead(models.Model):
    """What a dealer's answer does to a lead. Runs with sudo on a locked row; the
    chatter names the service account, which speaks for the dealer.

    The first report of an outcome counts. A repeated one changes nothing and posts
    nothing, unless a person at the dealer sent it as a correction.
    """

    _inherit = "crm.lead"

    dealer_outcome = fields.Char(
        readonly=True,
        copy=False,
        help="What the dealer has reported last: accepted, declined, won or lost.",
    )

    def _pipeline_protected_fields(self):
        return super()._pipeline_protected_fields() | {"dealer_outcome"}

    def _endorsement_write_changed(self, values):
        """Write what differs, so that a repeated answer leaves no trace."""
        self.ensure_one()
        changed = {
            name: value
            for name, value in values.items()
            if self._fields[name].convert_to_cache(self[name], self)
            != self._fields[name].convert_to_cache(value, self)
        }
        if changed:
            self._endorsement_write(changed)
        return bool(changed)

    def _dealer_values(self, answer):
        """The dealer's ids and names that an answer gives; what it leaves out stays."""
        return {name: answer[name] for name in DEALER_FIELDS if answer[name]}

    def _report_values(self, callback):
        """What the first report of an outcome writes."""
        values = {
            **self._dealer_values(callback),
            "dealer_outcome": callback["outcome"],
        }
        if callback["outcome"] in ("won", "lost") and callback["date"]:
            values["dealer_date_closed"] = fields.Datetime.to_datetime(callback["date"])
        return values

    def _repeated(self, callback):
        """Answer an outcome that is known. Only a correction changes something: later
        values win then, and one line says so."""
        if not callback["correction"]:
            return "already"
        values = self._report_values(callback)
        if self.step == "lost" and callback["outcome"] == "lost":
            reason = self.env["crm.lost.reason"]._from_code(callback["reason"])
            if reason:
                values["lost_reason_id"] = reason.id
            if callback["notes"]:
                values["lost_notes"] = callback["notes"]
        if not self._endorsement_write_changed(values):
            return "already"
        self._message_log(
            body=self.env._(
                "%(dealer)s has corrected its report: dealer lead %(reference)s, "
                "order %(order)s, closed there on %(date)s (UTC).",
                dealer=self.endorsement_dealership_id.complete_name,
                reference=self.dealer_lead_name or "",
                order=self.dealer_so_name or "",
                date=self.dealer_date_closed or "",
            )
        )
        return "ok"

    def _take_dealer_values(self, answer, **values):
        """Keep what the dealer calls its lead and order. The quotation that was asked
        for is told to the manager there, whichever answer brings it."""
        had_order = bool(self.dealer_so_id)
        named = self._dealer_values(answer)
        if self.endorsement_state == "closed":  # a late receipt only fills what is open
            named = {name: value for name, value in named.items() if not self[name]}
        self._endorsement_write_changed({**named, **values})
        if self.with_quotation and self.dealer_so_id and not had_order:
            self._notify_dealership_manager(
                self.env._("Quotation %s was made there.", self.dealer_so_name)
            )

    def _endorsement_received(self, receipt):
        """A receipt: the dealer has the lead, or says why it could not take it."""
        self.ensure_one()
        if not receipt["dealer_lead_id"]:
            self._endorsement_refused(receipt["error"])
            return
        values = {}
        closed = self.endorsement_state == "closed"
        if receipt["url"] and not (closed and self.dealer_lead_url):
            values["dealer_lead_url"] = receipt["url"]
        if self.endorsement_state in ("waiting", "refused"):
            values["endorsement_state"] = "received"
            self._message_log(
                body=self.env._(
                    "Received by %(dealer)s as %(reference)s.",
                    dealer=self.endorsement_dealership_id.complete_name,
                    reference=receipt["dealer_lead_name"] or "",
                )
            )
        if not closed:
            # One line when there is a problem; its later wordings are in the field.
            if receipt["error"] and not self.endorsement_error:
                self._message_log(
                    body=self.env._(
                        "The dealer has the lead, but: %s", receipt["error"]
                    )
                )
            values["endorsement_error"] = receipt["error"]
        self._take_dealer_values(receipt, **values)

    def _endorsement_refused(self, error):
        """The dealer could not take it and made nothing; Retry offers it again."""
        if self.endorsement_state not in ("waiting", "received", "refused"):
            return
        first = self.endorsement_state != "refused"
        if self._endorsement_write_changed(
            {"endorsement_state": "refused", "endorsement_error": error}
        ):
            said = self.env._(
                "%(dealer)s could not take this lead: %(error)s The lead stays here. "
                "Fix the problem, then click Retry Endorsement.",
                dealer=self.endorsement_dealership_id.complete_name,
                error=error,
            )
            if first:
                self._message_log(body=said)
            self._endorsement_todo(self.env._("The dealer could not take it"), said)

    def _wire_accepted(self, callback):
        if self.endorsement_state == "accepted":
            return self._repeated(callback)
        if self.endorsement_state == "closed":
            return "already"
        if self.endorsement_state not in OPEN_STATES:
            return "conflict"
        self._take_dealer_values(
            callback,
            endorsement_state="accepted",
            endorsement_expires_at=False,
            dealer_outcome="accepted",
        )
        self._message_log(
            body=self.env._(
                "Accepted by %(dealer)s as %(reference)s.",
                dealer=self.endorsement_dealership_id.complete_name,
                reference=self.dealer_lead_name or "",
            )
        )
        return "ok"

    def _wire_declined(self, callback):
        if self.endorsement_state == "declined":
            return "already"
        if self.endorsement_state not in OPEN_STATES:
            return "conflict"
        self._endorsement_write_changed(self._report_values(callback))
        said = ", ".join(filter(None, [callback["reason"], callback["notes"]]))
        self._end_endorsement("declined", said)
        return "ok"

    def _wire_won(self, callback):
        """The dealer has delivered: a fact, whatever we thought of the lead."""
        if self.step == "won":
            return self._won_already(callback)
        if not self._stop_order_elsewhere():
            return "busy"
        if self.endorsement_state not in (*OPEN_STATES, "closed"):
            # It came back to us, yet the dealer sold: no longer the agent's to work.
            self._endorsement_write(
                {"dealership_id": self.endorsement_dealership_id.id}
            )
        was_lost = self.step == "lost"
        self._endorsement_write(
            {
                **self._report_values(callback),
                "endorsement_state": "closed",
                "endorsement_error": False,
                "endorsement_expires_at": False,
            }
        )
        self._confirmed_won()
        if was_lost:
            self._endorsement_conflict_found(
                self.env._(
                    "This lead was Lost here, but %s has sold and delivered: it is "
                    "Won. The earlier reason stays in the history.",
                    self.endorsement_dealership_id.complete_name,
                )
            )
        self._log_won_by_dealer(callback)
        return "ok"

    def _won_already(self, callback):
        """A repeated report; or the first one about a lead that was Won otherwise."""
        if self.endorsement_state in ENDED_STATES:
            if self.dealer_outcome != "won":
                self._endorsement_write({"dealer_outcome": "won"})
                self._endorsement_conflict_found(
                    self.env._(
                        "%(dealer)s reports that it has sold too, as %(reference)s, "
                        "after the lead had come back and was Won here otherwise. "
                        "Nothing was changed. Find out which sale is real.",
                        dealer=self.endorsement_dealership_id.complete_name,
                        reference=callback["dealer_lead_name"] or "",
                    )
                )
            return "conflict"
        if self.dealer_outcome == "won":
            return self._repeated(callback)
        self._endorsement_write_changed(self._report_values(callback))
        self._log_won_by_dealer(callback)
        return "ok"

    def _log_won_by_dealer(self, callback):
        self._message_log(
            body=self.env._(
                "Won by %(dealer)s: dealer lead %(reference)s, order %(order)s "
                "delivered, closed there on %(date)s.",
                dealer=self.endorsement_dealership_id.complete_name,
                reference=self.dealer_lead_name or "",
                order=self.dealer_so_name or "",
                date=(self.company_id or self.env.company)._show_moment(
                    callback["date"] or fields.Datetime.now()
                ),
            )
        )

    def _stop_order_elsewhere(self):
        """The lead came back and is on its way to another dealer: no second order for
        a car that is sold. Return False while that order is being sent."""
        if self.handoff_state not in ("pending", "failed"):
            return True
        message = self._get_handoff_message()
        sent = message.attempts or message.replied
        reference = order_reference(self.code, self.handoff_key)
        if not self._remote_cancel("dealer_order", self.handoff_key):
            return False
        self._release_handoff()
        if sent:
            self._endorsement_conflict_found(
                self.env._(
                    "%(seller)s has sold this car while it was being ordered at "
                    "%(other)s. If an order %(reference)s exists there, have it "
                    "cancelled.",
                    seller=self.endorsement_dealership_id.complete_name,
                    other=self.dealership_id.complete_name,
                    reference=reference,
                )
            )
        return True

    def _wire_lost(self, callback):
        """Never overrides Won."""
        if self.step == "won":
            return "conflict"
        if self.step == "lost":
            return self._lost_already(callback)
        if self.endorsement_state not in OPEN_STATES:
            return "conflict"
        code = callback["reason"]
        reasons = self.env["crm.lost.reason"]
        reason = reasons._from_code(code)
        if not reason:
            reason = reasons._from_code("other")
            if code:
                self._message_log(
                    body=self.env._("The dealer's reason, not known here: %s", code)
                )
        self._endorsement_write_changed(self._report_values(callback))
        self.with_context(bpo_crm_confirmed=GATE)._do_lost(reason, callback["notes"])
        return "ok"

    def _lost_already(self, callback):
        """A repeated report; or the first one about a lead that was Lost otherwise,
        whose reason stays the one given here."""
        if self.endorsement_state in ENDED_STATES:
            return "already"
        if self.dealer_outcome == "lost":
            return self._repeated(callback)
        self._endorsement_write_changed(self._report_values(callback))
        return "ok"
