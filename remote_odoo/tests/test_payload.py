from odoo.tests import tagged
from odoo.tests.common import BaseCase

from .. import payload as shape
from ..payload import PayloadError, check_payload, clean

SCHEMA = {
    "name": shape.text(10, required=True),
    "kind": shape.text(10, choices=("a", "b")),
    "amount": shape.number(maximum=100),
    "count": shape.integer(1, 5, default=1),
    "flag": shape.boolean(),
    "at": shape.moment(),
    "key": shape.key(),
    "url": shape.url(),
    "customer": shape.group({"mobile": shape.text(5)}),
    "rows": shape.items(shape.group({"id": shape.integer(1)}), 2),
}
KEY = "0b8f3f0e-3c53-4b0c-8a5e-0f6f2a1d9c11"


@tagged("post_install", "-at_install")
class TestPayload(BaseCase):
    def check(self, **values):
        return check_payload({"name": "x", **values}, SCHEMA)

    def test_empty_values_become_defaults(self):
        expected = {
            "name": "x",
            "kind": False,
            "amount": 0.0,
            "count": 1,
            "flag": False,
            "at": False,
            "key": False,
            "url": False,
            "customer": {"mobile": False},
            "rows": [],
        }
        self.assertEqual(self.check(), expected)
        for empty in (None, False, ""):
            self.assertEqual(
                self.check(**{n: empty for n in SCHEMA if n != "name"}), expected
            )

    def test_good_values_pass(self):
        values = {
            "name": "Juan",
            "kind": "b",
            "amount": 12.5,
            "count": 5,
            "flag": True,
            "at": "2026-11-22 06:30:00",
            "key": KEY,
            "url": "https://bpo.example.com/odoo/1?a=b#c",
            "customer": {"mobile": "0917"},
            "rows": [{"id": 1}, {"id": 2}],
        }
        self.assertEqual(check_payload(values, SCHEMA), values)

    def test_unknown_keys_are_ignored(self):
        self.assertNotIn("other", self.check(other={"deep": [[[1]]]}))

    def test_each_wrong_value_names_its_field(self):
        wrong = {
            "name": [
                None,
                False,
                "",
                "   ",
                7,
                ["x"],
                {"a": 1},
                "x" * 11,
                "a\x00b",
                "\ud800",
                b"x",
            ],
            "kind": ["c", "A", True],
            "amount": [
                "5",
                True,
                -1,
                101,
                float("nan"),
                float("inf"),
                10**400,
                [],
                {},
            ],
            "count": [0, 6, 2.0, "2", True, 2**70],
            "flag": [0, 1, "true", [], {}],
            "at": ["2026-11-22", "2026-13-01 00:00:00", 5, [], "2026-11-22T06:30:00Z"],
            "key": ["x", KEY.upper(), KEY + "0", 5, f" {KEY}"],
            "url": ["javascript:alert(1)", "ftp://x", "http://a b", 'http://a"b', 1],
            "customer": ["x", 5, [1]],
            "customer.mobile": [],
            "rows": ["x", {"id": 1}, 5, [{"id": 1}] * 3],
        }
        for name, values in wrong.items():
            for value in values:
                with (
                    self.subTest(field=name, value=repr(value)[:40]),
                    self.assertRaises(PayloadError) as caught,
                ):
                    self.check(**{name: value})
                self.assertEqual(caught.exception.field, name)
                self.assertTrue(str(caught.exception).startswith(f"{name}: "))

    def test_nested_field_is_named_with_its_path(self):
        with self.assertRaisesRegex(PayloadError, r"^customer\.mobile: longer than 5"):
            self.check(customer={"mobile": "123456"})
        with self.assertRaisesRegex(PayloadError, r"^rows\[1\]\.id: "):
            self.check(rows=[{"id": 1}, {"id": "2"}])
        with self.assertRaisesRegex(PayloadError, r"^rows\[0\]: an object"):
            self.check(rows=["x"])

    def test_clean_takes_out_what_nobody_sees(self):
        dirty = {"name": "Ju\x00an\ud800", "customer": {"mobile": "\x0b09"}, "count": 2}
        self.assertEqual(
            clean(dirty), {"name": "Juan", "customer": {"mobile": "09"}, "count": 2}
        )
        self.assertEqual(clean("line\n\ttab\r é 🚗"), "line\n\ttab\r é 🚗")

    def test_payload_itself_must_be_an_object(self):
        for value in (None, False, [], "x", 5, [("name", "x")]):
            with self.subTest(value=value):
                with self.assertRaisesRegex(PayloadError, "^payload: an object"):
                    check_payload(value, SCHEMA)


@tagged("post_install", "-at_install")
class TestBuildPayload(BaseCase):
    """What the sender does, so that the receiver has nothing to refuse."""

    SCHEMA = {
        "name": shape.text(10, required=True),
        "note": shape.text(100, cuttable=True),
        "short": shape.text(8, cuttable=True),
        "url": shape.url(30),
        "inner": shape.group({"note": shape.text(100, cuttable=True)}),
        "rows": shape.items(shape.text(8, cuttable=True), 3),
    }

    def build(self, **values):
        payload = shape.build_payload({"name": "x", **values}, self.SCHEMA)
        self.assertEqual(set(payload), {"name", *values})  # what was not said stays out
        return check_payload(payload, self.SCHEMA)

    def test_cut_with_a_mark(self):
        note = self.build(note="y" * 12_345)["note"]
        self.assertEqual(len(note), 100)
        self.assertTrue(note.endswith("y […cut, 12,345 characters in all]"))
        self.assertEqual(self.build(short="z" * 9)["short"], "zzzzzzz…")
        self.assertEqual(self.build(short="z" * 8)["short"], "z" * 8)
        inner = self.build(inner={"note": "y" * 101})["inner"]["note"]
        self.assertEqual(len(inner), 100)
        self.assertEqual(self.build(rows=["z" * 9])["rows"], ["zzzzzzz…"])

    def test_refused_where_nothing_may_be_cut(self):
        with self.assertRaisesRegex(PayloadError, "^name: longer"):
            shape.build_payload({"name": "x" * 11}, self.SCHEMA)

    def test_an_address_that_is_none_is_left_out(self):
        for wrong in ("javascript:alert(1)", "https://a" + "b" * 30, 5):
            self.assertFalse(self.build(url=wrong)["url"])
        self.assertEqual(self.build(url="https://a.b")["url"], "https://a.b")

    def test_cleaned_and_unknown_fields_left_out(self):
        payload = shape.build_payload({"name": "a\x00b", "else": 1}, self.SCHEMA)
        self.assertEqual(payload, {"name": "ab"})

    def test_each_row_alone(self):
        good, bad = shape.check_rows(
            [{"id": 1}, {"id": "x"}, 5, {"id": 2}], {"id": shape.integer(1)}, "rows"
        )
        self.assertEqual(good, [{"id": 1}, {"id": 2}])
        self.assertEqual([row for row, _error in bad], [{"id": "x"}, 5])
        self.assertIn("rows[1].id: ", str(bad[0][1]))
        self.assertIn("rows[2]: ", str(bad[1][1]))

    def test_a_receiver_that_shortens(self):
        check = shape.shortened(10)
        self.assertEqual(check(" ab\x00c ", "x"), "abc")
        self.assertEqual(check("z" * 11, "x"), "zzzzzzzzz…")
        for nothing in (None, False, "", 5, [], {"a": 1}):
            self.assertFalse(check(nothing, "x"))
