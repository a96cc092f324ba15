from odoo.tests import BaseCase, tagged

from odoo.addons.vehicle_crm.mail_address import addresses, is_filler, word

FOUND = [
    ("s@x.ph", ["s@x.ph"]),
    ("S@X.PH", ["s@x.ph"]),
    ("s@x.ph.", ["s@x.ph"]),
    ("mailto:s@x.ph", ["s@x.ph"]),
    ("<mailto:s@x.ph>", ["s@x.ph"]),
    ("Sam <s@x.ph>", ["s@x.ph"]),
    ("Sam s@x.ph", ["s@x.ph"]),
    ('"Sam, Jr." <s@x.ph>', ["s@x.ph"]),
    ("'s@x.ph'", ["s@x.ph"]),
    ("s @ x.ph", ["s@x.ph"]),
    ("s[at]x.ph", ["s@x.ph"]),
    ("s\uff20x.ph", ["s@x.ph"]),
    ("s@x.ph\u00a0", ["s@x.ph"]),
    ("\u200bs@x.ph\u202c", ["s@x.ph"]),
    ("s@x\u200b.ph", ["s@x.ph"]),
    ("s@x.ph?subject=Hello", ["s@x.ph"]),
    ("a@x.ph, b@x.ph", ["a@x.ph", "b@x.ph"]),
    ("a@x.ph;b@x.ph", ["a@x.ph", "b@x.ph"]),
    ("a@x.ph/b@x.ph", ["a@x.ph", "b@x.ph"]),
    ("a@x.ph / b@x.ph", ["a@x.ph", "b@x.ph"]),
    ("a@x.ph or b@x.ph", ["a@x.ph", "b@x.ph"]),
    ("a@x.ph|b@x.ph", ["a@x.ph", "b@x.ph"]),
    ("a@x.ph\nb@x.ph", ["a@x.ph", "b@x.ph"]),
    ("a@x.ph, A@X.PH", ["a@x.ph"]),
    ("a@x, b@x.ph", ["b@x.ph", "a@x"]),
    ("N/A, b@x.ph", ["b@x.ph"]),
    ("a@@x.ph, b@x.ph", ["b@x.ph"]),
    ("Sam <s@x>", ["s@x"]),
    ("o'neil+cars@x.ph", ["o'neil+cars@x.ph"]),
    ("pe\u00f1a@x.ph", ["pe\u00f1a@x.ph"]),
    ('<a href="mailto:s@x.ph">s@x.ph</a>', ["s@x.ph"]),
    ("N/A", []),
    ("none", []),
    ("@x.ph", []),
    ("s@", []),
    ("s@x..ph", []),
    ("a@b@c", []),
    ("a@x.ph@y.ph", []),
    ("a" * 300 + "@x.ph", []),
    ("", []),
    (False, []),
    (None, []),
    (12, []),
]


@tagged("post_install", "-at_install")
class TestMailAddress(BaseCase):
    def test_addresses(self):
        for text, found in FOUND:
            with self.subTest(text=text):
                self.assertEqual(addresses(text), found)

    def test_long_text(self):
        self.assertEqual(addresses("s@x.ph " + "<a@" * 10**6), ["s@x.ph"])

    def test_fillers(self):
        for address in ("xxx@x.ph", "aaaa@x.ph", "123@x.ph", "12345@x.ph"):
            self.assertTrue(is_filler(address), address)
        for address in ("j@x.ph", "jo@x.ph", "11@x.ph", "9175550101@x.ph"):
            self.assertFalse(is_filler(address), address)

    def test_word(self):
        for address in ("noreply@x.ph", "No-Reply@x.ph", "no.reply+5@x.ph"):
            self.assertEqual(word(address), "noreply")
        self.assertEqual(word("test123@x.ph"), "test")
        self.assertEqual(word("ana1990@x.ph"), "ana1990")
