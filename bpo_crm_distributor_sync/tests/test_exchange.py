import time
from datetime import datetime

from odoo.tests import BaseCase, tagged

from ..exchange import distributor, records, text
from ..exchange.distributor import Mapping
from ..exchange.records import BadRow


@tagged("post_install", "-at_install")
class TestText(BaseCase):
    def test_html_goes_and_text_stays(self):
        for typed, plain in (
            ("<b>Hi</b> there", "Hi there"),
            ("<script>alert(1)</script>Hi", "Hi"),
            ("<SCRIPT src=//evil.example>x", ""),
            ("<img src=x onerror=alert(1)>", ""),
            ("<a href='javascript:x'>click", "click"),
            ("<!-- hidden -->Hi", "Hi"),
            ("I pay < 500k and > 400k", "I pay < 500k and > 400k"),
            ("Timing Belt <kit>", "Timing Belt <kit>"),
            ("a<br/>b", "a\nb"),
            ("1 <3 you", "1 <3 you"),
            (None, ""),
            (False, ""),
            (42, "42"),
        ):
            with self.subTest(typed=typed):
                self.assertEqual(text.plain(typed), plain)

    def test_elements_that_never_end(self):
        started = time.monotonic()
        for element in ("<br ", "</p", "<a ", "<script ", "<!--"):
            text.plain(element * 200_000)
        self.assertLess(time.monotonic() - started, 20)

    def test_what_the_database_cannot_store(self):
        self.assertEqual(text.storable("a\x00b\ud800c\x1f"), "abc")
        self.assertEqual(text.storable("😀 Ñ ×"), "😀 Ñ ×")

    def test_one_line(self):
        for typed in (" a b ", "a  b", "a\nb", "a \t b", "a\u00a0b", "a\u2028 b"):
            self.assertEqual(text.line(typed), "a b", repr(typed))

    def test_phones(self):
        for typed in ("N/A", "n/a", "none", "-", "", False, "wala", "call me"):
            self.assertEqual(text.phone(typed), "", typed)
        for typed in ("0917 555 0101", "+63 917-555-0101", "(02) 8555-0101", "0917"):
            self.assertEqual(text.phone(typed), typed)
        self.assertLessEqual(len(text.phone("9" * 400)), text.PHONE_LENGTH)
        for typed in ("9175550101.0", 9175550101.0, 9175550101, "9,175,550,101.00"):
            self.assertEqual(text.phone(typed), "9175550101", repr(typed))
        both = "(02) 8123-4567 local 123 / 0919-555-0404"
        self.assertEqual(text.phone(both), both)

    def test_what_nobody_sees(self):
        for function in (text.line, text.name):
            self.assertEqual(
                function("\u200bJu\u2060an\u00a0\u202eCruz\ufeff\u200d"), "Juan Cruz"
            )
            self.assertEqual(function("\u200b\u00a0\u2028"), "")
        self.assertEqual(text.plain("a\u200bb"), "a\u200bb")  # free text stays

    def test_emails(self):
        self.assertEqual(text.email(" a@example.com "), "a@example.com")
        for typed in ("N/A", "a@", "a@b@c", "none", False, "@", f"{'a' * 300}@x.y"):
            self.assertEqual(text.email(typed), "", typed)

    def test_shortened_says_so(self):
        self.assertEqual(text.shorten("abcdef", 4), "abc…")
        self.assertEqual(text.shorten("abcd", 4), "abcd")

    def test_nothing_raises(self):
        strange = [[], {}, object(), b"\xff", float("nan"), 10**400, ("a",), "<" * 5000]
        for value in strange:
            for function in (text.line, text.plain, text.name, text.phone, text.email):
                self.assertIsInstance(function(value), str)


@tagged("post_install", "-at_install")
class TestMappingFunctions(BaseCase):
    def test_names_by_what_the_peer_has(self):
        mapping = Mapping("product")
        self.assertEqual(mapping.first("image"), "image_1920")  # nobody has asked
        mapping.peer = {"image": {}, "name": {}}
        self.assertEqual(mapping.first("image"), "image")
        self.assertIn("default_code", mapping.missing())
        self.assertNotIn("image_1920", mapping.missing())
        self.assertEqual(mapping.row_fields(), ["name", "write_date"])

    def test_one_kind_of_name_is_enough(self):
        mapping = Mapping("test_drive", peer={"first_name": {}, "status": {}})
        self.assertNotIn("name", mapping.missing())
        self.assertNotIn("last_name", mapping.missing())

    def test_since(self):  # the peer's clock, five minutes back
        mark, moved = datetime(2026, 1, 5, 8, 3), "2026-01-05 07:58:00"
        moved = ["write_date", ">=", moved]
        self.assertEqual(distributor.since(mark, []), [moved])
        self.assertEqual(distributor.since(mark, [7]), ["|", moved, ["id", "in", [7]]])

    def test_moments_links_numbers(self):
        for value in ("2026-01-05 08:00:00.999", "2026-01-05T08:00:00"):
            self.assertEqual(records.moment(value), datetime(2026, 1, 5, 8))
        for value in ("yesterday", False, None, 7, []):
            self.assertIsNone(records.moment(value))
        self.assertEqual(records.link([3, "A  B"]), (3, "A B"))
        self.assertEqual(records.link(3), (3, ""))
        for value in (False, None, "x", [], [False, "x"], True):
            self.assertEqual(records.link(value), (0, ""), value)
        for value in ("nan", float("inf"), "abc", [1], 1e300):
            with self.assertRaises(BadRow):
                records.number(value)
        self.assertEqual(records.number("12.5"), 12.5)

    def test_domains(self):
        for source in ("", "[]", " [] "):
            self.assertEqual(distributor.parse_domain(source), [])
        self.assertEqual(
            distributor.parse_domain("['|', ('a', '=', 1), ('b', 'in', [2])]"),
            ["|", ["a", "=", 1], ["b", "in", [2]]],
        )
        for source in ("x", "1", "[1]", "[('a',)]", "[('a', '=', f())]"):
            with self.assertRaises(ValueError):
                distributor.parse_domain(source)

    def test_codes(self):  # B21 B22
        mapping = Mapping("dealer")
        codes = list(records.dealer_codes(mapping, {"id": 57}, "FOTON"))
        self.assertEqual(codes[:3], ["DIST-57", "DIST-57-57", "DIST-57-57-FOTON"])
        row = {"id": 57, "dealer_name": "MANILA"}
        codes = list(records.dealer_codes(mapping, row, "FOTON"))
        self.assertEqual(codes[:2], ["MANILA", "MANILA-57"])

    def test_description_is_the_first_that_is_not_empty(self):  # C32
        mapping = Mapping("product")
        row = {"id": 1, "name": "A", "description_sale": False}
        row["description"] = "<p>Notes</p>"
        self.assertEqual(records.product_values(mapping, row)["description"], "Notes")
