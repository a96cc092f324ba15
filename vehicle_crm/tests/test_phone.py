from odoo.tests import BaseCase, tagged

from odoo.addons.vehicle_crm.phone import mobile_key

JUAN = "+639175550101"

# What people type, and the one number it is. Regions: the company's country.
SPELLINGS = [
    ("0917 555 0101", JUAN),
    ("+63 917 555 0101", JUAN),
    ("917-555-0101", JUAN),
    ("09175550101", JUAN),
    ("639175550101", JUAN),
    ("0063 917 555 0101", JUAN),
    ("+63 (0)917 555 0101", JUAN),
    ("(0917) 555-0101", JUAN),
    ("0917.555.0101", JUAN),
    ("0917/555/0101", JUAN),
    ("  0917 555 0101\n", JUAN),
    ("\uff0b63 \uff19\uff11\uff17 555 0101", JUAN),
    ("0917\u00a0555\u00a00101", JUAN),
    ("0917\u2011555\u20110101", JUAN),
    ("Mobile: 0917 555 0101", JUAN),
    ("0917 555 0101 (Viber)", JUAN),
    ("cp# 0917-555-0101", JUAN),
    ("tel:+639175550101", JUAN),
    # extensions
    ("0917 555 0101 ext. 12", JUAN),
    ("0917 555 0101 x12", JUAN),
    ("0917 555 0101 local 345", JUAN),
    ("+63 917 555 0101;ext=12", JUAN),
    ("0917 555 0101 #12", JUAN),
    ("(02) 8123 4567 loc 12", "+63281234567"),
    # two numbers in one field: the first
    ("0917 555 0101 / 0918 555 0202", JUAN),
    ("0917 555 0101 or 0918 555 0202", JUAN),
    ("0917-555-0101, 0918-555-0202", JUAN),
    ("0917 555 0101; 02 8123 4567", JUAN),
    ("0917 555 0101\n0918 555 0202", JUAN),
    ("0917 555 0101 - 0918 555 0202", JUAN),
    ("0917 555 0101 0918 555 0202", JUAN),
    ("N/A / 0917 555 0101", JUAN),
    # land lines and foreign numbers
    ("(02) 8123 4567", "+63281234567"),
    ("+1 415 555 2671", "+14155552671"),
    ("+65 9123 4567", "+6591234567"),
    ("+44 7400 123456", "+447400123456"),
    ("0065 9123 4567", "+6591234567"),
    ("+971 50 123 4567", "+971501234567"),
    ("+39 06 698 12345", "+390669812345"),
    # nothing
    (None, None),
    (False, None),
    ("", None),
    ("   ", None),
    ("N/A", None),
    ("n.a.", None),
    ("none", None),
    ("-", None),
    ("0", None),
    ("TBA", None),
    ("call me", None),
    ("12345", None),
    ("0000000000", None),
    ("juan@example.com", None),
    ("0917-CALL-NOW", None),
    ("ABC1234567", None),
    # known to no country: kept as typed, so that it meets itself
    ("0917 555 010", "0917555010"),
    ("0917-555-010", "0917555010"),
]


@tagged("post_install", "-at_install")
class TestPhone(BaseCase):
    def test_spellings(self):
        """D21 Every spelling of a number has the same key, and nonsense has none."""
        for text, key in SPELLINGS:
            with self.subTest(text=text):
                self.assertEqual(mobile_key(text, "PH"), key)

    def test_country_of_the_company(self):
        """A number without a country is of the company's, then of the Philippines."""
        self.assertEqual(mobile_key("9123 4567", "SG"), "+6591234567")
        self.assertEqual(mobile_key("0917 555 0101", "SG"), JUAN)
        self.assertEqual(mobile_key("0917 555 0101", None), JUAN)
        self.assertEqual(mobile_key("0917 555 0101"), JUAN)

    def test_only_mobiles(self):
        """A switchboard is not a person."""
        self.assertEqual(mobile_key("0917 555 0101", mobile_only=True), JUAN)
        self.assertIsNone(mobile_key("(02) 8123 4567", mobile_only=True))
        self.assertIsNone(mobile_key("0917 555 010", mobile_only=True))

    def test_long_text(self):
        """Nobody's number is behind 200 other characters, and looking takes long."""
        self.assertEqual(mobile_key("0917 555 0101 " + "(02) 12 / " * 10**5), JUAN)
        self.assertIsNone(mobile_key("x" * 200 + "0917 555 0101"))
