"""Rows whose time of change is wrong, and a distributor whose clock is another."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from .common import SyncCase

PRODUCT, PARTNER = "product.template", "res.partner"
DEALERS = "action_sync_dealers"


class TestClock(SyncCase):
    def setUp(self):
        super().setUp()
        self.tell(datetime(2026, 2, 1, 9, 0))

    def tell(self, now):
        """Let the distributor's clock say `now` from here on."""
        self.now = now
        self.fake.date = format_datetime(now.replace(tzinfo=UTC), usegmt=True)

    def pass_time(self, **delta):
        """Let time pass there and here."""
        delta = timedelta(**delta)
        self.tell(self.now + delta)
        marks = self.brand.sudo().distributor_marks or {}
        for mark in marks.values():
            at = datetime.fromisoformat(mark["at"]) - delta
            mark["at"] = str(at)
        self.brand.sudo().distributor_marks = {**marks}
        self.env.flush_all()

    def at(self, **delta):
        return str(self.now + timedelta(**delta))

    def change(self, row_id, model=PRODUCT, at=None, **values):
        self.fake.change(model, row_id, at=at or self.at(), **values)

    def mark(self, kind="product"):
        marks = self.brand.sudo().distributor_marks or {}
        return datetime.fromisoformat(marks[kind]["mark"])

    # -- ahead -----------------------------------------------------------------

    def check_row_ahead(self, model, add, button):
        ahead = add(name="Local time", write_date=self.at(hours=8))
        other = add(name="Other", write_date=self.at(hours=-1))
        self.sync(button)
        self.pass_time(minutes=30)
        self.change(other, model, name="Other 2")
        self.assertIn("1 updated", self.sync(button)[1])
        # Corrected there, and the next change of another row.
        self.change(ahead, model)
        self.pass_time(minutes=30)
        self.change(other, model, name="Other 3")
        self.assertIn("1 updated", self.sync(button)[1])
        self.pass_time(hours=1)
        self.sync(button)
        asked = len(self.fake.searches(model))
        self.change(other, model, name="Other 4")
        self.assertIn("1 updated", self.sync(button)[1])
        (domain, _fields), *_pictures = self.fake.searches(model)[asked:]
        self.assertTrue([leaf for leaf in domain if leaf[0] == "write_date"])

    def test_a_model_dated_ahead(self):
        self.check_row_ahead(PRODUCT, self.fake.unit, "action_sync_vehicle_models")

    def test_a_dealer_dated_ahead(self):
        self.check_row_ahead(PARTNER, self.fake.dealer, DEALERS)

    def test_any_time_ahead(self):
        for number, ahead in enumerate(
            ({"minutes": 1}, {"minutes": 6}, {"hours": 8}, {"days": 2}, {"days": 400})
        ):
            with self.subTest(ahead=ahead):
                self.fake.unit(name="Ahead", write_date=self.at(**ahead))
                other = self.fake.unit(name="Other")
                self.sync()
                self.assertLessEqual(self.mark(), self.now)
                self.pass_time(minutes=1)
                self.change(other, name=f"Other {number}")
                self.sync()
                self.assertIn(f"Other {number}", self.models().mapped("name"))

    def test_all_rows_dated_ahead(self):
        rows = [
            self.fake.unit(name=f"Unit {n}", write_date=self.at(hours=8))
            for n in range(3)
        ]
        self.sync()
        self.pass_time(minutes=10)
        self.change(rows[0], name="Corrected")
        self.assertIn("1 updated", self.sync()[1])

    def test_a_row_dated_ahead_that_comes_with_a_later_sync(self):
        other = self.fake.unit(name="Other", write_date=self.at(hours=-1))
        self.sync()
        self.pass_time(minutes=10)
        self.fake.unit(name="Ahead", write_date=self.at(hours=8))
        self.sync()
        self.pass_time(minutes=10)
        self.change(other, name="Other 2")
        self.assertIn("1 updated", self.sync()[1])

    def test_a_mark_of_the_future_is_dropped(self):
        """As an older version of ours may have left one."""
        unit = self.fake.unit(name="A")
        self.sync()
        marks = self.brand.sudo().distributor_marks
        marks["product"]["mark"] = self.at(hours=8)
        self.brand.sudo().distributor_marks = {**marks}
        self.env.flush_all()
        self.pass_time(minutes=10)
        self.change(unit, name="A2")
        self.assertIn("1 updated", self.sync()[1])
        self.assertLessEqual(self.mark(), self.now)

    def test_in_the_background(self):
        self.parameter("page_size", 10)
        self.fake.unit(name="Ahead", write_date=self.at(hours=8))
        rows = self.units(25, write_date=self.at(hours=-1))
        self.sync()
        self.run_cron()
        self.pass_time(minutes=30)
        self.change(rows[20], name="Changed")
        self.sync()
        self.run_cron()
        self.assertIn("Changed", self.models().mapped("name"))

    # -- behind, missing -------------------------------------------------------

    def full_check(self):
        self.run_cron("_cron_full_check")
        self.run_cron()

    def test_a_row_behind_the_mark_comes_with_the_daily_check(self):
        unit = self.fake.unit(name="A", write_date=self.at(days=-2))
        dealer = self.fake.dealer(name="D", write_date=self.at(days=-2))
        self.fake.unit(name="B")
        self.fake.dealer(name="E")
        self.sync()
        self.sync(DEALERS)
        self.pass_time(hours=2)
        # A transaction that began an hour ago and ended now.
        self.change(unit, at=self.at(hours=-1), name="A2")
        self.change(dealer, PARTNER, at=self.at(hours=-1), name="D2")
        new = self.fake.dealer(name="New", write_date=self.at(days=-1))
        for _sync in range(2):
            self.sync()
            self.sync(DEALERS)
            self.pass_time(minutes=10)
        self.full_check()
        self.assertIn("A2", self.models().mapped("name"))
        sources = self.env["crm.dealership.source"].search(
            [("brand_id", "=", self.brand.id)]
        )
        self.assertEqual(
            sorted(sources.dealership_id.mapped("name")), ["D2", "E", "New"], new
        )

    def test_a_row_without_a_time_comes_with_the_daily_check(self):
        for missing in (False, None, "soon", "0000-00-00 00:00:00"):
            with self.subTest(missing=missing):
                self.fake._answer_xml = None  # None cannot travel as XML
                self.brand.sudo()._distributor_learn(json=True)
                unit = self.fake.unit(name="A")
                dealer = self.fake.dealer(name="D")
                self.sync()
                self.sync(DEALERS)
                self.pass_time(hours=1)
                name = f"Changed {missing}"
                self.fake.change(PRODUCT, unit, at=missing, name=name)
                self.fake.change(PARTNER, dealer, at=missing, name=name)
                self.full_check()
                self.assertIn(name, self.models().mapped("name"))
                self.assertTrue(
                    self.env["crm.dealership"].search_count([("name", "=", name)])
                )
                for table in self.fake.tables.values():
                    table.clear()

    def test_dealers_that_are_no_longer_there_stay_and_are_counted(self):
        self.fake.dealer(name="D")
        gone = self.fake.dealer(name="E")
        self.sync(DEALERS)
        del self.fake.tables[PARTNER][gone]
        self.full_check()
        run = self.runs()[-1]
        self.assertRecordValues(run, [{"kind": "dealer", "full": True}])
        self.assertIn("1 dealers are no longer", run.warning)
        self.assertTrue(self.env["crm.dealership"].search_count([("name", "=", "E")]))

    def test_the_button_checks_the_dealers_too(self):
        self.fake.unit()
        dealer = self.fake.dealer(name="D")
        self.sync()
        self.sync(DEALERS)
        self.pass_time(hours=1)
        self.fake.change(PARTNER, dealer, at=False, name="D2")
        self.sync("action_full_check")
        self.run_cron()
        self.assertTrue(self.env["crm.dealership"].search_count([("name", "=", "D2")]))

    def test_a_full_check_resets_the_mark(self):
        unit = self.fake.unit(name="A", write_date=self.at(hours=-3))
        self.sync()
        marks = self.brand.sudo().distributor_marks
        marks["product"]["mark"] = self.at(minutes=-1)
        self.brand.sudo().distributor_marks = {**marks}
        self.env.flush_all()
        self.full_check()
        self.assertLessEqual(self.mark(), self.now - timedelta(hours=3))
        self.change(unit, at=self.at(hours=-2), name="A2")
        self.assertIn("1 updated", self.sync()[1])

    def test_a_full_check_that_was_asked_for_while_another_sync_waits(self):
        self.fake.unit()
        self.sync()
        runs = self.env["distributor.sync.run"]
        run = runs._queue(self.brand, "product")
        self.run_cron("_cron_full_check")
        self.assertTrue(run.full)
        self.assertEqual(len(self.runs().filtered(lambda r: r.state == "queued")), 1)

    # -- the clock -------------------------------------------------------------

    def test_a_clock_that_says_nothing_or_nonsense(self):
        for date in ("soon", "Thu, 99 Xyz 2026 09:00:00 GMT", "-", "9" * 5000):
            with self.subTest(date=date[:20]):
                self.fake.date = date
                row_id = self.fake.unit(name="A", write_date="2026-01-05 08:00:00")
                self.sync()
                self.fake.change(PRODUCT, row_id, name=date[:20])
                self.sync()
                self.assertIn(date[:20], self.models().mapped("name"))

    def test_a_clock_that_is_set_back(self):
        unit = self.fake.unit(name="A")
        self.sync()
        self.pass_time(hours=1)
        self.sync()
        self.tell(self.now - timedelta(days=1))
        self.change(unit, name="A2")
        self.assertIn("1 updated", self.sync()[1])
