import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying

from odoo.addons.remote_odoo.compat import commit_progress
from odoo.addons.remote_odoo.errors import RemoteError
from odoo.addons.remote_odoo.payload import check_rows, clean, cut
from odoo.addons.vehicle_crm.exchange.endorsement import (
    MAX_TEXT,
    PULLED,
    WITHDRAWAL,
    row_key,
)
from odoo.addons.vehicle_crm.exchange.receipt import ACKNOWLEDGED, build_receipt

_logger = logging.getLogger(__name__)

PAGE = 100


class BpoCrmConnection(models.Model):
    """The pull: endorsed leads come page by page. First our commit, then the receipt:
    whatever fails in between is asked again, and the key makes it the same lead."""

    _inherit = "bpo.crm.connection"

    @api.model
    def _cron_import_endorsed_leads(self):
        connections = self.search([("import_enabled", "=", True)]).filtered(
            lambda connection: connection._is_import_due()
        )
        for left, connection in enumerate(reversed(connections)):
            connection._import_endorsed_leads()
            remaining = len(connections) - left - 1
            if not commit_progress(self.env, 1, remaining):
                break

    def _is_import_due(self):
        self.ensure_one()
        remote = self.sudo().remote_id
        now = fields.Datetime.now()
        if not remote.url or (remote.next_probe and remote.next_probe > now):
            return False
        if not self.last_import or self.last_import > now:
            return True
        # a cron is never on the second: half a minute early is in time
        wait = timedelta(minutes=self.import_interval, seconds=-30)
        return self.last_import + wait <= now

    def _import_endorsed_leads(self):
        """One run; a failure is kept on the connection and tried again next time."""
        self.ensure_one()
        client = error = None
        try:
            with self._remote_client() as client:
                for page in self._pulled_pages(client):
                    receipts = self._commit(self._take_page, page)
                    self._acknowledge(client, receipts)
        except RemoteError as caught:
            error = caught
            _logger.warning("BPO connection %s: import failed: %s", self.id, error)
        self._commit(self._imported, client, error)

    def _commit(self, function, *args):
        """Run a step in a transaction of its own, again if PostgreSQL asks for it."""
        return retrying(lambda: function(*args), self.env)

    def _imported(self, client, error):
        remote = self.sudo().remote_id
        if error:
            remote._contact_failed(error, park=True)
        else:
            remote._contact_worked(client)
        self.write(
            {
                "last_import": fields.Datetime.now(),
                "import_error": str(error) if error else False,
            }
        )

    def action_import_now(self):
        """Read what waits and take it at once. Receipts may only follow a commit: those
        of leads go to the outbox, the others to the next run of the cron."""
        self.ensure_one()
        self.check_access("write")
        if not self._is_set_up():
            raise UserError(
                self.env._("Enter the address, database and account first.")
            )
        connection = self.sudo()
        taken = errors = 0
        try:
            with connection._remote_client() as client:
                for page in connection._pulled_pages(client):
                    receipts = connection._take_page(page)
                    errors += sum(1 for row in receipts if row.get("error"))
                    taken += connection._send_receipts(receipts)
        except RemoteError as error:
            return self._notice(
                self.env._("Nothing was imported: %s It is tried again.", error),
                "danger",
            )
        self.env.ref(
            "dealer_crm_bpo_bridge.ir_cron_import_endorsed_leads"
        ).sudo()._trigger()
        connection.write({"last_import": False, "import_error": False})
        return self._notice(
            self.env._(
                "%(taken)s endorsed leads are here, %(errors)s with a problem.",
                taken=taken,
                errors=errors,
            )
            if taken or errors
            else self.env._("No endorsed lead is waiting at the BPO."),
            "warning" if errors else "success",
        )

    def _send_receipts(self, receipts):
        """Put the receipts of leads in the outbox; return how many."""
        taken = [
            row for row in receipts if row.get("dealer_lead_id") and "kept" not in row
        ]
        for receipt in taken:
            lead = self.env["crm.lead"].sudo().browse(receipt["dealer_lead_id"])
            lead._bpo_send("bpo_receipt", self.remote_id, receipt, "import")
        return len(taken)

    def _pulled_pages(self, client):
        after = False
        while True:
            page = self._checked(
                client.call(
                    "crm.lead", "endorsed_leads_for_dealer", after=after, limit=PAGE
                ),
                PULLED,
            )
            yield page
            after = page["next"]
            if not after:
                return

    def _take_page(self, page):
        """Take each lead in its own savepoint; return what to answer for each."""
        receipts = [self._take_one(endorsement) for endorsement in page["leads"]]
        withdrawn, bad = check_rows(page["withdrawn"], WITHDRAWAL, "withdrawn")
        for _row, error in bad:
            _logger.warning("BPO connection %s: %s", self.id, error)
        receipts += [self._take_back(row) for row in withdrawn]
        return [receipt for receipt in receipts if receipt]

    def _take_one(self, endorsement):
        """The receipt of one endorsement; None when there is nothing to say yet."""
        try:
            with self.env.cr.savepoint():
                leads = self.env["crm.lead"].sudo()
                _status, lead = leads._bpo_receive(self, endorsement)
                return lead and lead._bpo_receipt()
        except psycopg2.OperationalError:
            raise  # PostgreSQL asks for the whole transaction again
        except UserError as error:
            problem = str(error)
        except Exception as error:  # one bad lead stops no other
            _logger.exception("BPO connection %s: a lead was not taken", self.id)
            problem = self.env._("An error at the dealer (%s).", type(error).__name__)
        return self._refuse(endorsement, problem)

    def _refuse(self, endorsement, problem):
        """Show it on both sides: here as a discrepancy, there by the receipt.

        Nothing of the endorsement has been checked yet, so only its key and its
        reference are looked at, and only when they are what they should be.
        """
        key = row_key(endorsement)
        if not key:
            _logger.warning("BPO connection %s: an endorsement has no key", self.id)
            return None
        name = endorsement.get("source_lead_name")
        self._discrepancy(
            key,
            "refused",
            cut(problem, MAX_TEXT),
            source_lead_name=cut(clean(name), 64) if isinstance(name, str) else False,
        )
        return build_receipt({"endorsement_key": key, "error": problem})

    def _take_back(self, row):
        """The BPO took an endorsement back: close our lead, unless it has an order."""
        key = row["endorsement_key"]
        lead = self.env["crm.lead"].sudo()._bpo_find(key)
        receipt = {"endorsement_key": key, "kept": False}
        if lead:
            receipt["kept"] = not lead._bpo_withdraw(row["reason"])
            receipt["dealer_lead_id"] = lead.id
            receipt["dealer_lead_name"] = lead.code
        return build_receipt(receipt)

    def _acknowledge(self, client, receipts):
        if not receipts:
            return
        answer = self._checked(
            client.call("crm.lead", "acknowledge_endorsements", receipts=receipts),
            ACKNOWLEDGED,
        )
        if answer["conflicts"]:
            _logger.info(
                "BPO connection %s: %s receipts were in conflict",
                self.id,
                len(answer["conflicts"]),
            )
