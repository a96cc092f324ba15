from odoo.tests import BaseCase, tagged

from odoo.addons.remote_odoo.text import fold

UNSEEN = [
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x206A),
    *(0xFEFF, 0xAD, 0x61C, 0x180E, 0x34F, 0x3164, 0xE0041, 0x7F, 0x0),
]
SPACES = [0xA0, 0x2028, 0x2029, 0x2007, 0x202F, 0x3000, 0x2800, 0x9, 0xA, 0xD, 0x85]


@tagged("post_install", "-at_install")
class TestText(BaseCase):
    def test_what_nobody_sees_is_taken_out(self):
        for code in UNSEEN:
            with self.subTest(hex(code)):
                mark = chr(code)
                self.assertEqual(
                    fold(f"{mark}Ju{mark}an{mark} Cruz{mark}"), "Juan Cruz"
                )
                self.assertEqual(fold(mark * 3), "")

    def test_every_space_is_one_space(self):
        for code in SPACES:
            with self.subTest(hex(code)):
                space = chr(code)
                self.assertEqual(fold(f"{space}Juan{space}{space}Cruz "), "Juan Cruz")
                self.assertEqual(fold(space), "")

    def test_other_text_stays(self):
        for text in (
            "Juan Cruz",
            "Jos\u00e9 Pe\u00f1a",
            "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",  # Persian, with ZWNJ
            "\u0915\u094d\u200d\u0937",  # Hindi, with ZWJ
            "\u845b\U000e0100\u57ce",  # Japanese, with a variant of the first sign
            "\U0001f697",
            "\u2764\ufe0f",
        ):
            with self.subTest(text):
                self.assertEqual(fold(text), text)

    def test_joiners_elsewhere(self):
        self.assertEqual(fold("Ma\u200cria\u200d"), "Maria")
        self.assertEqual(fold("\u200c\u0639\u0644\u06cc\u200c"), "\u0639\u0644\u06cc")

    def test_halves_of_a_pair(self):
        self.assertEqual(fold("Juan\ud800"), "Juan")
