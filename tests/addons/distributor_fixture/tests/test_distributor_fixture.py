from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

COUNTS = {"products": 120, "images": 3, "dealers": 30, "leads": 80}


@tagged("post_install", "-at_install")
class TestDistributorFixture(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seeder = cls.env["distributor.seed"]
        cls.counts = cls.seeder._seed(seed=7, **COUNTS)
        cls.account = cls.seeder._service_account("bpo_sync_test", "a-long-password")

    def test_account_has_the_rights_of_the_manual_and_no_more(self):  # A34 A35
        env = self.env(user=self.account)
        for model in (
            "product.template",
            "res.partner",
            "cheryweb.quotation",
            "cherywebsite.test.drive",
        ):
            with self.subTest(model=model):
                self.assertTrue(env[model].search_read([], ["display_name"], limit=1))
                self.assertFalse(env[model].has_access("create"))
                self.assertFalse(env[model].has_access("unlink"))
        self.assertFalse(env["product.template"].has_access("write"))
        self.assertFalse(env["res.partner"].has_access("write"))
        for model in (
            "product.category",
            "product.product",
            "ir.attachment",
            "ir.model",
        ):
            self.assertFalse(env[model].has_access("read"), model)
        lead = env["cheryweb.quotation"].search([], limit=1)
        lead.write({"status": "synced"})
        with self.assertRaises(AccessError):
            lead.write({"name": "Someone else"})
        with self.assertRaises(AccessError):
            lead.write({"status": "sent", "name": "Someone else"})

    def test_account_reads_category_and_image_names(self):
        env = self.env(user=self.account)
        rows = env["product.template"].search_read(
            [("brand_code", "=", "FOTON"), ("is_unit", "=", True)],
            ["name", "categ_id", "tracking", "image_1920", "write_date"],
            order="id",
        )
        self.assertIn("Foton", rows[0]["categ_id"][1])
        self.assertTrue(rows[0]["image_1920"])

    def test_seed_has_what_a_filter_and_a_cleaner_must_meet(self):
        products = self.env["product.template"].with_context(active_test=False)
        of_seed = [("brand_code", "!=", False)]
        self.assertEqual(products.search_count(of_seed), COUNTS["products"])
        for leaf in (
            ("tracking", "=", "lot"),
            ("is_unit", "=", False),
            ("active", "=", False),
            ("sale_ok", "=", False),
            ("default_code", "=", False),
        ):
            with self.subTest(leaf=leaf):
                self.assertTrue(products.search_count([*of_seed, leaf]))
        dealers = self.env["res.partner"].search([("chery_dealer", "=", True)])
        codes = dealers.mapped("dealer_name")
        self.assertIn(False, codes)
        self.assertLess(len(set(codes)), len(codes))
        quotations = self.env["cheryweb.quotation"].search([])
        drives = self.env["cherywebsite.test.drive"].search([])
        self.assertEqual(len(quotations) + len(drives), COUNTS["leads"])
        self.assertIn(False, quotations.mapped("name") + drives.mapped("first_name"))
        self.assertTrue(
            [text for text in quotations.mapped("message") if "<" in (text or "")]
        )

    def test_old_branch_refuses_synced(self):  # A54
        self.env["ir.config_parameter"].set_param("distributor_fixture.old_branch", "1")
        lead = self.env["cheryweb.quotation"].search([], limit=1)
        message = "Wrong value for cheryweb.quotation.status: 'synced'"
        with self.assertRaisesRegex(ValueError, message):
            lead.write({"status": "synced"})
        values = dict(lead.fields_get(["status"])["status"]["selection"])
        self.assertNotIn("synced", values)

    def test_only_an_administrator_seeds(self):
        with self.assertRaises(AccessError):
            self.seeder.with_user(self.account).seed()
        with self.assertRaises(AccessError):
            self.seeder.with_user(self.account).service_account("x", "y" * 12)
