from unittest.mock import patch

from odoo.exceptions import AccessError, UserError

from .common import SyncCase

FULL_DOMAIN = [["is_unit", "=", True], ["tracking", "=", "serial"]]


class TestProducts(SyncCase):
    def test_a_row_becomes_a_model(self):  # A03 C11 C20 C21 C32 C34
        row_id = self.fake.unit(
            name=" TunLand  G7 4×4 MT ",
            default_code="TL-G7",
            categ_id=[3, "Units / Pickup"],
            list_price=1250000.5,
            description_sale="Five seats.\nSix airbags.",
        )
        self.assertEqual(
            self.sync(),
            ("success", "Vehicle models: 1 created, 0 updated, 0 unchanged."),
        )  # C23
        self.assertRecordValues(
            self.models(),
            [
                {
                    "name": "TunLand G7 4×4 MT",
                    "default_code": "TL-G7",
                    "category": "Units / Pickup",
                    "list_price": 1250000.5,
                    "description": "Five seats.\nSix airbags.",
                    "external_ref": str(row_id),
                    "distributor_product_id": row_id,
                    "active": True,
                }
            ],
        )
        self.assertTrue(self.brand.distributor_last_sync)  # A49 C22

    def test_filters_become_the_domain(self):  # A42 A43 A44 A45 C18
        self.fake.unit()
        self.sync()
        self.assertEqual(self.fake.searches("product.template")[0][0][:2], FULL_DOMAIN)
        self.brand.filter_saleable = True
        self.sync()
        sale = ["sale_ok", "=", True]
        self.assertIn(sale, self.fake.searches("product.template")[-1][0])
        self.brand.write(
            {
                "filter_is_unit": False,
                "filter_serial": False,
                "filter_saleable": False,
            }
        )
        self.sync()
        self.assertEqual(
            self.fake.searches("product.template")[-1][0], [["id", ">", 0]]
        )

    def test_all_filters_off_is_the_active_catalog(self):  # A45
        self.fake.unit(is_unit=False, tracking="none")
        self.fake.unit(active=False)
        self.sync()
        self.assertFalse(self.models())
        self.brand.write({"filter_is_unit": False, "filter_serial": False})
        self.sync()
        self.assertEqual(len(self.models()), 1)

    def test_nothing_found_names_the_filters(self):  # A55 C24 C42
        self.fake.unit(tracking="lot")
        kind, message = self.sync()
        self.assertEqual(kind, "warning")
        self.assertIn("0 vehicle models", message)
        self.assertIn("Is Unit, Serial Tracking", message)
        self.brand.filter_serial = False
        self.assertIn("1 created", self.sync()[1])

    def test_a_second_sync_reads_what_changed_only(self):  # C20
        first = self.fake.unit(name="A")
        self.fake.unit(name="B", write_date="2026-01-05 09:00:00")
        self.sync()
        self.assertEqual(
            self.sync()[1], "Vehicle models: 0 created, 0 updated, 2 unchanged."
        )
        domain = self.fake.searches("product.template")[-1][0]
        marks = [leaf[2] for leaf in domain if leaf[0] == "write_date"]
        self.assertEqual(len(marks), 1)
        self.assertLess(marks[0], "2026-01-05 09:00:00")  # the overlap
        self.fake.change("product.template", first, name="A2")
        self.assertEqual(
            self.sync()[1], "Vehicle models: 0 created, 1 updated, 1 unchanged."
        )
        self.assertEqual(self.models().mapped("name"), ["A2", "B"])

    def test_unchanged_writes_nothing(self):
        self.fake.unit()
        self.sync()
        model = self.models()
        before = model.write_date
        with patch.object(type(model), "write", side_effect=AssertionError):
            self.sync()
        self.assertEqual(self.models().write_date, before)

    def test_an_edit_by_hand_is_overwritten(self):  # C06
        self.fake.unit(name="There")
        self.sync()
        self.models().with_user(self.manager).name = "By hand"
        self.sync()
        self.assertEqual(self.models().name, "There")
        self.assertFalse(self.models().distributor_resync)

    def test_the_gate_opens_for_our_object_only(self):
        self.fake.unit()
        self.sync()
        model = self.models().with_user(self.manager)
        model.with_context(distributor_sync_gate=True).name = "By RPC"
        self.assertTrue(model.distributor_resync)

    def test_archived_there_stays_here(self):  # C39
        row_id = self.fake.unit()
        self.sync()
        self.fake.change("product.template", row_id, active=False)
        self.sync()
        kind, message = self.sync("action_full_check")
        self.assertTrue(self.models().active)
        self.assertIn("1 vehicle models are no longer", message)

    def test_archived_here_stays_archived(self):  # C41
        row_id = self.fake.unit(name="A")
        self.sync()
        self.models().active = False
        self.fake.change("product.template", row_id, name="A2")
        self.sync()
        self.assertRecordValues(self.models(), [{"name": "A2", "active": False}])

    def test_a_new_id_is_a_new_model(self):  # C43
        old = self.fake.unit(name="Same")
        self.sync()
        del self.fake.tables["product.template"][old]
        new = self.fake.unit(name="Same", write_date="2026-03-01 00:00:00")
        self.sync()
        self.assertEqual(self.models().mapped("external_ref"), [str(old), str(new)])

    def test_only_this_brand(self):  # A02 C16
        other_fake = self.start(type(self.fake)(db="other", password="else"))
        other = self.make_brand("SYNCO", other_fake)
        mine, theirs = self.fake.unit(name="Mine"), other_fake.unit(name="Theirs")
        self.assertEqual(mine, theirs)  # the same id at both
        self.sync()
        self.assertFalse(self.models(other))
        self.sync(brand=other)
        self.assertEqual(self.models().name, "Mine")
        self.assertEqual(self.models(other).name, "Theirs")

    def test_full_check_sees_a_renamed_category(self):
        row_id = self.fake.unit(categ_id=[3, "Pickup"])
        self.fake.unit(write_date="2026-01-06 00:00:00")
        self.sync()
        self.fake.tables["product.template"][row_id]["categ_id"] = [3, "Trucks"]
        self.sync()
        self.assertEqual(self.models()[0].category, "Pickup")
        self.sync("action_full_check")
        self.assertEqual(self.models()[0].category, "Trucks")

    def test_full_check_asks_one_row_of_a_category(self):
        for number in range(6):
            self.fake.unit(categ_id=[3 + number % 2, f"Class {number % 2}"])
        self.fake.unit(categ_id=False)
        self.sync()
        asked = len(self.fake.searches("product.template"))
        self.sync("action_full_check")
        asked = self.fake.searches("product.template")[asked:]
        self.assertEqual([names for _d, names in asked], [["write_date"], ["categ_id"]])
        self.assertEqual(len(asked[1][0][0][2]), 3)

    def test_full_check_learns_the_categories_of_an_older_sync(self):
        self.fake.unit(categ_id=[3, "Pickup"])
        self.sync()
        self.models().distributor_category_id = 0
        self.assertIn("0 updated, 1 unchanged", self.sync("action_full_check")[1])
        self.assertEqual(self.models().distributor_category_id, 3)

    def test_a_price_finer_than_ours_has_not_changed(self):
        row_id = self.fake.unit(list_price=0.1 + 0.2 + 0.004)
        self.sync()
        self.fake.change("product.template", row_id)
        self.assertIn("0 updated, 1 unchanged", self.sync()[1])
        self.fake.change("product.template", row_id, list_price=0.31)
        self.assertIn("1 updated", self.sync()[1])
        self.assertEqual(self.models().list_price, 0.31)

    def test_rows_that_change_alike_are_written_together(self):
        rows = [self.fake.unit(list_price=1) for _row in range(5)]
        self.sync()
        for row_id in rows:
            price = 2 if row_id < rows[-1] else 3
            self.fake.change("product.template", row_id, list_price=price)
        model = type(self.env["crm.vehicle.model"])
        with patch.object(model, "write", autospec=True, side_effect=model.write) as to:
            self.assertIn("5 updated", self.sync()[1])
        self.assertEqual([len(call.args[0]) for call in to.call_args_list], [4, 1])
        self.assertEqual(self.models().mapped("list_price"), [2, 2, 2, 2, 3])

    def test_other_filters_read_everything(self):
        self.fake.unit(name="Old", tracking="lot", write_date="2020-01-01 00:00:00")
        self.fake.unit(name="New")
        self.sync()
        self.brand.filter_serial = False
        self.sync()
        self.assertEqual(len(self.models()), 2)

    def test_a_bad_row_stands_alone(self):
        for number in range(20):
            self.fake.unit(name=f"Good {number}")
        bad = self.fake.unit(name=False)
        worse = self.fake.unit(name="Price", list_price="cheap")
        kind, message = self.sync()
        self.assertEqual(kind, "warning")
        self.assertIn("20 created", message)
        self.assertIn("2 failed, see Sync Issues", message)
        self.assertRecordValues(
            self.issues(),
            [
                {"remote_id": bad, "message": "it has no name", "state": "open"},
                {
                    "remote_id": worse,
                    "message": "the price is not a number: cheap",
                    "state": "open",
                },
            ],
        )
        # Not moved there, but read again because it failed before.
        self.fake.tables["product.template"][bad]["name"] = "Now it has"
        self.assertIn("1 created", self.sync()[1])
        self.assertEqual(self.issues().mapped("state"), ["solved", "open"])

    def test_retry_of_one_issue(self):
        bad = self.fake.unit(name=False)
        self.sync()
        self.fake.tables["product.template"][bad]["name"] = "Now it has"
        calls = len(self.fake.calls)
        action = self.issues().with_user(self.manager).action_retry()
        self.assertIn("1 created", action["params"]["message"])
        self.assertEqual(self.issues().state, "solved")
        self.assertIn(["id", "in", [bad]], self.fake.calls[calls][2][0])

    def test_a_row_the_database_refuses_stands_alone(self):
        """Values that pass our own checks: the page is split until one is left."""
        for number in range(30):
            self.fake.unit(name=f"Good {number}")
        bad = self.fake.unit(name="Refused")
        with self.refusing("Refused"):
            self.sync()
            self.assertEqual(len(self.models()), 30)
            self.assertRecordValues(
                self.issues(), [{"remote_id": bad, "message": "Not this one."}]
            )

    def test_the_same_in_the_background(self):
        self.parameter("page_size", 8)
        for number in range(20):
            self.fake.unit(name=f"Good {number}")
        bad = self.fake.unit(name="Refused")
        self.assertEqual(self.sync()[0], "info")
        with self.refusing("Refused"):
            self.run_cron()
        self.assertEqual(len(self.models()), 20)
        self.assertEqual(self.issues().remote_id, bad)
        self.assertEqual(self.runs().state, "done")

    # -- a distributor nobody here has seen ------------------------------------

    def test_a_missing_field_is_left_out_and_named(self):  # R27
        for name in ("is_unit", "list_price"):
            del self.fake.fields["product.template"][name]
        self.fake.unit()
        kind, message = self.sync()
        self.assertEqual(kind, "warning")
        self.assertIn("1 created", message)
        self.assertIn(
            "Not on the distributor, so left out: is_unit, list_price.", message
        )
        self.assertIn("the distributor cannot filter by Is Unit.", message)

    def test_a_field_that_goes_away_after_the_test(self):  # R27
        self.brand.action_test_connection()
        del self.fake.fields["product.template"]["is_unit"]
        self.fake.unit()
        kind, message = self.sync()
        self.assertIn("1 created", message)
        self.assertIn("is_unit", message)

    def test_failing_connection_says_what_the_test_says(self):  # C17
        self.fake.password = "changed there"
        test = self.brand.action_test_connection()["params"]["message"]
        kind, message = self.sync()
        self.assertEqual((kind, message), ("danger", test))
        self.assertFalse(self.brand.distributor_last_sync)
        self.assertFalse(self.brand.distributor_connected)

    # -- who -------------------------------------------------------------------

    def test_only_a_manager_syncs(self):  # A08 C04
        for user in (self.supervisor, self.agent):
            for method in (
                "action_test_connection",
                "action_sync_vehicle_models",
                "action_sync_dealers",
                "action_import_web_leads",
                "action_full_check",
                "action_view_sync_runs",
                "action_view_sync_issues",
                "action_load_mapping",
            ):
                with self.subTest(user=user.login, method=method):
                    with self.assertRaises(AccessError):
                        getattr(self.brand.with_user(user), method)()
        self.assertFalse(self.fake.calls)

    def test_archived_brand_is_not_synced(self):  # A58
        self.brand.active = False
        with self.assertRaises(UserError):
            self.brand.action_sync_vehicle_models()
        self.import_leads()
        self.assertFalse(self.fake.calls)

    def test_requests_and_queries(self):
        """The wire and the database are asked as often for 40 rows as for 4."""
        for number in range(40):
            self.fake.unit(name=f"Unit {number}")
        self.brand.action_test_connection()
        self.fake.calls.clear()
        self.sync()
        methods = [call[1] for call in self.fake.calls]
        self.assertEqual(methods, ["search_read", "search_read"])  # rows, pictures
        self.assertEqual(self.runs().requests, 2)
        # Ten minutes later there and here: out of the overlap.
        marks = self.brand.distributor_marks
        marks["product"]["mark"] = "2026-01-05 08:10:00"
        self.brand.sudo().distributor_marks = marks
        self.env.flush_all()
        self.env.invalidate_all()
        self.fake.calls.clear()
        with self.assertQueryCount(8):
            self.brand.action_sync_vehicle_models()
            self.env.flush_all()
        self.assertEqual(len(self.fake.calls), 1)
