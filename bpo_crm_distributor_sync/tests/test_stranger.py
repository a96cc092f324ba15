"""A distributor nobody here has seen: it speaks as Odoo 12 and its data is dirty."""

import base64
import random
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ..exchange.text import LINE_LENGTH
from ..sync.pages import GIVE_UP
from .common import QUOTATION, SyncCase

PRODUCT, PARTNER = "product.template", "res.partner"
LOGGERS = [
    f"odoo.addons.bpo_crm_distributor_sync.sync.{name}"
    for name in ("writer", "dealers")
]


class TestStranger(SyncCase):
    def setUp(self):
        super().setUp()
        muted = mute_logger(*LOGGERS)
        muted.__enter__()
        self.addCleanup(muted.__exit__)

    def answer(self, model, method, change):
        """Let `change(rows, args, kwargs)` spoil what this method answers."""
        usual = self.fake._handlers[model, method]

        def spoiled(*args, **kwargs):
            return change(usual(*args, **kwargs), args, kwargs)

        self.fake.on(model, method, spoiled)

    def assertIssues(self, *expected):
        found = [(issue.remote_id, issue.message) for issue in self.issues()]
        self.assertEqual(
            [remote_id for remote_id, _reason in found],
            [remote_id for remote_id, _reason in expected],
        )
        for (_id, message), (_same, reason) in zip(found, expected, strict=True):
            self.assertIn(reason, message)
            self.assertNotIn("Traceback", message)

    # -- dirty rows ------------------------------------------------------------

    def test_every_dirty_product_is_an_issue_and_its_neighbours_land(self):
        ids = {
            name: self.fake.unit(name=name, **values)
            for name, values in {
                "plain": {},
                "no category": {"categ_id": False, "default_code": False},
                "negative": {"list_price": -5.5},
                "text price": {"list_price": "1250000.50"},
                "endless price": {"list_price": 1e40},
                "words": {"list_price": "on request"},
                "microseconds": {"write_date": "2026-01-05 08:00:00.123456"},
                "no date": {"write_date": False},
                "nonsense date": {"write_date": "yesterday"},
                "twice 1": {"default_code": "SAME"},
                "twice 2": {"default_code": "SAME"},
                "list": {"default_code": ["a", {"b": 1}]},
                "category as text": {"categ_id": "Pickup"},
                "category alone": {"categ_id": [7]},
                "nul\x00 and \ud800": {},
            }.items()
        }
        html = self.fake.unit(name="<b>Bold</b> <script>alert(1)</script> Truck")
        endless = self.fake.unit(name="X" * 100_000)
        nameless = self.fake.unit(name="  ")
        # A lone surrogate cannot travel as XML at all.
        self.fake.tables[PRODUCT][ids["nul\x00 and \ud800"]]["name"] = "nul\x01 here"
        kind, message = self.sync()
        self.assertEqual(kind, "warning")
        self.assertIn("15 created", message)
        self.assertIn("3 failed", message)
        self.assertIssues(
            (ids["endless price"], "out of bounds"),
            (ids["words"], "not a number: on request"),
            (nameless, "no name"),
        )
        models = {model.distributor_product_id: model for model in self.models()}
        self.assertEqual(models[ids["text price"]].list_price, 1250000.5)
        self.assertEqual(models[ids["negative"]].list_price, -5.5)
        self.assertEqual(models[html].name, "Bold Truck")
        self.assertEqual(len(models[endless].name), LINE_LENGTH)
        self.assertFalse(models[ids["category alone"]].category)

    def test_a_date_of_next_century_does_not_make_us_blind(self):
        self.fake.unit(name="From the future", write_date="2126-01-05 08:00:00")
        row_id = self.fake.unit(name="A")
        self.sync()
        self.fake.change(PRODUCT, row_id, name="A2")
        self.sync()
        self.assertIn("A2", self.models().mapped("name"))

    def test_dirty_dealers(self):
        good = self.fake.dealer(name="Manila", dealer_name="D" * 500, phone=False)
        self.fake.dealer(name="<i>Cebu</i>", dealer_name="D" * 500, mobile=917555)
        bad = self.fake.dealer(name=False, dealer_name="NONAME")
        self.assertIn("2 created", self.sync("action_sync_dealers")[1])
        self.assertIssues((bad, "no name"))
        sources = self.env["crm.dealership.source"].search(
            [("brand_id", "=", self.brand.id)], order="remote_id"
        )
        self.assertEqual(sources.dealership_id.mapped("name"), ["Manila", "Cebu"])
        self.assertLessEqual(len(sources[0].dealership_id.code), 64)
        self.assertEqual(sources[0].remote_id, good)

    def test_fifty_leads_with_one_phone_and_worse(self):
        for number in range(50):
            self.fake.quotation(name=f"P{number}", mobile="0917 555 0101")
        self.fake.quotation()
        self.fake.quotation(name={"a": 1}, email=["x"], mobile=True, message=12)
        self.fake.quotation(name="N" * 100_000, message="M" * 100_000)
        self.fake.quotation(
            name="A", product_id=["no", "id"], dealer_id=[], create_date="soon"
        )
        self.import_leads()
        self.assertEqual(len(self.leads()), 54)
        self.assertFalse(self.issues())
        self.assertEqual(
            {row["status"] for row in self.fake.tables[QUOTATION].values()}, {"synced"}
        )

    def test_any_value_in_any_field(self):
        """Whatever comes, a row is a record here or an issue line."""
        choice = random.Random(6)
        values = [
            False, None, True, 0, -1, 1e308, "", " ", "\x00", "N/A", "<b>x</b>", [], {},
            [1], [1, "x"], ["1", "x"], [False, False], "a" * 5000, "2026-13-45",
            {"x": 1}, "'; DROP TABLE crm_lead; --", "😀" * 300, 2**40, "ñ é", [[1, 2]],
        ]  # fmt: skip
        kinds = ((PRODUCT, "unit"), (PARTNER, "dealer"), (QUOTATION, "quotation"))
        for model, add in kinds:
            asked = (
                "is_unit",
                "tracking",
                "sale_ok",
                "chery_dealer",
                "status",
                "active",
            )
            names = [name for name in self.fake.fields[model] if name not in asked]
            for _row in range(60):
                dirt = {name: choice.choice(values) for name in choice.sample(names, 4)}
                getattr(self.fake, add)(**dirt)
        self.fake._answer_xml = None  # None cannot travel as XML: JSON-RPC can
        self.brand.sudo()._distributor_learn(json=True)
        self.sync()
        self.sync("action_sync_dealers")
        self.import_leads()
        count = self.env["distributor.sync.issue"].search_count
        mine = ("brand_id", "=", self.brand.id)
        products = len(self.models()) + count([mine, ("kind", "=", "product")])
        dealers = self.env["crm.dealership.source"].search_count([mine])
        dealers += count([mine, ("kind", "=", "dealer")])
        leads = len(self.leads()) + count([mine, ("kind", "=", "quotation")])
        self.assertEqual((products, dealers, leads), (60, 60, 60))

    # -- answers that are not as they should be --------------------------------

    def test_ids_that_come_as_text(self):
        ids = [self.fake.unit(name=f"Unit {number}") for number in range(3)]

        def as_text(rows, _args, _kwargs):
            return [{**row, "id": str(row["id"])} for row in rows]

        self.answer(PRODUCT, "search_read", as_text)
        self.assertIn("3 created", self.sync()[1])
        self.assertEqual(self.models().mapped("distributor_product_id"), ids)

    def test_records_without_an_id(self):
        self.fake.unit()
        self.answer(PRODUCT, "search_read", lambda _r, _a, _k: [{"name": "Nobody"}])
        kind, message = self.sync()
        self.assertEqual(kind, "danger")
        self.assertIn("without a number", message)

    def repeat(self, method):
        """Let `method` forget that it was asked for what comes after a page."""
        usual = self.fake._handlers[PRODUCT, method]

        def again(domain, **kwargs):
            rest = [leaf for leaf in domain if leaf[:2] != ["id", ">"]]
            return usual(rest, **kwargs)

        self.fake.on(PRODUCT, method, again)

    def test_pages_that_repeat(self):
        self.parameter("page_size", 10)
        for number in range(25):
            self.fake.unit(name=f"Unit {number}")
        self.sync()
        self.repeat("search_read")
        self.run_cron()  # by the ids, then
        self.assertEqual(self.runs().state, "done")
        self.assertEqual(len(self.models()), 25)

    def test_pages_that_repeat_whatever_is_asked(self):
        self.parameter("page_size", 10)
        for number in range(25):
            self.fake.unit(name=f"Unit {number}")
        self.sync()
        self.repeat("search_read")
        self.repeat("search")
        self.run_cron()
        self.assertEqual(self.runs().state, "failed")
        self.assertIn("over and over", self.runs().message)

    def test_rows_that_come_twice_and_unsorted(self):
        for number in range(6):
            self.fake.unit(name=f"Unit {number}")

        def mixed(rows, _args, _kwargs):
            return [*reversed(rows), *rows[:2]]

        self.answer(PRODUCT, "search_read", mixed)
        self.assertIn("6 created", self.sync()[1])

    def test_records_deleted_while_their_page_is_read(self):
        """A page that is short for that is not taken for the last one."""
        self.parameter("page_size", 10)
        ids = [self.fake.unit(name=f"Unit {number}") for number in range(35)]
        self.sync()

        def without_one(rows, _args, _kwargs):
            return [row for row in rows if row["id"] != ids[4]]

        self.answer(PRODUCT, "search_read", without_one)
        self.run_cron()
        self.assertEqual(len(self.models()), 34)

    def test_records_that_change_while_the_pages_are_read(self):
        self.parameter("page_size", 10)
        ids = [self.fake.unit(name=f"Unit {number}") for number in range(35)]
        self.sync()

        def touch(rows, _args, _kwargs):
            self.fake.change(PRODUCT, ids[0], at="2026-03-01 10:00:00", name="Moved")
            return rows

        self.answer(PRODUCT, "search_read", touch)
        self.run_cron()
        self.assertEqual(len(self.models()), 35)
        self.sync()
        self.run_cron()
        self.assertEqual(self.models()[0].name, "Moved")

    def test_a_record_that_the_distributor_cannot_give(self):
        """A field computed there fails for one: the page is read in parts."""
        for number in range(40):
            self.fake.unit(name=f"Unit {number}")
        bad = self.fake.unit(name="Breaks")

        def breaks(rows, _args, _kwargs):
            if any(row["id"] == bad for row in rows):
                raise UserError("Division by zero in x_margin")
            return rows

        self.answer(PRODUCT, "search_read", breaks)
        self.assertIn("40 created", self.sync()[1])
        self.assertIssues((bad, "Division by zero in x_margin"))
        self.assertLess(len(self.fake.calls), 40)
        # Mended there, and retried here by its button.
        del self.fake._handlers[PRODUCT, "search_read"]
        self.fake.on(PRODUCT, "search_read", self.fake._bind(PRODUCT, "search_read"))
        action = self.issues().with_user(self.manager).action_retry()
        self.assertIn("1 created", action["params"]["message"])
        self.assertEqual(self.issues().state, "solved")

    def test_a_model_that_cannot_be_read_at_all_is_asked_a_few_times(self):
        for number in range(200):
            self.fake.unit(name=f"Unit {number}")

        def breaks(_rows, _args, _kwargs):
            raise UserError("Nothing works here today")

        self.answer(PRODUCT, "search_read", breaks)
        kind, message = self.sync()
        self.assertEqual(kind, "danger")
        self.assertIn("Nothing works here today", message)
        self.assertFalse(self.issues())
        self.assertLess(len(self.fake.calls), 2 * (GIVE_UP + 12))

    def test_a_web_lead_that_the_distributor_cannot_give(self):
        bad = self.fake.quotation(name="Breaks")
        self.fake.quotation(name="Good")

        def breaks(rows, _args, _kwargs):
            if any(row["id"] == bad for row in rows):
                raise UserError("Division by zero")
            return rows

        self.answer(QUOTATION, "search_read", breaks)
        self.import_leads()
        self.assertEqual(self.leads().contact_name, "Good")
        self.assertIssues((bad, "Division by zero"))
        self.assertEqual(self.issues().kind, "quotation")

    def test_a_picture_that_the_distributor_cannot_give(self):
        bad = self.fake.unit(name="Breaks", image="eA==")
        pixel = base64.b64encode(
            base64.b64decode(
                "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
                "awAAAABJRU5ErkJggg=="
            )
        ).decode()
        self.fake.unit(name="Good", image=pixel)

        def breaks(rows, _args, kwargs):
            if kwargs["fields"] == ["image"] and any(row["id"] == bad for row in rows):
                raise UserError("File not found in the filestore")
            return rows

        self.answer(PRODUCT, "search_read", breaks)
        self.assertIn("2 created", self.sync()[1])
        self.assertEqual(
            [bool(model.image_1920) for model in self.models()], [False, True]
        )
        self.assertIssues((bad, "File not found in the filestore"))
        self.assertEqual(self.issues().kind, "image")

    def test_fields_that_go_away_leave_what_is_here(self):
        unit = self.fake.unit(default_code="TL", categ_id=[3, "Pickup"], list_price=5)
        dealer = self.fake.dealer(dealer_name="D1", dealer_gm="GM", phone="1")
        self.sync()
        self.sync("action_sync_dealers")
        for name in ("default_code", "categ_id", "list_price"):
            del self.fake.fields[PRODUCT][name]
        for name in ("dealer_gm", "phone"):
            del self.fake.fields[PARTNER][name]
        self.sync("action_test_connection")
        self.fake.change(PRODUCT, unit, name="Renamed")
        self.fake.change(PARTNER, dealer, name="Renamed")
        self.assertIn("1 updated", self.sync()[1])
        self.assertIn("1 updated", self.sync("action_sync_dealers")[1])
        self.assertIn("1 unchanged", self.sync("action_full_check")[1])
        self.assertRecordValues(
            self.models(),
            [
                {
                    "name": "Renamed",
                    "default_code": "TL",
                    "category": "Pickup",
                    "list_price": 5,
                }
            ],
        )
        source = self.env["crm.dealership.source"].search(
            [("brand_id", "=", self.brand.id)]
        )
        self.assertRecordValues(
            source.dealership_id,
            [{"name": "Renamed", "manager_name": "GM", "phone": "1"}],
        )

    def test_models_that_are_missing(self):
        self.fake.drop_model(PARTNER)
        self.fake.unit()
        kind, message = self.sync("action_sync_dealers")
        self.assertEqual(kind, "danger")
        self.assertIn(PARTNER, message)
        self.assertIn("1 created", self.sync()[1])

    def test_an_answer_that_is_no_list(self):
        self.fake.unit()
        self.answer(PRODUCT, "search_read", lambda _rows, _args, _kwargs: False)
        kind, message = self.sync()
        self.assertEqual(kind, "danger")
        self.assertIn("did not answer with records", message)

    def test_bytes_that_are_no_text(self):
        self.fake.unit()
        with patch.object(
            self.fake, "_answer_xml", lambda *_args: (b"<?xml \xff\xfe\xe9", "text/xml")
        ):
            kind, _message = self.sync()
        self.assertEqual(kind, "danger")
        self.assertFalse(self.models())
