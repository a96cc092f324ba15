"""An id of another database is another thing, whatever address it answers at."""

import runpy
from pathlib import Path

from odoo.tests import new_test_user

from .common import SyncCase
from .fake_distributor import FakeDistributor

DEALERS = "action_sync_dealers"
PRODUCT, PARTNER, QUOTATION = "product.template", "res.partner", "cheryweb.quotation"


class TestOtherDatabase(SyncCase):
    def setUp(self):
        super().setUp()
        self.other = self.start(FakeDistributor(db="other"))

    def move(self, fake=None):
        """Point the brand at another database, as a person does."""
        fake = fake or self.other
        self.brand.write(
            {
                "distributor_url": fake.url,
                "distributor_db": fake.db,
                "distributor_password": fake.password,
            }
        )

    def tell_uuid(self, fake, uuid):
        fake.on("ir.config_parameter", "get_param", lambda _name: uuid)

    def sources(self):
        return self.env["crm.dealership.source"].search(
            [("brand_id", "=", self.brand.id)], order="id"
        )

    # -- vehicle models --------------------------------------------------------

    def test_the_same_id_is_another_model(self):
        truck = self.fake.unit(name="Truck", default_code="TR")
        van = self.other.unit(name="Van", default_code="VAN", id=truck)
        self.assertEqual(truck, van)
        self.sync()
        ours = self.models()
        self.move()
        kind, message = self.sync()
        self.assertEqual(kind, "warning")
        self.assertIn("1 created, 0 updated", message)
        self.assertIn("another database", message)
        self.assertRecordValues(
            self.models(),
            [
                {"name": "Truck", "default_code": "TR"},
                {"name": "Van", "default_code": "VAN"},
            ],
        )
        self.assertEqual(self.models()[0], ours)
        self.assertIn("1 unchanged", self.sync()[1])
        # And back.
        self.move(self.fake)
        self.fake.change(PRODUCT, truck, name="Truck 2")
        self.sync()
        self.assertEqual(self.models().mapped("name"), ["Truck 2", "Van"])

    def test_the_same_reference_is_the_same_model(self):
        self.fake.unit(name="Truck", default_code="TR")
        self.fake.unit(name="Van", default_code="VAN")
        self.other.unit(name="Another", id=101)
        new = self.other.unit(name="Van 2026", default_code="VAN")
        self.sync()
        truck, van = self.models()
        self.move()
        kind, message = self.sync()
        self.assertIn("1 created, 1 updated", message)  # its name
        self.assertIn("1 came from another database", message)
        self.assertEqual(truck.name, "Truck")
        self.assertRecordValues(
            van, [{"name": "Van 2026", "external_ref": str(new), "active": True}]
        )
        self.assertIn("2 unchanged", self.sync("action_full_check")[1])

    def test_a_reference_that_several_have_needs_the_name(self):
        for fake in (self.fake, self.other):
            fake.unit(name="Gratour Van", default_code="G301")
        self.fake.unit(name="Gratour Truck", default_code="G301")
        self.other.unit(name="Gratour Bus", default_code="G301")
        self.sync()
        van, truck = self.models()
        self.move()
        self.assertIn("1 created, 0 updated, 1 unchanged", self.sync()[1])
        self.assertEqual(truck.name, "Gratour Truck")
        self.assertEqual(van.distributor_origin, f"2 {PRODUCT}")
        self.assertEqual(self.models()[-1].name, "Gratour Bus")

    def test_in_the_background_with_a_bad_row(self):
        self.parameter("page_size", 10)
        for fake in (self.fake, self.other):
            for number in range(25):
                fake.unit(name=f"{fake.db} {number}", default_code=f"C{number}")
        bad = self.other.unit(name="Refused")
        self.sync()
        self.run_cron()
        self.move()
        self.sync()
        with self.refusing("Refused"):
            self.run_cron()
        self.assertEqual(len(self.models()), 25)
        self.assertRecordValues(
            self.runs()[-1], [{"state": "done", "updated": 25, "failed": 1}]
        )
        self.assertEqual(self.issues().remote_id, bad)

    def test_another_model_there(self):
        row_id = self.fake.unit(name="Truck")
        self.sync()
        model = "x.vehicle"
        self.fake.fields[model] = self.fake.fields[PRODUCT]
        self.fake.tables[model] = {}
        for method in ("search", "search_read", "search_count", "fields_get"):
            self.fake.on(model, method, self.fake._bind(model, method))
        self.fake.add(model, name="Bus", is_unit=True, tracking="serial", id=row_id)
        line = {"kind": "product", "key": "model", "remote": model}
        self.brand.distributor_mapping_ids = [(0, 0, line)]
        self.assertIn("1 created, 0 updated", self.sync()[1])
        self.assertEqual(self.models().mapped("name"), ["Truck", "Bus"])

    def test_a_model_with_an_id_that_a_person_entered_is_taken(self):
        model = self.env["crm.vehicle.model"].create(
            {"name": "By hand", "brand_id": self.brand.id, "external_ref": "101"}
        )
        self.fake.unit(name="Truck", id=101)
        self.assertIn("0 created, 1 updated", self.sync()[1])
        self.assertEqual(model.name, "Truck")

    # -- which database it is --------------------------------------------------

    def test_the_same_uuid_at_another_address_is_the_same_database(self):
        row_id = self.fake.unit(name="Truck")
        for fake in (self.fake, self.other):
            self.tell_uuid(fake, "c0ffee00-1111-2222-3333-444455556666")
        self.sync()
        self.other.unit(name="Truck 2", id=row_id)
        self.move()
        kind, message = self.sync()
        self.assertEqual(kind, "success", message)
        self.assertRecordValues(self.models(), [{"name": "Truck 2"}])

    def test_another_uuid_at_the_same_address_is_another_database(self):
        row_id = self.fake.unit(name="Truck")
        self.tell_uuid(self.fake, "c0ffee00-1111-2222-3333-444455556666")
        self.sync()
        self.tell_uuid(self.fake, "c0ffee00-1111-2222-3333-777777777777")
        self.fake.change(PRODUCT, row_id, name="Van")
        self.assertIn("1 created, 0 updated", self.sync()[1])
        self.assertEqual(self.models().mapped("name"), ["Truck", "Van"])

    def test_a_uuid_that_is_told_later_changes_nothing(self):
        row_id = self.fake.unit(name="Truck")
        self.sync()
        self.tell_uuid(self.fake, "c0ffee00-1111-2222-3333-444455556666")
        self.assertEqual(self.sync("action_test_connection")[0], "success")
        self.fake.change(PRODUCT, row_id, name="Truck 2")
        self.assertIn("0 created, 1 updated", self.sync()[1])
        self.assertRecordValues(self.models(), [{"name": "Truck 2"}])

    def test_what_is_no_uuid(self):
        for number, value in enumerate(
            ("x" * 5000, ["a"], 7, {"a": 1}, "", "a b c d e")
        ):
            self.tell_uuid(self.fake, value)
            self.brand.sudo().remote_id.peer_fields = False
            self.fake.unit(name=f"Unit {number}", write_date=f"2026-02-0{number + 1}")
            self.assertIn("1 created", self.sync()[1])
        known = self.brand.sudo().distributor_origins["known"]
        self.assertEqual([entry["uuid"] for entry in known], [False])

    def test_the_test_of_the_connection_says_so(self):
        self.sync()
        self.move()
        kind, message = self.sync("action_test_connection")
        self.assertEqual(kind, "warning")
        self.assertIn("another database than before", message)
        self.assertEqual(self.sync("action_test_connection")[0], "success")

    def test_rows_of_an_older_version_are_of_the_database_that_was_synced(self):
        self.fake.unit(name="Truck")
        self.fake.dealer(name="Manila", dealer_name="MNL")
        self.fake.quotation(name="Ana")
        self.sync()
        self.sync(DEALERS)
        self.import_leads()
        for table, column in (
            ("crm_vehicle_model", "distributor_origin"),
            ("crm_dealership_source", "origin"),
            ("distributor_web_lead", "origin"),
        ):
            self.env.cr.execute(
                f"UPDATE {table} SET {column} = '-' WHERE brand_id = %s",
                [self.brand.id],
            )
        self.brand.sudo().distributor_origins = False
        self.env.flush_all()
        self.env.invalidate_all()
        self.move()  # and then the suite is upgraded
        script = Path(__file__).parents[1] / "migrations/1.1.0/post-origins.py"
        runpy.run_path(str(script))["migrate"](self.env.cr, "1.0.0")
        self.env.invalidate_all()
        self.assertEqual(self.models().distributor_origin, f"1 {PRODUCT}")
        self.assertEqual(self.sources().origin, f"1 {PARTNER}")
        self.assertEqual(self.origins().origin, f"1 {QUOTATION}")
        self.other.unit(name="Van", id=self.models().distributor_product_id)
        self.assertIn("1 created, 0 updated", self.sync()[1])
        self.move(self.fake)
        self.assertIn("1 unchanged", self.sync()[1])

    # -- dealers ---------------------------------------------------------------

    def manila(self, **values):
        """Return a dealership that came from here and has all that can be lost."""
        self.fake.dealer(name="Manila", dealer_name="MNL", city="Manila", id=7)
        self.sync(DEALERS)
        dealership = self.sources().dealership_id
        dealership.with_user(self.manager).write(
            {
                "odoo_url": "https://manila.example.com",
                "odoo_db": "manila",
                "odoo_username": "u",
                "odoo_password": "p",
                **values,
            }
        )
        return dealership

    def test_the_same_id_is_another_dealer(self):
        manila = self.manila()
        self.other.dealer(name="Cebu", dealer_name="CEB", city="Cebu", id=7)
        self.move()
        self.assertIn("1 created, 0 updated", self.sync(DEALERS)[1])
        self.assertRecordValues(manila, [{"name": "Manila", "city": "Manila"}])
        cebu = self.sources().dealership_id - manila
        self.assertRecordValues(cebu, [{"name": "Cebu", "code": "CEB"}])
        self.assertFalse(cebu.remote_id)

    def test_the_same_code_and_name_is_the_same_dealer(self):
        manila = self.manila(code="OUR-OWN")
        self.other.dealer(name="Manila", dealer_name="MNL", city="Pasay", id=55)
        self.move()
        self.assertIn("0 created, 1 updated", self.sync(DEALERS)[1])
        self.assertRecordValues(manila, [{"city": "Pasay", "code": "OUR-OWN"}])
        self.assertEqual(self.sources().mapped("remote_id"), [7, 55])
        # Both databases know it from now on.
        self.move(self.fake)
        self.assertIn("0 created, 1 updated", self.sync(DEALERS)[1])

    def test_the_same_code_under_another_name_is_asked(self):
        manila = self.manila()
        self.other.dealer(name="Metro Motors", dealer_name="MNL", id=8)
        self.move()
        self.assertIn("1 failed", self.sync(DEALERS)[1])
        self.assertEqual(manila.name, "Manila")
        self.assertIn("it has the code of Manila (MNL)", self.issues().message)
        self.assertEqual(self.sources().dealership_id, manila)
        with self.subTest("it is another one"):
            manila.code = "MNL-OLD"
            self.issues().with_user(self.manager).action_retry()
            self.assertEqual(manila.name, "Manila")
            new = self.sources().dealership_id - manila
            self.assertRecordValues(new, [{"name": "Metro Motors", "code": "MNL"}])
            self.assertEqual(self.issues().state, "solved")

    def test_it_is_the_same_under_another_name(self):
        manila = self.manila()
        self.other.dealer(name="Metro Motors", dealer_name="MNL", city="M", id=8)
        self.move()
        self.sync(DEALERS)
        manila.name = "Metro Motors"
        self.issues().with_user(self.manager).action_retry()
        self.assertEqual(self.sources().dealership_id, manila)
        self.assertEqual(manila.city, "M")

    def test_each_thing_that_a_dealership_can_lose(self):
        portal = new_test_user(self.env, "sync_dealer", groups="base.group_portal")
        codes = ("SERVICE", "LEAD", "ENDORSED", "PLAIN")
        for code in codes:
            self.fake.dealer(name=code.title(), dealer_name=code)
            self.other.dealer(
                name=f"Other {code}", dealer_name=code, id=900 + len(code)
            )
        self.sync(DEALERS)
        ours = {source.remote_code: source.dealership_id for source in self.sources()}
        ours["SERVICE"].service_user_id = portal
        leads = self.env["crm.lead"].create(
            [
                {"name": name, "pipeline": "bpo", "brand_id": self.brand.id}
                for name in "ab"
            ]
        )
        leads[0].dealership_id = ours["LEAD"]
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET endorsement_dealership_id = %s WHERE id = %s",
            [ours["ENDORSED"].id, leads[1].id],
        )
        self.env.invalidate_all()
        self.move()
        self.assertIn("1 updated, 0 unchanged, 3 failed", self.sync(DEALERS)[1])
        self.assertEqual(ours["PLAIN"].name, "Other PLAIN")
        for code in codes[:3]:
            self.assertEqual(ours[code].name, code.title())

    # -- web leads -------------------------------------------------------------

    def test_a_lead_of_another_database_is_another_lead(self):
        values = {"create_date": "2026-01-05 08:00:00", "id": 300}
        self.fake.quotation(name="Ana", mobile="0917 555 0101", **values)
        self.other.quotation(name="Ben", mobile="0917 555 0102", **values)
        self.import_leads()
        self.move()
        self.import_leads()
        self.assertEqual(self.leads().mapped("contact_name"), ["Ana", "Ben"])
        self.assertEqual(self.other.status(QUOTATION, 300), "synced")

    def test_what_waits_to_be_marked_there_is_not_marked_here(self):
        self.fake.writable.clear()
        self.fake.quotation(name="Ana", id=300)
        self.other.quotation(name="Ben", id=300, create_date="2026-03-01 08:00:00")
        self.other.writable.clear()
        self.import_leads()
        self.assertEqual(self.origins().state, "pending")
        self.move()
        self.import_leads()
        self.other.writable.add(QUOTATION)
        self.other.calls.clear()
        self.import_leads()
        self.assertEqual(self.origins().mapped("state"), ["pending", "done"])
        self.assertEqual([call[2][0] for call in self.other.writes()], [[300]])

    def test_the_same_lead_at_another_address_comes_once(self):
        self.fake.writable.clear()
        row_id = self.fake.quotation(name="Ana", mobile="0917 555 0101")
        self.import_leads()
        self.other.tables[QUOTATION] = self.fake.tables[QUOTATION]
        self.move()
        self.import_leads()
        self.assertEqual(len(self.leads()), 1)
        self.assertEqual(self.other.status(QUOTATION, row_id), "synced")
        self.assertEqual(self.origins().state, "done")

    def test_the_dealer_and_the_vehicle_of_a_lead_are_this_databases(self):
        self.manila()
        self.fake.unit(name="Truck", id=40)
        self.sync()
        self.move()
        self.other.fields[QUOTATION]["product_id"]["relation"] = PRODUCT
        self.other.quotation(name="Ben", dealer_id=[7, "Cebu"], product_id=[40, "Van"])
        self.import_leads()
        self.assertFalse(self.leads().dealership_id)
        self.assertFalse(self.leads().vehicle_model_id)
        self.assertEqual(self.leads().vehicle_model_text, "Van")

    def test_a_hopeless_lead_does_not_shadow_the_id_of_another_database(self):
        self.fake.quotation(name="Breaks", id=300)
        usual = self.fake._handlers[QUOTATION, "search_read"]

        def breaks(domain, **kwargs):
            rows = usual(domain, **kwargs)
            if rows and len(kwargs["fields"]) > 1:
                raise ValueError("Division by zero")
            return rows

        self.fake.on(QUOTATION, "search_read", breaks)
        for _run in range(6):
            self.import_leads()
        self.other.quotation(name="Ben", id=300)
        self.move()
        self.import_leads()
        self.assertEqual(self.leads().mapped("contact_name"), ["Ben"])
