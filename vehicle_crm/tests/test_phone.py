from odoo.tests import BaseCase, tagged

from odoo.addons.vehicle_crm.phone import as_text, mobile_key, mobile_numbers, tail

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
    # two numbers in one field: the first
    ("0917 555 0101 / 0918 555 0202", JUAN),
    ("0917 555 0101 or 0918 555 0202", JUAN),
    ("0917-555-0101, 0918-555-0202", JUAN),
    ("0917 555 0101; 02 8123 4567", JUAN),
    ("0917 555 0101\n0918 555 0202", JUAN),
    ("0917 555 0101 - 0918 555 0202", JUAN),
    ("0917 555 0101 0918 555 0202", JUAN),
    ("N/A / 0917 555 0101", JUAN),
    ("0917 555 0101 0918 555 0202 0919 555 0303", JUAN),
    ("0917555010109185550202", JUAN),
    ("639175550101639185550202", JUAN),
    ("+639175550101+639185550202", JUAN),
    ("09175550101 02 8123 4567", JUAN),
    # a land line beside it is no person
    ("(02) 8123-4567 / 0917-555-0101", JUAN),
    ("(02) 8123-4567 to 69, 0917 555 0101", JUAN),
    ("Tel 8123-4567 Cel 0917-555-0101", JUAN),
    ("09999999999 / 0917 555 0101", JUAN),
    # separators within one number
    ("0917,555,0101", JUAN),
    ("0917;5550101", JUAN),
    ("0917_555_0101", JUAN),
    ("0917*555*0101", JUAN),
    ("0917\u2013555\u20130101", JUAN),
    ("+63(917)5550101", JUAN),
    ("+63-0917-555-0101", JUAN),
    ("+0917 555 0101", JUAN),
    # what was a number of a spreadsheet
    ("9175550101", JUAN),
    ("9175550101.0", JUAN),
    ("9175550101,00", JUAN),
    ("639175550101.0", JUAN),
    (9175550101, JUAN),
    (9175550101.0, JUAN),
    (639175550101.0, JUAN),
    ("9,175,550,101", JUAN),
    ("9,175,550,101.00", JUAN),
    ("9.175.550.101,00", JUAN),
    ("9.175550101E9", JUAN),
    ("9.175550101e+09", JUAN),
    ("'09175550101", JUAN),
    ('="09175550101"', JUAN),
    # letters for digits
    ("O917 555 O1O1", JUAN),
    ("o917-555-o1o1", JUAN),
    ("09l7 555 0l0l", JUAN),
    ("O9I7555O1O1", JUAN),
    ("+63 9l7 555 01O1", JUAN),
    ("0917 555 OlOl", JUAN),
    # characters that nobody sees, digits of other scripts
    ("\u200b0917\u200d555\ufeff0101\u202c", JUAN),
    ("\u0660\u0669\u0661\u0667\u0665\u0665\u0665\u0660\u0661\u0660\u0661", JUAN),
    # foreign numbers
    ("+1 415 555 2671", "+14155552671"),
    ("+65 9123 4567", "+6591234567"),
    ("+44 7400 123456", "+447400123456"),
    ("0065 9123 4567", "+6591234567"),
    ("+971 50 123 4567", "+971501234567"),
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
    # land lines, fragments, and numbers with a digit too many or too few
    ("(02) 8123 4567", None),
    ("(02) 8123 4567 loc 12", None),
    ("02-8123-4567 / 02-8123-4568", None),
    ("+39 06 698 12345", None),
    ("0917 555 010", None),
    ("917 555 010", None),
    ("555 0101", None),
    ("0917", None),
    ("0917 555 01011", None),
    ("0917 555 0101 5", None),
    ("9.17555E+09", None),  # rounded: the last digits are gone
    ("juan09175550101@example.com", None),
    (True, None),
    # what people type to get past a form
    ("09999999999", None),
    ("+63 999 999 9999", None),
    ("9999999999.0", None),
    ("09123456789", None),
    ("1234567890", None),
    ("0000 000 0000", None),
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

    def test_prefix_that_the_library_lacks(self):
        """New prefixes come every year: one number still has one key."""
        for prefix in ("904", "913", "941", "917"):
            keys = {
                mobile_key(spelled.format(prefix), "PH")
                for spelled in (
                    *("0{} 555 0101", "+63 {} 555 0101", "{}-555-0101", "63{}5550101"),
                    *(
                        "0063{}5550101",
                        "{}5550101.0",
                        "(0{}) 555.0101",
                        "+63 (0){}5550101",
                    ),
                )
            }
            self.assertEqual(keys, {f"+63{prefix}5550101"})

    def test_other_countries(self):
        """The company's country decides: the same rules for all of them."""
        for region, key, mobiles, nobody in (
            (
                "BE",
                "+32475123456",
                [
                    "0475 12 34 56",
                    "0475/12.34.56",
                    "32475123456",
                    "475123456.0",
                    "+32 (0)475 12 34 56",
                    "02 555 12 12 / 0475 12 34 56",
                    "O475 12 34 56",
                ],
                ["02 555 12 12", "04 225 12 34", "0475 12 34 5", "0475 12 34 56 7"],
            ),
            ("BE", "+32440123456", ["0440 12 34 56", "+32 440 12 34 56"], []),
            (
                "DE",
                "+4915112345678",
                ["0151 12345678", "0151/12345678", "15112345678.0", "+49 151 12345678"],
                ["030 1234567", "0917 5550101"],
            ),
            (
                "US",
                "+14155552671",
                [
                    "(415) 555-2671",
                    "1-415-555-2671",
                    "4155552671.0",
                    "415.555.2671",
                    "+1 415 555 2671 / +1 415 555 2672",
                    "4l5-555-267l",
                ],
                ["555-2671", "999-999-9999", "123-456-7890"],
            ),
            (
                "AE",
                "+971501234567",
                ["050 123 4567", "971501234567", "501234567.0", "00971 50 123 4567"],
                ["04 123 4567", "0599999999"],
            ),
            (
                "IN",
                "+919876543210",
                ["98765 43210", "098765 43210", "919876543210", "9876543210.0"],
                ["080 2345 6789", "9999999999", "1234567890"],
            ),
            (
                "FR",
                "+33612345678",
                ["06 12 34 56 78", "612345678.0"],
                ["01 42 68 53 00"],
            ),
            ("SG", "+6591234567", ["9123 4567", "6591234567"], ["6123 4567"]),
        ):
            for text in mobiles:
                with self.subTest(region=region, text=text):
                    self.assertEqual(mobile_key(text, region), key)
            for text in nobody:
                with self.subTest(region=region, text=text):
                    self.assertIsNone(mobile_key(text, region))

    def test_all_numbers_of_a_field(self):
        both = (JUAN, "+639185550202")
        for text in (
            "0917 555 0101 / 0918 555 0202",
            "0917 555 0101 or 0918 555 0202",
            "0917-5550101/0918-5550202",
            "0917555010109185550202",
            "(02) 8123 4567 / 0917 555 0101 / 0918 555 0202 / 0917-555-0101",
        ):
            with self.subTest(text=text):
                self.assertEqual(mobile_numbers(text, "PH"), both)

    def test_numbers_of_nobody(self):
        """A manager's list, in any spelling of its own."""
        for listed in ("0917 555 0101", "+63 917 555 0101", "9175550101.0"):
            ignore = frozenset({tail(listed)})
            self.assertIsNone(mobile_key("0917-555-0101", "PH", ignore=ignore))
            self.assertEqual(
                mobile_key("09175550101/09185550202", "PH", ignore=ignore),
                "+639185550202",
            )

    def test_digits_without_the_spreadsheet(self):
        self.assertEqual(as_text(9175550101.0), "9175550101")
        self.assertEqual(as_text("9,175,550,101.00"), "9175550101")
        self.assertEqual(as_text("0917 555 0101 "), "0917 555 0101")
        self.assertEqual(as_text("1.5"), "1.5")
        self.assertEqual(as_text(False), "")

    def test_long_text(self):
        """Nobody's number is behind 200 other characters, and looking takes long."""
        self.assertEqual(mobile_key("0917 555 0101 " + "(02) 12 / " * 10**5), JUAN)
        self.assertIsNone(mobile_key("x" * 200 + "0917 555 0101"))
        self.assertIsNone(mobile_key("0 1 2 3 4 5 6 7 8 9 " * 10, "DE"))
