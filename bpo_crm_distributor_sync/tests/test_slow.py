"""A distributor that takes its time: what came stays, and a sync always ends."""

import threading
from unittest.mock import patch

from ..models.distributor_sync_run import SECONDS
from ..sync import books
from ..sync.pictures import PictureSync
from .common import Killed, SyncCase
from .fake_distributor import FakeDistributor
from .test_pictures import picture

PRODUCT = "product.template"
ROWS, PICTURES = "rows", "pictures"


class TestSlow(SyncCase):
    """Slow is: a call for more than so much never ends. What ends, ends at once."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(books, "TELL", 0))  # a commit at each step
        self.startPatcher(patch.dict(SECONDS, call=(3, 1), button=(3, 1), cron=(60, 1)))
        self.asked = []  # (ROWS or PICTURES, how many came)

    def slow(self, fake=None, rows=10_000, pictures=10_000, poison=()):
        """Answer no call for more rows or pictures, nor for a poisoned picture."""
        fake = fake or self.fake
        usual = fake._handlers[PRODUCT, "search_read"]
        ended = threading.Event()
        self.addCleanup(ended.set)

        def answer(domain, **kwargs):
            found = usual(domain, **kwargs)
            what = PICTURES if kwargs["fields"] == ["image"] else ROWS
            most = pictures if what == PICTURES else rows
            bad = what == PICTURES and any(row["id"] in poison for row in found)
            if len(found) > most or bad:
                self.asked.append((what, 0))
                ended.wait(60)
            else:
                self.asked.append((what, len(found)))
            return found

        fake.on(PRODUCT, "search_read", answer)

    def came(self, what):
        return sum(number for kind, number in self.asked if kind == what)

    def painted(self):
        return sum(bool(model.distributor_image_checksum) for model in self.models())

    def assertAllPainted(self, number):
        self.assertEqual(self.painted(), number)
        self.assertEqual(sum(bool(model.image_1920) for model in self.models()), number)

    # -- pictures --------------------------------------------------------------

    def test_a_button_keeps_the_rows_and_leaves_the_pictures_to_the_cron(self):
        self.units(30, image=picture())
        self.slow(pictures=5)
        kind, message = self.sync()
        self.assertEqual(kind, "info")
        self.assertIn("The rows are here", message)
        self.assertEqual(len(self.models()), 30)
        self.assertRecordValues(
            self.runs(), [{"state": "queued", "created": 30, "rows_done": True}]
        )
        self.assertTrue(self.brand.distributor_last_sync)
        self.asked.clear()
        self.run_cron()
        self.assertEqual(self.runs().state, "done")
        self.assertAllPainted(30)
        self.assertEqual(self.came(ROWS), 0)  # not read again
        self.assertEqual(self.came(PICTURES), 30)
        self.assertIn("30 created", self.runs().message)

    def test_a_button_that_is_pressed_again_starts_nothing_twice(self):
        self.units(30, image=picture())
        self.slow(pictures=5)
        self.sync()
        self.assertEqual(self.sync()[0], "warning")
        self.assertEqual(len(self.runs()), 1)

    def test_a_worker_that_is_killed_at_each_step(self):
        self.parameter("page_size", 20)
        self.units(50, image=picture())
        self.slow(pictures=10)
        self.sync()
        rest = PictureSync.rest

        def die(job):
            rest(job)
            raise Killed

        turns = 0
        with patch.object(PictureSync, "rest", die):
            while self.runs().state in ("queued", "running") and turns < 40:
                self.run_cron()
                turns += 1
        self.assertEqual(self.runs().state, "done")
        self.assertAllPainted(50)
        # The button looked at a page; pages are read one ahead of those stored.
        self.assertLessEqual(self.came(ROWS), 20 + 2 * 50, self.asked)
        self.assertLessEqual(self.came(PICTURES), 2 * 50, self.asked)

    def test_a_turn_that_is_over_goes_on_in_the_next(self):
        self.units(30, image=picture())
        self.slow(pictures=10)
        self.sync()
        turns = 0
        with patch.dict(SECONDS, cron=(0, 1)):
            while self.runs().state in ("queued", "running") and turns < 40:
                self.run_cron()
                turns += 1
        self.assertGreater(turns, 2)
        self.assertAllPainted(30)
        self.assertEqual(self.came(PICTURES), 30, self.asked)

    def test_one_picture_that_never_comes_is_an_issue(self):
        units = self.units(12, image=picture())
        self.slow(poison={units[4]})
        self.sync()
        self.run_cron()
        self.assertEqual(self.runs().state, "done")
        self.assertAllPainted(11)
        self.assertRecordValues(
            self.issues(), [{"kind": "image", "remote_id": units[4], "state": "open"}]
        )

    def test_pictures_of_which_none_ever_comes(self):
        self.units(12, image=picture())
        self.slow(pictures=0)
        self.sync()
        with patch("odoo.addons.bpo_crm_distributor_sync.sync.pages.GIVE_UP", 2):
            self.run_cron()
        self.assertEqual(self.runs().state, "done")
        self.assertIn("did not give its pictures", self.runs().warning)
        self.assertEqual(len(self.models()), 12)
        self.assertFalse(any(self.models().mapped("distributor_write_date")))

    def test_pictures_that_a_failed_run_left_come_with_the_next(self):
        self.units(12, image=picture())
        self.slow(pictures=0)
        self.sync()
        self.runs().with_user(self.manager).action_cancel()
        self.slow()
        self.fake.on(PRODUCT, "search_read", self.fake._bind(PRODUCT, "search_read"))
        self.assertEqual(self.sync()[0], "success")
        self.assertAllPainted(12)

    def test_a_picture_that_changes_and_one_that_goes(self):
        first, second, third = self.units(3, image=picture())
        self.sync()
        self.fake.change(PRODUCT, first, image=picture("blue"))
        self.fake.change(PRODUCT, second, image=False)
        self.fake.change(PRODUCT, third)
        before = self.models()[0].image_1920
        self.slow(pictures=1)
        self.sync()
        self.run_cron()
        self.assertEqual(self.runs()[-1].state, "done")
        self.assertNotEqual(self.models()[0].image_1920, before)
        self.assertFalse(self.models()[1].image_1920)
        self.assertTrue(self.models()[2].image_1920)
        attachments = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "crm.vehicle.model"),
                ("res_field", "=", "image_1920"),
                ("res_id", "in", self.models().ids),
            ]
        )
        self.assertEqual(len(attachments), 2)

    # -- rows ------------------------------------------------------------------

    def test_rows_that_take_too_long_for_a_button(self):
        self.units(12)
        self.slow(rows=3)
        kind, message = self.sync()
        self.assertEqual(kind, "info")
        self.assertIn("takes long to answer", message)
        self.run_cron()
        self.assertRecordValues(self.runs(), [{"state": "done", "created": 12}])
        self.assertEqual(len(self.models()), 12)

    def test_a_full_check_that_takes_too_long(self):
        units = self.units(30)
        self.sync()
        for unit in units:
            self.fake.change(PRODUCT, unit, name="Changed")
        self.slow(rows=10)
        self.sync("action_full_check")
        self.run_cron(times=2)
        self.assertRecordValues(
            self.runs()[-1], [{"state": "done", "updated": 30, "unchanged": 0}]
        )

    def test_dealers_that_take_too_long(self):
        for number in range(12):
            self.fake.dealer(name=f"Branch {number}")
        usual = self.fake._handlers["res.partner", "search_read"]
        ended = threading.Event()
        self.addCleanup(ended.set)

        def slow(domain, **kwargs):
            rows = usual(domain, **kwargs)
            if len(rows) > 3:
                ended.wait(60)
            return rows

        self.fake.on("res.partner", "search_read", slow)
        self.assertEqual(self.sync("action_sync_dealers")[0], "info")
        self.run_cron()
        self.assertRecordValues(self.runs(), [{"state": "done", "created": 12}])

    # -- no answer at all ------------------------------------------------------

    def test_a_distributor_that_stops_answering_keeps_its_turn_short(self):
        self.units(12, image=picture())
        self.slow(pictures=5)
        self.sync()
        with patch("odoo.addons.bpo_crm_distributor_sync.sync.pages.PROBE", 1):
            self.slow(pictures=0)
            ended = threading.Event()
            self.addCleanup(ended.set)
            usual = self.fake._handlers[PRODUCT, "search"]
            self.fake.on(PRODUCT, "search", lambda *_a, **_kw: ended.wait(60))
            self.run_cron()
            run = self.runs()
            self.assertEqual((run.state, bool(run.next_try)), ("queued", True))
            self.assertTrue(self.brand.sudo().remote_id.next_probe)
        # Not asked before its time.
        asked = len(self.asked)
        self.run_cron()
        self.assertEqual(len(self.asked), asked)
        self.fake.on(PRODUCT, "search", usual)
        self.fake.on(PRODUCT, "search_read", self.fake._bind(PRODUCT, "search_read"))
        self.sync()  # a person knows that it is up again
        self.run_cron()
        self.assertEqual(run.state, "done")
        self.assertAllPainted(12)

    def test_a_good_brand_has_its_turn_beside_slow_and_hung_ones(self):
        hung = self.start(FakeDistributor(db="hung"))
        ended = threading.Event()
        self.addCleanup(ended.set)
        for method in ("search_read", "search", "search_count", "fields_get"):
            hung.on(PRODUCT, method, lambda *_a, **_kw: ended.wait(60))
        good = self.start(FakeDistributor(db="good"))
        good.unit(name="Good")
        self.units(30, image=picture())
        self.slow(pictures=1)
        brands = [
            self.make_brand("HUNG", hung),
            self.brand,
            self.make_brand("GOOD", good),
        ]
        runs = self.env["distributor.sync.run"]
        queued = [runs._queue(brand, "product") for brand in brands]
        with patch.dict(SECONDS, cron=(12, 1)):
            self.run_cron()
        self.assertEqual(queued[2].state, "done")
        self.assertEqual(queued[0].state, "queued")
        self.assertTrue(queued[0].next_try)
        self.assertEqual(len(self.models()), 30)

    def test_who_waited_longest_is_first(self):
        runs = self.env["distributor.sync.run"]
        brands = [self.brand] + [
            self.make_brand(f"TURN{n}", self.start(FakeDistributor(db=f"d{n}")))
            for n in range(2)
        ]
        queued = [runs._queue(brand, "product").sudo() for brand in brands]
        queued[0].served, queued[1].served = "2026-01-02", "2026-01-01"
        self.assertEqual([run.id for run in runs._due()], [r.id for r in queued[::-1]])

    def test_a_run_that_raises_does_not_stop_the_others(self):
        other = self.make_brand("OTHER", self.start(FakeDistributor(db="other")))
        runs = self.env["distributor.sync.run"]
        first, second = (
            runs._queue(self.brand, "product"),
            runs._queue(other, "product"),
        )
        process = type(runs)._process

        def break_off(run, deadline=None):
            if run == first:
                raise ZeroDivisionError
            return process(run, deadline)

        with (
            patch.object(type(runs), "_process", break_off),
            self.assertLogs("odoo.addons.bpo_crm_distributor_sync", "ERROR"),
        ):
            self.run_cron()
        self.assertEqual(second.state, "done")
        self.assertTrue(first.served)
