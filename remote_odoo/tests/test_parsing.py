"""What is parsed comes out as it was written; what would take too much is refused."""

import json
import random
import xmlrpc.client

from odoo.tests import BaseCase, tagged

from .. import parsing
from ..errors import BadReply
from ..parsing import DEPTH, parse_json, parse_xml

TEXTS = (
    "", "plain", 'with "quotes" and \\ and \\" and [brackets} in it', "\\" * 7, "é",
    "日本語", "🚗🚗", "a\nb\r\nc\td", "[[[[{{{{", '"]}', "&lt; & &amp; <b>", " ",
)  # fmt: skip


def nested(levels, inner=1):
    for _level in range(levels):
        inner = [inner]
    return inner


@tagged("post_install", "-at_install")
class TestParsing(BaseCase):
    def samples(self):
        yield from (None, True, False, 0, -1, 2**31, 1.5, -2.5e9, [], {}, [[]], [{}])
        yield from TEXTS
        yield {text: [text, {"x": text}] for text in TEXTS}
        yield nested(DEPTH - 3)
        chance = random.Random(7)
        for _sample in range(50):
            yield [
                {chance.choice(TEXTS): [chance.choice(TEXTS), chance.random()]}
                for _row in range(chance.randrange(9))
            ]

    def test_json(self):
        for value in self.samples():
            for plain in (True, False):
                data = json.dumps(value, ensure_ascii=plain).encode()
                self.assertEqual(parse_json(bytearray(data)), value)

    def test_xml(self):
        for value in self.samples():
            if value == 2**31:
                continue
            data = xmlrpc.client.dumps((value,), methodresponse=True, allow_none=True)
            got = parse_xml(bytearray(data.encode()))
            self.assertEqual(
                got, json.loads(json.dumps(value).replace("\\r\\n", "\\n"))
            )

    def test_escapes_at_the_seam_of_two_parts(self):
        """Texts are told from brackets wherever a part of the bytes ends."""
        for part in (1, 2, 3, 5, 8):
            self.patch(parsing, "PART", part)
            for text in TEXTS:
                data = json.dumps([text, [text]]).encode()
                self.assertEqual(parse_json(bytearray(data)), [text, [text]])

    def test_depth(self):
        for levels in (DEPTH + 1, 500, 100_000):
            data = b"[" * levels + b"]" * levels
            with self.assertRaisesRegex(BadReply, "deeper|more than"):
                parse_json(bytearray(data))
            with self.assertRaisesRegex(BadReply, "deeper|more than"):
                parse_json(bytearray(b'{"a":' * levels + b"1" + b"}" * levels))
            for start, end in (
                (b"<value><array><data>", b"</data></array></value>"),
                (b"<value>", b"</value>"),
                (b"<data>", b"</data>"),
                (b"<struct><member>", b"</member></struct>"),
            ):
                inner = start * levels * 3 + end * levels * 3
                with self.assertRaisesRegex(BadReply, "deeper|more than"):
                    parse_xml(bytearray(self.document(inner)))

    def document(self, value):
        param = b"<param>%s</param>" % value
        return b"<methodResponse><params>%s</params></methodResponse>" % param

    def test_too_many_values(self):
        for data in (b"[%s0]" % (b"[]," * 700_000), b"[%s0]" % (b'"",' * 700_000)):
            with self.assertRaisesRegex(BadReply, "more than"):
                parse_json(bytearray(data))
        value = b"<value><array><data>%s</data></array></value>"
        for one in (b"<value></value>", b"<value><int>1</int></value>"):
            with self.assertRaisesRegex(BadReply, "more than"):
                parse_xml(bytearray(self.document(value % (one * 1_000_000))))

    def test_a_page_of_a_size_that_is_allowed(self):
        """A thousand rows of forty fields pass by both protocols."""
        row = {f"field_{number}": "some text" for number in range(40)}
        rows = [{"id": number, **row} for number in range(1000)]
        self.assertEqual(parse_json(bytearray(json.dumps(rows).encode())), rows)
        data = xmlrpc.client.dumps((rows,), methodresponse=True)
        self.assertEqual(parse_xml(bytearray(data.encode())), rows)

    def test_no_json(self):
        for data in (
            b"",
            b"x",
            b'"' * 9,
            b"[1",
            b"1e999",
            b"NaN",
            b"\xff",
            b"9" * 5000,
        ):
            with self.assertRaises(ValueError):
                parse_json(bytearray(data))

    def test_kinds_that_json_has_no_word_for(self):
        """They come as texts, as JSON has them: what is stored is the same."""
        for inner, value in (
            (b"<dateTime.iso8601>20261122T10:00:05</dateTime.iso8601>",
             "2026-11-22 10:00:05"),
            (b"<base64>\nAQID\n</base64>", "AQID"),
            (b"<nil/>", None),
            (b"<i8>3000000000</i8>", 3_000_000_000),
        ):  # fmt: skip
            data = self.document(b"<value>%s</value>" % inner)
            self.assertEqual(parse_xml(bytearray(data)), value)
        for inner in (
            b"<double>1e999</double>", b"<double>nan</double>", b"<int>x</int>",
            b"<boolean>7</boolean>", b"<dateTime.iso8601>now</dateTime.iso8601>",
            b"<struct/>", b"<array/>", b"<odd>1</odd>", b"<string a='1'>x</string>",
            b"<struct><member><name>a</name></member></struct>",
        ):  # fmt: skip
            data = self.document(b"<value>%s</value>" % inner)
            with self.assertRaises((ValueError, LookupError, TypeError)):
                parse_xml(bytearray(data))
