import logging
import time
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying

from odoo.addons.remote_odoo.compat import commit_progress
from odoo.addons.remote_odoo.errors import RemoteError, where
from odoo.addons.remote_odoo.payload import check_rows, clean, cut
from odoo.addons.remote_odoo.public import public
from odoo.addons.vehicle_crm.exchange.endorsement import (
    MAX_TEXT,
    PULLED,
    WITHDRAWAL,
    row_key,
)
from odoo.addons.vehicle_crm.exchange.receipt import (
    ACKNOWLEDGED,
    RECEIPT_LIMIT,
    REFUSED,
    build_receipt,
)

from ..exchange.pages import Pages

_logger = logging.getLogger(__name__)

PAGE = 100  # endorsements in one answer
# A cron worker of Odoo is killed after 120 seconds, and so is the request of a person:
# a run, its last connection and its last page stay below.
RUN = 40  # seconds in which the cron begins with another connection
TURN = 40  # seconds in which one connection is asked for another page
LATEST = 70  # seconds after which the run asks for no further page
CALL = 15  # seconds for each call
NOW_TURN, NOW_CALL = 10, 10  # the same for Import Now: a person waits
NOW_PAGES = 3  # pages of Import Now; the cron does the rest


class BpoCrmConnection(models.Model):
    """The pull: endorsed leads come page by page. First our commit, then the receipt:
    whatever fails in between is asked again, and the key makes it the same lead."""

    _inherit = "bpo.crm.connection"

    import_unfinished = fields.Boolean(
        readonly=True,
        copy=False,
        help="The last import ended before the last page; the next one goes on.",
    )

    @api.model
    def _cron_import_endorsed_leads(self):
        """Pull from each connection that is due, for at most ``RUN`` seconds.

        Connections that failed last time come last, then the longest not served first:
        one that hangs takes no time from those that answer.
        """
        begun = time.monotonic()
        due = self.search([("import_enabled", "=", True)]).filtered(
            lambda connection: connection._is_import_due()
        )
        due = due.sorted(
            lambda connection: (
                bool(connection.sudo().remote_id.failure_count),
                connection.last_import or fields.Datetime.to_datetime("1970-01-01"),
                connection.id,
            )
        )
        for number, connection in enumerate(due, 1):
            gone = time.monotonic() - begun
            connection._import_in_its_turn(min(TURN, LATEST - gone))
            left = commit_progress(self.env, 1, len(due) - number)
            late = not left or time.monotonic() - begun >= RUN
            if late and number < len(due):
                self._wake_import()
                return
        if any(due.mapped("import_unfinished")):
            self._wake_import()

    def _import_in_its_turn(self, seconds):
        """One connection; whatever goes wrong with it stops no other."""
        self.ensure_one()
        try:
            self._import_endorsed_leads(seconds)
        except Exception as error:
            self.env.cr.rollback()
            self.env.invalidate_all()
            _logger.exception("BPO connection %s: import broke off", self.id)
            problem = self.env._("An error in this database (%s).", where(error))
            self._commit(self._imported, None, None, problem)

    @api.model
    def _wake_import(self):
        cron = self.env.ref("dealer_crm_bpo_bridge.ir_cron_import_endorsed_leads")
        cron.sudo()._trigger()

    def _is_import_due(self):
        self.ensure_one()
        remote = self.sudo().remote_id
        now = fields.Datetime.now()
        if not remote.url or (remote.next_probe and remote.next_probe > now):
            return False
        if not self.last_import or self.last_import > now or self.import_unfinished:
            return True
        # a cron is never on the second: half a minute early is in time
        wait = timedelta(minutes=self.import_interval, seconds=-30)
        return self.last_import + wait <= now

    def _import_endorsed_leads(self, seconds):
        """One run; a failure is kept on the connection and tried again next time.

        Each page is committed before its receipts go out. After ``seconds`` no further
        page is asked for.
        """
        self.ensure_one()
        client = error = problem = pages = None
        progress = 0
        try:
            client = self._remote_client(deadline=CALL)
            pages = self._pulled_pages(client, seconds)
            for page in pages:
                receipts, new = self._commit(self._take_page, page)
                progress += new
                problem = self._acknowledge(client, receipts) or problem
        except RemoteError as caught:
            error = caught
            _logger.warning("BPO connection %s: import failed: %s", self.id, error)
        # Pages that bring nothing new may have no end: they wait for the next minute.
        unfinished = not error and not pages.complete and progress > 0
        self._commit(self._imported, client, error, problem, unfinished)

    def _commit(self, function, *args):
        """Run a step in a transaction of its own, again if PostgreSQL asks for it."""
        return retrying(lambda: function(*args), self.env)

    def _imported(self, client, error, problem=False, unfinished=False):
        """Keep how a run ended. ``problem``: a sentence about what lies in neither the
        connection nor the other Odoo."""
        self._contact_noted(client, error)
        self.write(
            {
                "last_import": fields.Datetime.now(),
                "import_error": str(error or problem or "") or False,
                "import_unfinished": unfinished,
            }
        )

    def _contact_noted(self, client, error):
        """Keep on the connection how its last call ended."""
        self.sudo().remote_id._note_contact(client, error)

    @public(one=True)
    def action_import_now(self):
        """Read what waits and take it at once, for a few pages; the cron does the rest.

        Receipts may only follow a commit: those of leads go to the outbox, the others
        to the next run of the cron.
        """
        self.check_access("write")
        if not self._is_set_up():
            raise UserError(
                self.env._("Enter the address, database and account first.")
            )
        connection = self.sudo()
        taken = problems = 0
        client = error = pages = None
        try:
            client = connection._remote_client(deadline=NOW_CALL)
            pages = connection._pulled_pages(client, NOW_TURN, NOW_PAGES)
            for page in pages:
                receipts, _new = connection._take_page(page)
                problems += sum(1 for row in receipts if row.get("error"))
                taken += connection._send_receipts(receipts)
        except RemoteError as caught:
            error = caught
        unfinished = not error and not pages.complete
        connection._imported(client, error, unfinished=unfinished)
        if not error:
            connection.last_import = False  # the receipts follow at once
            connection._wake_import()
        return connection._import_notice(taken, problems, error, unfinished)

    def _import_notice(self, taken, problems, error, unfinished):
        """What Import Now tells the person who clicked."""
        said = []
        if taken or problems:
            said.append(
                self.env._(
                    "%(taken)s endorsed leads are here, %(errors)s with a problem.",
                    taken=taken,
                    errors=problems,
                )
            )
        if error and said:
            said.append(
                self.env._("Then the import broke off: %s It is tried again.", error)
            )
        elif error:
            said.append(
                self.env._("Nothing was imported: %s It is tried again.", error)
            )
        elif unfinished:
            said.append(self.env._("The import continues in the background."))
        elif not said:
            said.append(self.env._("No endorsed lead is waiting at the BPO."))
        kind = "danger" if error else "warning" if problems else "success"
        return self._notice(" ".join(said), kind)

    def _send_receipts(self, receipts):
        """Put the receipts of leads in the outbox; return how many."""
        taken = [
            row for row in receipts if row.get("dealer_lead_id") and "kept" not in row
        ]
        for receipt in taken:
            lead = self.env["crm.lead"].sudo().browse(receipt["dealer_lead_id"])
            lead._bpo_send("bpo_receipt", self.remote_id, receipt, "import")
        return len(taken)

    def _pulled_pages(self, client, seconds, limit=None):
        def ask(after):
            method = "endorsed_leads_for_dealer"
            return self._ask(client, PULLED, method, after=after, limit=PAGE)

        options = {"limit": limit} if limit else {}
        return Pages(ask, time.monotonic() + seconds, **options)

    def _take_page(self, page):
        """Take each row in its own savepoint.

        Returns what to answer for each, and how many leads are new here.
        """
        receipts, new = [], 0
        for endorsement in page["leads"]:
            receipt, is_new = self._take_one(endorsement)
            receipts.append(receipt)
            new += is_new
        withdrawn, bad = check_rows(page["withdrawn"], WITHDRAWAL, "withdrawn")
        for _row, error in bad:
            _logger.warning("BPO connection %s: %s", self.id, error)
        receipts += [self._take_back(row) for row in withdrawn]
        return [receipt for receipt in receipts if receipt], new

    def _take_one(self, endorsement):
        """Return the receipt of one endorsement, None when there is nothing to say yet,
        and whether its lead is new here."""

        def take():
            status, lead = self.env["crm.lead"].sudo()._bpo_receive(self, endorsement)
            return lead and lead._bpo_receipt(), status == "ok"

        taken, problem = self._apart(take)
        return (self._refuse(endorsement, problem), False) if problem else taken

    def _apart(self, function):
        """Run ``function`` in a savepoint; return ``(result, problem)``.

        One bad row stops no other; only PostgreSQL may ask for the whole page again.
        """
        try:
            with self.env.cr.savepoint():
                return function(), None
        except psycopg2.OperationalError:
            raise
        except UserError as error:
            return None, str(error)
        except Exception as error:
            _logger.exception("BPO connection %s: a lead was not taken", self.id)
            return None, self.env._(
                "An error at the dealer (%s).", type(error).__name__
            )

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
        """The BPO took an endorsement back: close our lead, unless it has an order.

        What fails is not answered, so that the BPO tells it again, and is in the list
        of differences meanwhile.
        """
        key = row["endorsement_key"]
        lead = self.env["crm.lead"].sudo()._bpo_find(key)
        receipt = {"endorsement_key": key, "kept": False}
        if lead:
            released, problem = self._apart(lambda: lead._bpo_withdraw(row["reason"]))
            if problem:
                self._discrepancy(
                    key,
                    "ended_there",
                    cut(
                        self.env._(
                            "The BPO took it back; it could not be closed here: %s",
                            problem,
                        ),
                        MAX_TEXT,
                    ),
                    source_lead_name=lead.bpo_source_lead_name,
                )
                return None
            receipt["kept"] = not released
            receipt["dealer_lead_id"] = lead.id
            receipt["dealer_lead_name"] = lead.code
        return build_receipt(receipt)

    def _acknowledge(self, client, receipts):
        """Send the receipts; return a sentence about those that the BPO refused."""
        conflicts, refused = [], []
        for start in range(0, len(receipts), RECEIPT_LIMIT):
            answer = self._ask(
                client,
                ACKNOWLEDGED,
                "acknowledge_endorsements",
                receipts=receipts[start : start + RECEIPT_LIMIT],
            )
            conflicts += answer["conflicts"]
            refused += check_rows(answer["refused"], REFUSED, "refused")[0]
        if conflicts:
            _logger.info(
                "BPO connection %s: %s receipts were in conflict",
                self.id,
                len(conflicts),
            )
        if not refused:
            return None
        return self.env._(
            "The BPO did not take %(count)s receipts: %(error)s",
            count=len(refused),
            error=refused[0]["error"] or "",
        )
