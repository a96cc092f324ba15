"""What a distributor does that nobody expects, and what must be right all the same."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ..sync.pages import GIVE_UP
from .common import SyncCase
from .fake_distributor import FakeDistributor
from .test_pictures import BROKEN, picture

PRODUCT = "product.template"
SYNC = "odoo.addons.bpo_crm_distributor_sync.sync"


class TestOddPeers(SyncCase):
    def setUp(self):
        super().setUp()
        muted = mute_logger(f"{SYNC}.writer", f"{SYNC}.dealers")
        muted.__enter__()
        self.addCleanup(muted.__exit__)

    def answer(self, method, change, model=PRODUCT):
        """Let `change(rows, kwargs)` spoil what this method answers."""
        usual = self.fake._handlers[model, method]
        self.fake.on(
            model, method, lambda *args, **kw: change(usual(*args, **kw), args, kw)
        )

    def full_check(self):
        """Check everything as the scheduler does, and return the run."""
        self.env["distributor.sync.run"]._queue(self.brand, "product", full=True)
        self.run_cron()
        return self.runs()[-1]

    # -- what a full check counts ----------------------------------------------

    def test_a_bad_row_does_not_make_the_others_unlisted(self):
        self.units(12)
        moved = self.units(1)[0]
        self.units(12)
        self.sync()
        self.fake.change(PRODUCT, moved, image=BROKEN)
        with patch(f"{SYNC}.products.PULSE_PAGE", 10):
            run = self.full_check()
        self.assertRecordValues(run, [{"state": "done", "done": 25, "unchanged": 25}])
        self.assertFalse(run.warning)
        self.assertEqual(self.issues().remote_id, moved)

    def test_a_row_that_fails_twice_is_one(self):
        bad, moved, gone, *_others = self.units(6)
        self.sync()
        self.fake.change(PRODUCT, bad, name=False)
        self.fake.change(PRODUCT, moved, image=BROKEN)
        del self.fake.tables[PRODUCT][gone]
        run = self.full_check()
        self.assertEqual(run.failed, 1)
        self.assertIn("1 vehicle models are no longer", run.warning or "")

    def test_a_large_full_check_goes_to_the_background(self):
        self.units(25)
        self.sync()
        with patch(f"{SYNC}.products.PULSE_PAGE", 10):
            kind, message = self.sync("action_full_check")
            self.assertEqual(kind, "info")
            self.assertIn("in the background", message)
            self.run_cron()
        self.assertRecordValues(
            self.runs()[-1], [{"full": True, "state": "done", "unchanged": 25}]
        )

    def test_a_full_check_that_finds_much_goes_to_the_background(self):
        ids = self.units(25)
        self.sync()
        for row_id in ids[:11]:
            self.fake.tables[PRODUCT][row_id]["categ_id"] = [9, "Renamed"]
            self.fake.change(PRODUCT, row_id)
        self.parameter("page_size", 10)
        self.assertEqual(self.sync("action_full_check")[0], "info")
        self.run_cron()
        self.assertRecordValues(self.runs()[-1], [{"updated": 11, "unchanged": 14}])

    def test_rows_of_an_older_sync_without_a_category(self):
        self.units(3, categ_id=False)
        self.sync()
        self.env.cr.execute(
            "UPDATE crm_vehicle_model SET distributor_category_id = NULL "
            "WHERE brand_id = %s",
            [self.brand.id],
        )
        self.env.invalidate_all()
        asked = len(self.fake.searches(PRODUCT))
        self.assertIn("3 unchanged", self.sync("action_full_check")[1])
        asked = self.fake.searches(PRODUCT)[asked:]
        self.assertEqual([names for _d, names in asked], [["write_date"], ["categ_id"]])

    # -- pictures --------------------------------------------------------------

    def without_pictures(self, rows, _args, kwargs):
        if kwargs["fields"] == ["image"] and rows:
            raise UserError("File not found in the filestore")
        return rows

    def test_the_only_picture_cannot_be_given(self):
        for spoil in (self.without_pictures, self.nothing_for_pictures):
            with self.subTest(spoil=spoil.__name__):
                usual = self.fake._handlers[PRODUCT, "search_read"]
                row_id = self.fake.unit(
                    image=picture(), write_date="2026-02-01 08:00:00"
                )
                self.answer("search_read", spoil)
                self.assertIn("1 created", self.sync()[1])
                issue = self.issues()[-1]
                self.assertRecordValues(
                    issue, [{"kind": "image", "remote_id": row_id, "state": "open"}]
                )
                self.fake.on(PRODUCT, "search_read", usual)
                issue.with_user(self.manager).action_retry()
                self.assertTrue(self.models()[-1].image_1920)
                self.assertEqual(issue.state, "solved")

    def nothing_for_pictures(self, rows, _args, kwargs):
        return False if kwargs["fields"] == ["image"] else rows

    def test_pictures_that_were_not_given_come_with_a_full_check(self):
        usual = self.fake._handlers[PRODUCT, "search_read"]
        self.units(GIVE_UP + 2, image=picture())
        self.fake.unit()
        self.answer("search_read", self.nothing_for_pictures)
        message = self.sync()[1]
        self.assertIn("did not give its pictures", message)
        self.assertIn(f"{GIVE_UP + 3} created", message)
        self.assertFalse(self.issues())
        self.fake.on(PRODUCT, "search_read", usual)
        run = self.full_check()
        self.assertEqual(run.images, GIVE_UP + 2)
        self.assertFalse(run.warning)
        self.assertTrue(all(model.image_1920 for model in self.models()[:-1]))

    # -- answers of another kind -----------------------------------------------

    def test_fields_that_are_no_fields(self):
        self.units(1)
        self.answer("fields_get", lambda _fields, _args, _kwargs: False)
        for button in ("action_test_connection", "action_sync_vehicle_models"):
            kind, message = self.sync(button)
            self.assertEqual(kind, "danger")
            self.assertIn("did not answer with fields", message)

    def test_ids_that_are_no_list(self):
        self.units(1)
        for method in ("search_read", "search"):
            self.answer(method, lambda _rows, _args, _kwargs: False)
        kind, message = self.sync()
        self.assertEqual(kind, "danger")
        self.assertIn("did not answer with records", message)

    def test_a_count_that_is_no_count(self):
        self.parameter("page_size", 10)
        self.units(25)
        self.answer("search_count", lambda _number, _args, _kwargs: "many")
        self.assertEqual(self.sync()[0], "info")
        self.run_cron()
        self.assertRecordValues(self.runs(), [{"state": "done", "created": 25}])

    # -- another distributor -----------------------------------------------------

    def test_an_account_number_stays_with_its_distributor(self):
        other = self.start(FakeDistributor())
        other.uid = 41
        self.units(1)
        usual = self.fake._handlers[PRODUCT, "search_read"]

        def moves(rows, _args, _kwargs):
            self.fake.on(PRODUCT, "search_read", usual)
            self.brand.write(
                {
                    "distributor_url": other.url,
                    "distributor_password": other.password,
                }
            )
            return rows

        self.answer("search_read", moves)
        self.sync()
        self.assertNotEqual(self.brand.sudo().remote_id.uid, self.fake.uid)
        other.unit(name="Other")
        self.assertIn("1 created", self.sync()[1])

    def test_a_click_does_not_wait_for_the_next_try(self):
        self.units(3)
        run = self.env["distributor.sync.run"]._queue(self.brand, "product")
        self.fake.stop()
        self.run_cron()
        self.assertEqual((run.state, bool(run.next_try)), ("queued", True))
        again = FakeDistributor(port=self.fake.port)
        again.tables = self.fake.tables
        self.start(again)
        self.sync()
        self.run_cron()
        self.assertRecordValues(run, [{"state": "done", "created": 3}])

    # -- retry -----------------------------------------------------------------

    def test_a_retry_keeps_to_the_filters(self):
        bad = self.fake.unit(name=False)
        dealer = self.fake.dealer(name=False)
        self.sync()
        self.sync("action_sync_dealers")
        self.fake.change(PRODUCT, bad, name="A part by now", is_unit=False)
        self.fake.change("res.partner", dealer, name="Left", chery_dealer=False)
        self.issues().with_user(self.manager).action_retry()
        self.assertFalse(self.models())
        self.assertFalse(
            self.env["crm.dealership.source"].search([("remote_id", "=", dealer)])
        )
