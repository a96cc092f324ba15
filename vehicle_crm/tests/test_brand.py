from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PipelineCase


@tagged("post_install", "-at_install")
class TestBrand(PipelineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Brand = cls.env["crm.brand"]

    def test_code_is_upper_case(self):
        """A20 The code is upper-cased on every write, so one spelling is unique."""
        brand = self.Brand.create({"name": "Lynk", "code": " lynk&co "})
        self.assertEqual(brand.code, "LYNK&CO")
        brand.write({"code": "lynk-co"})
        self.assertEqual(brand.code, "LYNK-CO")

    def test_bad_codes(self):
        """A20 Eleven characters are refused and not cut; so are others."""
        for code in ("ABCDEFGHIJK", "A B", "É", "A.B", "A/B", " "):
            with self.subTest(code=code), self.assertRaises(ValidationError):
                self.Brand.create({"name": "x", "code": code})
        with self.assertRaises(ValidationError):
            self.brand.write({"code": "ABCDEFGHIJK"})
        self.assertEqual(
            self.Brand.create({"name": "x", "code": "A" * 10}).code, "A" * 10
        )

    def test_name_and_code_are_required(self):
        """A19 A20"""
        for values in ({"name": "x"}, {"code": "X"}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self.Brand.create(values)

    def test_code_is_unique(self):
        """A20 Also against archived brands, in another case, and by import."""
        self.brand.active = False
        with self.assertRaisesRegex(ValidationError, "already has the code TSTB"):
            self.Brand.create({"name": "x", "code": "tstb"})
        with self.assertRaisesRegex(ValidationError, "already has the code DUP"):
            self.Brand.create([{"name": "x", "code": code} for code in ("dup", "DUP")])

    def test_import(self):
        """A20 A file import upper-cases, and refuses long and double codes."""
        with mute_logger("odoo.sql_db"):
            for code in ("ABCDEFGHIJK", "tstb"):
                result = self.Brand.load(["name", "code"], [["x", code]])
                self.assertFalse(result["ids"], code)
        result = self.Brand.load(["name", "code"], [["x", "newone"]])
        self.assertEqual(self.Brand.browse(result["ids"]).code, "NEWONE")

    def test_many_brands(self):
        """A01 Six marques side by side, each found by name and code."""
        names = {"FOTON", "CHERY", "JETOUR", "BAIC", "LYNK&CO", "RADAR"}
        brands = self.Brand.create([{"name": n.title(), "code": n} for n in names])
        self.assertEqual(set(brands.mapped("code")), names)
        self.assertEqual(
            self.Brand.name_search("LYNK")[0][0],
            brands.filtered(lambda brand: brand.code == "LYNK&CO").id,
        )

    def test_copy(self):
        """A copy gets a free code of its own."""
        first, second = self.brand.copy(), self.brand.copy()
        self.assertEqual((first.code, second.code), ("TSTB-2", "TSTB-3"))

    def test_rename_is_tracked(self):
        """A21 A new code is in the chatter."""
        self.env.cr.flush()
        self.brand.write({"code": "OTHER"})
        self.assertIn("code: TSTB -> OTHER", self.chatter(self.brand))

    def test_archive_keeps_leads(self):
        """A24 Archiving a brand leaves its leads as they are."""
        lead = self.new_lead(self.user)
        self.brand.active = False
        self.assertTrue(lead.active)
        self.assertEqual(lead.brand_id, self.brand)

    def test_lead_count(self):
        """A13 R14 Leads that are not archived, counted in one statement."""
        brands = self.brand + self.Brand.create({"name": "x", "code": "X"})
        for _number in range(3):
            self.new_lead(self.user)
        self.new_lead(self.user, step="lost")
        self.new_lead(self.user, active=False)
        self.new_ordinary_lead(brand_id=self.brand.id)
        self.env.flush_all()
        brands.invalidate_recordset()
        with self.assertQueryCount(1):
            self.assertEqual(brands.mapped("lead_count"), [4, 0])
        action = self.brand.with_user(self.user).action_view_leads()
        leads = self.Lead.with_user(self.user).search(action["domain"])
        self.assertEqual(len(leads), 4)

    def test_readers_only_read(self):
        """A07 A08 Without a right of an app, a brand is read and not touched."""
        for who in (self.user, self.manager, self.stranger):
            brand = self.brand.with_user(who)
            self.assertEqual(brand.name, "Test Brand")
            with self.assertRaises(AccessError):
                brand.write({"name": "x"})
            with self.assertRaises(AccessError):
                brand.create({"name": "x", "code": "X"})
            with self.assertRaises(AccessError):
                brand.unlink()

    def test_logo(self):
        """A18 With and without a logo."""
        self.assertFalse(self.brand.has_logo)
        pixel = (
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
            "YPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
        )
        self.brand.logo = pixel
        self.assertTrue(self.brand.has_logo)
        lead = self.new_lead(self.user)
        self.assertTrue(lead.brand_has_logo)
        self.brand.color = 5
        self.assertEqual(lead.brand_color, 5)
