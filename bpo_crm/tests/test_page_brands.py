"""The page Brands: menu, list and form, without the distributor's part."""

from odoo.exceptions import ValidationError
from odoo.tests import Form, TransactionCase, new_test_user, tagged

from odoo.addons.vehicle_crm.tests.screens import ScreenMixin

from .common import BpoMixin

MENU = "BPO CRM/Data/Brands"


@tagged("post_install", "-at_install")
class TestPageBrands(ScreenMixin, BpoMixin, TransactionCase):
    def test_menu(self):  # A09
        for user in (self.agent, self.supervisor, self.manager):
            window = self.window(user, MENU)
            self.assertEqual(window["res_model"], "crm.brand")
            self.assertEqual(window["views"][0][1], "list")
        outsider = new_test_user(self.env, "bpo_outsider", groups="base.group_user")
        self.assertNotIn("BPO CRM", self.menus(outsider))

    def test_columns(self):  # A10, A11, A12, A13, A16
        for user in (self.agent, self.supervisor, self.manager):
            columns = self.columns(self.screen(user, MENU, "list"))
            expected = {
                "code": "Code",
                "name": "Name",
                "vehicle_model_count": "Models",
                "lead_count": "Leads",
                "active": "Active",
            }
            ours = {name: columns.get(name) for name in expected}
            self.assertEqual(ours, expected)
            self.assertEqual([n for n in columns if n in expected], list(expected))

    def test_active_toggle(self):  # A16
        for user, widgets in ((self.manager, ["boolean_toggle"]), (self.agent, [None])):
            tree = self.screen(user, MENU, "list")
            found = [
                node.get("widget") for node in tree.findall("field[@name='active']")
            ]
            self.assertEqual(found, widgets, user.login)
        self.brand.with_user(self.manager).web_save({"active": False}, {"active": {}})
        seen = self.env["crm.brand"].with_user(self.agent).search([])
        self.assertNotIn(self.brand, seen)
        self.assertIn(self.other_brand, seen)

    def test_order_by_hand(self):  # A23
        tree = self.screen(self.manager, MENU, "list")
        handle = tree.find("field[@widget='handle']")
        self.assertEqual(handle.get("name"), "sequence")
        self.assertFalse(
            tree.get("default_order"), "an order of its own hides the drag"
        )
        for user in (self.agent, self.manager):  # a field of the page's header too
            self.assertTrue(
                self.screen(user, MENU, "form").xpath("//field[@name='sequence']")
            )
        brands = self.brand | self.other_brand
        for number, brand in enumerate((self.other_brand, self.brand)):
            brand.with_user(self.manager).sequence = number
        found = brands.search([("id", "in", brands.ids)])
        self.assertEqual(list(found), [self.other_brand, self.brand])

    def test_new(self):  # A17, A19, A20
        view = self.env["crm.brand"].browse()
        with Form(view.with_user(self.manager)) as form:
            for name in ("name", "code", "logo"):
                self.assertFalse(form[name], name)
                self.assertFalse(form._get_modifier(name, "invisible"), name)
            self.assertTrue(form.active)
            form.name = "Jetour"
            with self.assertRaisesRegex(AssertionError, "code"):
                form.save()
            form.code = "jetourx"
        self.assertEqual(form.record.code, "JETOURX")
        with self.assertRaises(ValidationError), Form(view) as form:
            form.name, form.code = "Too long", "ELEVENCHARS"

    def test_color(self):  # A22
        tree = self.screen(self.manager, MENU, "form")
        (color,) = tree.xpath("//field[@name='color']")
        self.assertEqual(color.get("widget"), "color_picker")
        self.assertEqual(color.get("string"), "Brand Color")
        lead = self.make_lead()
        self.brand.with_user(self.manager).color = 7
        cards = self.screen(self.agent, "BPO CRM/Pipeline/My Pipeline", "kanban")
        shown = lead.with_user(self.agent).read([cards.get("highlight_color")])
        self.assertEqual(shown[0][cards.get("highlight_color")], 7)
