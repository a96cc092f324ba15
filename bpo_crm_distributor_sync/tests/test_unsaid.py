"""A field that does not come is not an empty field: nothing here is emptied for it."""

from .common import SyncCase
from .test_pictures import picture

PRODUCT, PARTNER = "product.template", "res.partner"
DEALERS = "action_sync_dealers"
TEXTS = {
    "name": "TunLand",
    "default_code": "TL",
    "categ_id": [3, "Pickup"],
    "list_price": 5.0,
    "description_sale": "Five seats.",
}
HERE = {
    "name": "TunLand",
    "default_code": "TL",
    "category": "Pickup",
    "list_price": 5.0,
    "description": "Five seats.",
}
CONTACT = {
    "phone": "1",
    "mobile": "2",
    "email": "a@example.com",
    "street": "Street 1",
    "city": "Manila",
    "dealer_gm": "GM",
    "dealer_gm_email": "gm@example.com",
}
THERE = {"dealer_gm": "manager_name", "dealer_gm_email": "manager_email"}


class TestUnsaid(SyncCase):
    """As Odoo 12: `read` leaves an unknown field silently out."""

    def dealership(self):
        sources = self.env["crm.dealership.source"].search(
            [("brand_id", "=", self.brand.id)]
        )
        return sources.dealership_id

    def withhold(self, model, *names):
        """Go on to say that these fields exist, and do not send them."""
        usual = self.fake._handlers[model, "search_read"]

        def without(*args, **kwargs):
            rows = usual(*args, **kwargs)
            return [{k: v for k, v in row.items() if k not in names} for row in rows]

        self.fake.on(model, "search_read", without)

    def test_each_field_of_a_model_that_goes_away(self):
        for name in TEXTS.keys() - {"name"}:
            with self.subTest(name=name):
                fake = self.start(type(self.fake)())
                brand = self.make_brand(f"G{name[:8]}", fake)
                unit = fake.unit(**TEXTS)
                self.sync(brand=brand)
                del fake.fields[PRODUCT][name]
                fake.change(PRODUCT, unit, is_unit=True)
                kind, message = self.sync(brand=brand)
                self.assertEqual(kind, "warning")
                self.assertIn(f"No longer on the distributor: {name}.", message)
                self.assertRecordValues(self.models(brand), [HERE])

    def test_each_field_of_a_dealer_that_goes_away(self):
        row_id = self.fake.dealer(name="Manila", dealer_name="UNSAID", **CONTACT)
        self.sync(DEALERS)
        for minute, name in enumerate(CONTACT):
            with self.subTest(name=name):
                del self.fake.fields[PARTNER][name]
                self.fake.change(PARTNER, row_id, at=f"2026-02-01 09:0{minute}:00")
                kind, message = self.sync(DEALERS)
                self.assertEqual(kind, "warning")
                self.assertIn("No longer on the distributor: ", message)
                self.assertIn(name, message)
        here = {THERE.get(name, name): value for name, value in CONTACT.items()}
        self.assertRecordValues(self.dealership(), [here])

    def test_a_field_that_is_promised_and_not_sent(self):
        unit = self.fake.unit(**TEXTS)
        row_id = self.fake.dealer(name="Manila", dealer_name="UNSAID", **CONTACT)
        self.sync()
        self.sync(DEALERS)
        self.withhold(PRODUCT, "list_price", "categ_id", "description_sale")
        self.withhold(PARTNER, "dealer_gm", "phone")
        self.fake.change(PRODUCT, unit, default_code="TL2")
        self.fake.change(PARTNER, row_id, city="Pasig")
        kind, message = self.sync()
        self.assertEqual(kind, "warning")
        self.assertIn("did not send: categ_id, description_sale, list_price.", message)
        self.assertIn("did not send: dealer_gm, phone.", self.sync(DEALERS)[1])
        self.assertRecordValues(self.models(), [{**HERE, "default_code": "TL2"}])
        self.assertRecordValues(
            self.dealership(), [{"city": "Pasig", "phone": "1", "manager_name": "GM"}]
        )

    def test_one_row_of_many_lacks_it(self):
        units = [self.fake.unit(**TEXTS) for _row in range(5)]
        self.sync()
        usual = self.fake._handlers[PRODUCT, "search_read"]

        def without(*args, **kwargs):
            rows = usual(*args, **kwargs)
            for row in rows:
                if row["id"] == units[2]:
                    row.pop("list_price", None)
            return rows

        self.fake.on(PRODUCT, "search_read", without)
        for unit in units:
            self.fake.change(PRODUCT, unit, list_price=6.0)
        self.assertIn("4 updated", self.sync()[1])
        self.assertEqual(self.models().mapped("list_price"), [6, 6, 5, 6, 6])

    def test_a_name_that_does_not_come_is_an_issue(self):
        unit = self.fake.unit(**TEXTS)
        self.sync()
        self.withhold(PRODUCT, "name")
        self.fake.change(PRODUCT, unit)
        self.sync()
        self.assertEqual(self.models().name, "TunLand")
        self.assertEqual(self.issues().message, "its name did not come with it")

    def test_another_field_does_not_stand_in_for_one_that_went_away(self):
        unit = self.fake.unit(**TEXTS, description="<p>Notes of the buyer</p>")
        self.sync()
        del self.fake.fields[PRODUCT]["description_sale"]
        self.fake.change(PRODUCT, unit)
        self.sync()
        self.assertEqual(self.models().description, "Five seats.")
        # A person says what is to stand there from now on.
        line = {"kind": "product", "key": "description", "remote": "description"}
        self.brand.distributor_mapping_ids = [(0, 0, line)]
        self.assertEqual(self.sync()[0], "success")
        self.assertEqual(self.models().description, "Notes of the buyer")

    def test_a_field_that_comes_back(self):
        unit = self.fake.unit(**TEXTS)
        self.sync()
        field = self.fake.fields[PRODUCT].pop("default_code")
        self.fake.change(PRODUCT, unit)
        self.assertIn("default_code", self.sync()[1])
        self.fake.fields[PRODUCT]["default_code"] = field
        self.fake.change(PRODUCT, unit, default_code=False)
        self.brand.action_test_connection()
        self.assertEqual(self.sync()[0], "success")
        self.assertFalse(self.models().default_code)  # now it is said to be empty

    def test_a_field_that_goes_away_between_two_pages(self):
        self.parameter("page_size", 10)
        for _row in range(25):
            self.fake.unit(**TEXTS)
        self.sync()
        self.run_cron()
        usual, pages = self.fake._handlers[PRODUCT, "search_read"], []

        def goes(*args, **kwargs):
            pages.append(args)
            if len(pages) == 2:
                self.fake.fields[PRODUCT].pop("list_price", None)
            return usual(*args, **kwargs)

        self.fake.on(PRODUCT, "search_read", goes)
        for unit in self.fake.tables[PRODUCT]:
            self.fake.change(PRODUCT, unit, default_code="TL2")
        self.sync()
        self.run_cron()
        self.assertEqual(self.runs()[-1].state, "done")
        self.assertIn("list_price", self.runs()[-1].warning)
        self.assertEqual({*self.models().mapped("list_price")}, {5.0})
        self.assertEqual({*self.models().mapped("default_code")}, {"TL2"})

    # -- pictures --------------------------------------------------------------

    def test_pictures_whose_field_goes_away_stay(self):
        unit = self.fake.unit(**TEXTS, image=picture())
        self.sync()
        del self.fake.fields[PRODUCT]["image"]
        self.fake.change(PRODUCT, unit, default_code="TL2")
        kind, message = self.sync()
        self.assertEqual(kind, "warning")
        self.assertIn("No longer on the distributor: image.", message)
        self.assertTrue(self.models().image_1920)
        self.assertEqual(self.models().default_code, "TL2")

    def test_pictures_that_are_promised_and_not_sent_stay(self):
        unit = self.fake.unit(**TEXTS, image=picture())
        self.sync()
        self.withhold(PRODUCT, "image")
        self.fake.change(PRODUCT, unit, default_code="TL2")
        self.assertIn("did not give its pictures", self.sync()[1])
        self.assertTrue(self.models().image_1920)
        self.assertEqual(self.models().default_code, "TL2")

    # -- what is kept of the peer's word ---------------------------------------

    def test_only_what_was_asked_for_is_kept(self):
        usual = self.fake._handlers[PRODUCT, "fields_get"]

        def more(*args, **kwargs):
            noise = {f"x_{n}": {"type": "x" * 500} for n in range(1000)}
            answer = {**usual(*args, **kwargs), **noise}
            answer["name"] = {"type": "char", "help": "y" * 10_000, "selection": "no"}
            noise = [["serial", "S"], [1], "x", [], ["z" * 999]]
            answer["tracking"] = {"type": "selection", "selection": noise}
            return answer

        self.fake.on(PRODUCT, "fields_get", more)
        self.brand.action_test_connection()
        kept = self.brand.sudo()._distributor_known_fields()[PRODUCT]
        self.assertEqual(kept["name"], {"type": "char"})
        self.assertEqual(kept["tracking"]["selection"], [["serial", "serial"]])
        self.assertFalse([name for name in kept if name.startswith("x_")])

    def test_two_kinds_of_one_model_keep_their_fields(self):
        line = {"kind": "dealer", "key": "model", "remote": PRODUCT}
        flag = {"kind": "dealer", "key": "is_dealer", "remote": "is_unit"}
        self.brand.distributor_mapping_ids = [(0, 0, line), (0, 0, flag)]
        self.brand.action_test_connection()
        for kind in ("product", "dealer"):
            self.assertFalse(self.brand._distributor_mapping(kind).required_missing())
        self.assertTrue(self.brand._distributor_mapping("product").first("list_price"))
