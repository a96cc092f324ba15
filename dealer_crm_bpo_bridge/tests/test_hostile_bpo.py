import time
import uuid
from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.remote_odoo.tests.manners import (
    MATRIX,
    SLOW,
    HostilePeer,
    impatient,
)

from ..models import bpo_crm_connection_import as importing
from ..models import bpo_crm_connection_reconcile as comparing
from .common import BridgeCase
from .fake_bpo import make_endorsement

LOGGERS = (importing.__name__, comparing.__name__, "odoo.addons.remote_odoo")
FAST = [manner for manner in MATRIX if manner not in SLOW]
# What comes through the client, and a few that do not: for every thing that asks.
SHAPES = [manner for manner in FAST if manner.startswith(("result_", "fault_"))]
SHAPES += ["resets", "web_page", "nothing", "deep", "gzip_twice", "drips_body"]


@tagged("post_install", "-at_install")
class TestHostileBpo(BridgeCase):
    """A BPO with bad manners: the good one beside it is served in the same run."""

    def setUp(self):
        super().setUp()
        self.peer = None
        self.bad = self.connection.copy({"name": "Bad"}).sudo()

    @contextmanager
    def met(self, manner, only=None):
        """The bad connection meets a peer of this manner, the good one stands second:
        by its id, and served most recently."""
        target = self.bpo if only else None
        with HostilePeer(manner, target=target, only=only) as peer, impatient():
            self.bad.write(
                {
                    "url": peer.url,
                    "database": self.bpo.db,
                    "username": self.bpo.login,
                    "password": self.bpo.password,
                    "last_import": False,
                    "last_reconcile": False,
                }
            )
            self.bad.remote_id.write({"failure_count": 0, "next_probe": False})
            yield peer
        self.assertTrue(peer.met)

    def endorse(self):
        return self.bpo.endorse(source_lead_id=int(uuid.uuid4()) % 10**9 + 1)

    def serve_import(self):
        endorsement = self.endorse()
        with mute_logger(*LOGGERS):
            self.run_import()
        self.assertTrue(self.find(endorsement))
        self.bpo.waiting.clear()

    def serve_comparison(self):
        connections = self.connection.sudo()
        connections.last_reconcile = False
        self.env.flush_all()
        with self.in_cron(), mute_logger(*LOGGERS):
            connections._cron_reconcile()
        self.env.invalidate_all()
        self.assertTrue(connections.last_reconcile)

    def test_import(self):
        for manner in (*FAST, "drips_body"):
            with self.subTest(manner), self.met(manner):
                self.serve_import()
                self.assertLessEqual(len(self.bad.import_error or ""), 1000)

    def test_import_of_a_bpo_that_lets_us_in(self):
        """The login is honest, the page is not."""
        for manner in SHAPES:
            with self.subTest(manner):
                with self.met(manner, only="endorsed_leads_for_dealer"):
                    self.serve_import()

    def test_receipts(self):
        for manner in SHAPES:
            self.endorse()
            with self.subTest(manner):
                with self.met(manner, only="acknowledge_endorsements"):
                    self.serve_import()

    def test_comparison(self):
        for manner in SHAPES:
            with self.subTest(manner):
                with self.met(manner, only="endorsement_states"):
                    self.serve_comparison()

    def test_buttons(self):
        for manner in SHAPES:
            with self.subTest(manner), mute_logger(*LOGGERS):
                with self.met(manner, only="e"):
                    for call in (
                        self.bad.action_import_now,
                        self.bad.action_reconcile,
                        self.bad.action_test_connection,
                    ):
                        started = time.monotonic()
                        notice = call()
                        self.assertEqual(notice["tag"], "display_notification")
                        self.assertLess(len(notice["params"]["message"]), 2000)
                        self.assertLess(time.monotonic() - started, 20)

    # What is well formed and has no end

    def endless(self, **page):
        """Another page always follows, with a mark that never came before."""
        asked = []

        def ask(**_kwargs):
            asked.append(1)
            return {
                "leads": [],
                "withdrawn": [],
                "next": str(len(asked)),
                **{name: make() for name, make in page.items()},
            }

        for method in ("endorsed_leads_for_dealer", "endorsement_states"):
            self.bpo.on("crm.lead", method, ask)
        return asked

    def test_pages_without_end(self):
        asked = self.endless()
        self.assertIn("background", self.import_now())
        self.assertEqual(len(asked), importing.NOW_PAGES)
        asked.clear()
        action = self.connection.action_reconcile()
        self.assertIn("background", action["params"]["message"])
        self.assertEqual(len(asked), comparing.NOW_PAGES)
        asked.clear()
        self.run_import()
        self.assertLessEqual(len(asked), 200)
        # it brought nothing, so that the next run need not follow at once
        self.assertFalse(self.connection.import_unfinished)

    def import_now(self):
        return self.connection.action_import_now()["params"]["message"]

    def test_pages_that_bring_leads_go_on_at_once(self):
        self.endless(
            leads=lambda: [
                make_endorsement(source_db=str(uuid.uuid4()), customer={"name": "C"})
            ]
        )
        with patch.object(importing, "TURN", 1):
            self.run_import()
        self.assertTrue(self.connection.import_unfinished)
        self.assertTrue(self.connection.sudo()._is_import_due())

    def test_a_page_named_twice_is_refused(self):
        endorsement = make_endorsement()
        self.endless(leads=lambda: [endorsement], next=lambda: "again")
        with mute_logger(importing.__name__):
            self.run_import()
        self.assertIn("twice", self.connection.import_error)
        self.assertTrue(self.find(endorsement))
        self.connection.sudo().remote_id.next_probe = False
        action = self.connection.action_reconcile()
        self.assertIn("twice", action["params"]["message"])

    def test_differences_without_end_are_bounded(self):
        self.endless(
            leads=lambda: [
                {
                    "endorsement_key": str(uuid.uuid4()),
                    "source_lead_id": 1,
                    "state": "accepted",
                    "step": "negotiation",
                }
                for _number in range(20)
            ]
        )
        with patch.object(comparing, "MAX_FOUND", 50):
            self.connection.action_reconcile()
        self.assertEqual(self.connection.sudo().discrepancy_count, 50)

    # Isolation

    def test_an_error_of_ours_stops_no_other_connection(self):
        original = type(self.bad)._take_page

        def take(connection, page):
            if connection == self.bad:
                raise ZeroDivisionError("customer data")
            return original(connection, page)

        self.bad.write(
            {
                "url": self.bpo.url,
                "database": self.bpo.db,
                "username": self.bpo.login,
                "password": self.bpo.password,
            }
        )
        self.patch(type(self.bad), "_take_page", take)
        self.serve_import()
        self.assertIn("ZeroDivisionError", self.bad.import_error)
        self.assertNotIn("customer", self.bad.import_error)
        self.assertFalse(self.bad.remote_id.next_probe)  # the BPO is well

    def test_a_withdrawal_that_fails_stops_nothing(self):
        """An automation of the dealer's own raises when a lead is lost."""
        bad, good = self.bpo.endorse(), self.bpo.endorse(source_lead_id=9)
        self.run_import()
        failing = self.find(bad)
        original = type(failing)._do_lost

        def lose(leads, reason, notes=None):
            if failing in leads:
                raise ValueError("an automation")
            return original(leads, reason, notes)

        self.bpo.waiting.clear()
        later = self.bpo.endorse(source_lead_id=10, customer={"name": "Maria"})
        keys = [row["endorsement_key"] for row in (bad, good)]
        self.bpo.withdrawn = dict.fromkeys(keys, "gone")
        with patch.object(type(failing), "_do_lost", lose), mute_logger(*LOGGERS):
            self.run_import()
        self.assertTrue(self.find(later))
        self.assertEqual(self.find(good).bpo_state, "withdrawn")
        self.assertEqual(failing.bpo_state, "received")
        self.assertEqual(list(self.bpo.withdrawn), [bad["endorsement_key"]])
        row = failing.bpo_discrepancy_ids
        self.assertEqual((row.kind, row.state), ("ended_there", "open"))
        self.run_import()  # told again, and this time it works
        self.assertEqual(failing.bpo_state, "withdrawn")
        self.assertFalse(self.bpo.withdrawn)
