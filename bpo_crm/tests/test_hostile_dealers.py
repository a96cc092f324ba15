"""A dealer that misbehaves in every way, beside one that does not."""

from contextlib import contextmanager

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from odoo.addons.remote_odoo.tests.manners import (
    MATRIX,
    HostilePeer,
    impatient,
)

from .common import BpoMixin
from .plain_dealer import PlainDealer

QUIET = (
    "odoo.addons.remote_odoo.models.remote_odoo_outbox",
    "odoo.addons.remote_odoo.models.remote_odoo_health",
    "urllib3.connectionpool",
)
# A call of a hand-off: the text that its request has, and no other.
ORDER_CALLS = {
    "login": "authenticate",
    "found": "client_order_ref",
    "fields": "fields_get",
    "customer": "=ilike",
    "customer made": "contact_of_test",
    "product": "sale_ok",
    "order made": "web_save",
}
TEST_CALLS = ("version", "authenticate", "fields_get", "has_access", "has_group")
PROTOCOLS = ("xmlrpc", "jsonrpc")
# Tried at each of the calls, all others at the first one.
ODD = (
    "result_none",
    "result_true",
    "result_2_to_31",
    "result_list_of_texts",
    "result_ids_of_no_record",
    "result_rows_of_odd_ids",
    "result_rows_of_odd_values",
    "result_object_of_odd_values",
    "fault_of_odd_shape",
)


@tagged("post_install", "-at_install")
class TestHostileDealers(BpoMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bad = cls.dealership
        cls.good = cls.bad.copy({"name": "Cebu", "code": "TEST-CEB"})

    def setUp(self):
        super().setUp()
        self.dealer = PlainDealer()
        self.dealer.start()
        self.addCleanup(self.dealer.stop)
        self.connect(self.good, self.dealer)
        muted = mute_logger(*QUIET)
        muted.__enter__()
        self.addCleanup(muted.__exit__)

    @contextmanager
    def peer(self, manner, protocol, only=None):
        """The bad dealership leads to a peer of this manner, its connection fresh."""
        target = PlainDealer()
        with target, HostilePeer(manner, target if only else None, only) as peer:
            self.connect(self.bad, peer)
            self.bad.remote_id.write({"protocol": protocol, "failure_count": 0})
            with impatient(0.7), self.subTest(manner=manner, proto=protocol, only=only):
                yield peer
        # What waits for this peer is not for the next one.
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE remote_odoo_message SET state = 'cancelled' WHERE remote_id = %s",
            [self.bad.remote_id.id],
        )
        self.env.invalidate_all()

    def connect(self, dealership, fake):
        values = {"odoo_url": fake.url, "odoo_db": "fake", "odoo_username": "service"}
        dealership.with_user(self.manager).write({**values, "odoo_password": "secret"})

    def cases(self, calls):
        """Each manner from the first call; each odd result at each of the calls."""
        for number, manner in enumerate(MATRIX):
            yield manner, PROTOCOLS[number % 2], None
        for only in calls:
            for number, manner in enumerate(ODD):
                yield manner, PROTOCOLS[number % 2], only

    def lead_for(self, dealership):
        lead = self.make_lead(
            dealership_id=dealership.id, contact_name="contact_of_test"
        )
        lead = self.to_negotiation(lead)
        lead.action_mark_won()
        return lead

    # -- the outbox ------------------------------------------------------------

    def test_orders(self):
        for case in self.cases(ORDER_CALLS.values()):
            with self.peer(*case) as peer:
                lead, other = self.lead_for(self.bad), self.lead_for(self.good)
                self.run_outbox()
                self.assertTrue(peer.met)
                self.assertEqual(other.step, "won")
                self.check_message(lead)

    def check_message(self, lead):
        """Waiting, failed with a sentence, or done with values that fit."""
        message = lead.sudo().remote_message_ids
        self.assertIn(message.state, ("pending", "failed", "done"))
        if message.state == "done":
            self.assertGreater(lead.dealer_so_id, 0)
            self.assertLess(len(lead.dealer_so_name), 65)
            return
        self.assertEqual(lead.step, "negotiation")
        self.assertNotEqual(message.failure, "local", message.last_error)
        self.check_sentence(message.last_error)

    def check_sentence(self, text):
        self.assertTrue(text)
        self.assertLess(len(text), 700)
        self.assertNotIn("\n", text)
        self.assertNotIn("Traceback", text)

    def test_endorsements(self):
        self.bad.handoff_mode = "endorse"
        for case in self.cases(["receive_endorsed_lead"]):
            with self.peer(*case) as peer:
                lead = self.make_lead(dealership_id=self.bad.id)
                lead.stage_id = self.env.ref("bpo_crm.stage_qualified")
                lead.action_endorse()
                other = self.lead_for(self.good)
                self.run_outbox()
                self.assertTrue(peer.met)
                self.assertEqual(other.step, "won")
                message = lead.sudo().remote_message_ids
                self.assertIn(message.state, ("pending", "failed", "done"))
                self.assertNotEqual(message.failure, "local", message.last_error)

    # -- tests of the connection -----------------------------------------------

    def test_button(self):
        for case in self.cases(TEST_CALLS):
            with self.peer(*case) as peer:
                button = self.bad.with_user(self.manager).action_test_connection
                params = button()["params"]
                self.assertTrue(peer.met)
                self.check_sentence(params["message"])
                self.assertLess(len(self.bad.remote_id.activity_ids), 2)
                self.env.flush_all()

    def test_daily(self):
        for manner in MATRIX:
            with self.peer(manner, "xmlrpc") as peer:
                remotes = (self.bad | self.good).remote_id
                remotes.write({"last_test": False, "state": "untested"})
                with self.in_cron():
                    self.env["remote.odoo"]._cron_test_connections()
                self.assertTrue(peer.met)
                self.assertEqual(self.good.remote_id.state, "connected")
                self.assertEqual(self.bad.remote_id.state, "failed")
                self.assertTrue(self.bad.remote_id.last_test)
