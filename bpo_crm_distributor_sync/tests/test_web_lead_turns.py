"""The cron of web leads among distributors that hang, drip or answer nonsense."""

import time
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tools import mute_logger

from odoo.addons.remote_odoo.tests.fault_proxy import FaultProxy

from ..models import distributor_sync_web_leads as turns
from ..sync.web_leads import WebLeadSync
from .common import SyncCase
from .fake_distributor import FakeDistributor

ONE_BRAND = 1.0  # seconds, in these tests


class TestWebLeadTurns(SyncCase):
    def setUp(self):
        super().setUp()
        self.bad = set()
        muted = mute_logger("odoo.addons.bpo_crm_distributor_sync", "odoo.addons.base")
        muted.__enter__()
        self.addCleanup(muted.__exit__)

    def behind(self, code, mode, **settings):
        """Return a brand behind a bad network, and its distributor with one lead."""
        self.bad.add(code)
        fake = self.start(FakeDistributor(db=code))
        proxy = FaultProxy(fake.host, fake.port, mode)
        vars(proxy).update(settings)
        proxy.start()
        self.addCleanup(proxy.stop)
        brand = self.make_brand(code, fake)
        brand.distributor_url = proxy.url
        brand.distributor_password = fake.password
        fake.quotation(name=code)
        return brand, proxy

    @contextmanager
    def hurry(self, first=ONE_BRAND, second=ONE_BRAND, budget=600):
        """Have little patience with the brands behind a bad network, and no others."""
        runs = type(self.env["distributor.sync.run"])
        usual = runs._patience

        def patience(run):
            if run.brand_id.code not in self.bad:
                return usual(run)
            return second if run.attempts else first

        with (
            patch.object(runs, "_patience", patience),
            patch.object(turns, "BUDGET", budget),
        ):
            yield

    def count(self, brand):
        return self.env["crm.lead"].search_count([("brand_id", "=", brand.id)])

    def good_brand(self, code="GOOD"):
        fake = self.start(FakeDistributor(db=code))
        brand = self.make_brand(code, fake)
        fake.quotation(name="Customer of today")
        return brand, fake

    def triggered(self):
        cron = self.env.ref(turns.CRON)
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])

    # -- turns ---------------------------------------------------------------------

    def test_a_good_brand_is_served_whatever_is_before_it(self):
        modes = (
            "hang",
            "hang_before",
            "refuse",
            "cut_after",
            "cut_reply",
            "garbage",
            "html",
            "huge",
            "redirect",
            "bad_gateway",
            "gateway_timeout",
            "wrong_length",
            "short_length",
        )
        bad = [self.behind(f"B{number}", mode)[0] for number, mode in enumerate(modes)]
        good, _fake = self.good_brand()
        with self.hurry():
            self.import_leads()
        self.assertEqual(self.count(good), 1)
        for brand in bad:
            self.assertTrue(brand.sudo().remote_id.next_probe, brand.code)
            self.assertEqual(brand.sudo().remote_id.state, "failed")

    def test_a_distributor_that_drips_does_not_starve_the_others(self):
        dripping, proxy = self.behind("DRIP", "slow", drip=0.3)
        good, _fake = self.good_brand()
        served = []
        process = type(self.env["distributor.sync.run"])._process

        def note(run, *args):
            began = time.monotonic()
            process(run, *args)
            served.append((run.brand_id, time.monotonic() - began))

        with (
            self.hurry(),
            patch.object(type(self.env["distributor.sync.run"]), "_process", note),
        ):
            self.import_leads()
        self.assertEqual(self.count(good), 1)
        # It has a second turn, behind all others.
        ours = [brand for brand, _time in served if brand in (dripping, good)]
        self.assertEqual(ours, [dripping, good, dripping])
        # A reply would take minutes.
        self.assertLess(max(seconds for _brand, seconds in served), 30)
        self.assertTrue(dripping.sudo().remote_id.next_probe)
        self.assertIn("slow", proxy.seen)

    def test_a_parked_brand_is_left_alone_until_its_probe(self):
        hung, proxy = self.behind("HUNG", "hang_before")
        with self.hurry(0.3, 0.3):
            self.import_leads()
            asked = len(proxy.seen)
            self.import_leads()
            self.assertEqual(len(proxy.seen), asked)
            remote = hung.sudo().remote_id
            remote.next_probe = fields.Datetime.now() - timedelta(seconds=1)
            self.import_leads()
            # One question that costs nothing, and no second turn.
            self.assertEqual(len(proxy.seen), asked + 1)
            self.assertGreater(remote.next_probe, fields.Datetime.now())
            proxy.mode = "ok"
            remote.next_probe = fields.Datetime.now() - timedelta(seconds=1)
        self.import_leads()
        self.assertEqual(self.count(hung), 1)
        self.assertEqual(remote.state, "connected")

    def test_who_had_no_turn_is_first_in_the_next_call(self):
        brands = [self.behind(f"H{number}", "hang_before")[0] for number in range(3)]
        good, _fake = self.good_brand()
        with self.hurry(0.4, 0.4, budget=0.3):  # for one brand that hangs
            before = self.triggered()
            self.import_leads()
            self.assertGreater(self.triggered(), before)
            self.assertEqual(self.count(good), 0)
            for _call in range(len(brands) + 1):
                self.import_leads()
        self.assertEqual(self.count(good), 1)
        self.assertTrue(all(brand.sudo().distributor_lead_turn for brand in brands))

    def test_a_slow_distributor_is_served_in_its_second_turn(self):
        slow, proxy = self.behind("SLOW", "slow", drip=0.002)
        with self.hurry(first=0.1, second=30):
            self.import_leads()
        self.assertEqual(self.count(slow), 1)
        self.assertFalse(slow.sudo().remote_id.next_probe)
        self.assertTrue(proxy.seen)

    # -- whatever is raised ----------------------------------------------------------

    def test_no_error_leaves_a_brand(self):
        good, _fake = self.good_brand()
        connect = WebLeadSync.connect

        def fail(job):
            if job.brand == self.brand:
                job.env.cr.execute("SELECT 1")
                raise error
            return connect(job)

        failing = patch.object(
            type(self.env["distributor.sync.run"]), "_fail", side_effect=KeyError("x")
        )
        for error, guard in (
            (ValueError("Invalid IPv6 URL"), nullcontext()),
            (RecursionError(), nullcontext()),
            (MemoryError(), nullcontext()),
            (ValueError("so does what notes it"), failing),
        ):
            with self.subTest(error=repr(error)):
                _model = self.fake.quotation(name="Never read")
                good_fake = _fake
                good_fake.quotation(name="Another customer")
                before = self.count(good)
                with patch.object(WebLeadSync, "connect", fail), guard:
                    self.import_leads()
                self.assertGreater(self.count(good), before)

    def test_the_lead_import_of_a_button_ends_too(self):
        hung, _proxy = self.behind("HUNG", "hang_before")
        hung.with_user(self.manager).action_import_web_leads()
        with patch("odoo.addons.bpo_crm_distributor_sync.sync.web_leads.PATIENCE", 0.3):
            self.run_cron(times=2)
        run = self.env["distributor.sync.run"].search([("brand_id", "=", hung.id)])
        self.assertEqual(run.state, "failed")
        self.assertTrue(run.message)
