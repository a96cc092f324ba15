"""The page Dealerships: menu, list, form and its ribbons."""

from odoo.tests import TransactionCase, tagged

from odoo.addons.vehicle_crm.tests.screens import ScreenMixin

from .common import BpoMixin

MENU = "BPO CRM/Data/Dealerships"
COLUMNS = {
    "code": "Code",
    "complete_name": "Complete Name",
    "city": "City",
    "region": "Region",
    "brand_ids": "Brands",
    "manager_name": "Manager",
    "odoo_connected": "Odoo Connected",
    "lead_count": "Leads",
    "so_pushed_count": "SOs Pushed",
}
GROUPS = {
    "Basic Info": ("Code", "City", "Region", "Sequence", "Active"),  # B32
    "Contact": ("Phone", "Mobile", "Email"),  # B33
    "Manager": ("Manager Name", "Manager Email"),  # B34
    "Brands": ("Brands",),  # B35
    "Address": ("Address",),  # B36
}
CONNECTION = {
    "odoo_url": "Odoo URL",
    "odoo_db": "Database",
    "odoo_username": "Username",
    "odoo_password": "Password",
}


@tagged("post_install", "-at_install")
class TestPageDealerships(ScreenMixin, BpoMixin, TransactionCase):
    def test_menu(self):  # B01, B08
        for user in (self.agent, self.supervisor, self.manager):
            window = self.window(user, MENU)
            self.assertEqual(window["res_model"], "crm.dealership")
            self.assertEqual(window["views"][0][1], "list")
        self.assertEqual(self.dealership.display_name, "Manila — FOTONX")

    def test_columns(self):  # B09, B10, B11, B12, B13, B14, B15
        for user in (self.agent, self.supervisor, self.manager):
            tree = self.screen(user, MENU, "list")
            columns = self.columns(tree)
            ours = {name: columns[name] for name in columns if name in COLUMNS}
            self.assertEqual(list(ours.items()), list(COLUMNS.items()))
            tags = tree.find("field[@name='brand_ids']").get("widget")
            self.assertEqual(tags, "many2many_tags")

    def test_groups_of_the_form(self):  # B32, B33, B34, B35, B36
        for user in (self.agent, self.supervisor, self.manager):
            tree = self.screen(user, MENU, "form")
            for label, fields in GROUPS.items():
                with self.subTest(user=user.login, group=label):
                    found = self.group(tree, label).values()
                    self.assertEqual(tuple(found), fields)
            (name,) = tree.xpath("//h1/field[@name='name']")
            self.assertEqual(name.get("string"), "Name")

    def test_connection_tab(self):  # B37, B38, B39, B40, B41, B44
        page = "//page[@string='Odoo Connection']"
        test = "//header/button[@name='action_test_connection']"
        for user in (self.agent, self.supervisor):
            tree = self.screen(user, MENU, "form")
            self.assertFalse(tree.xpath(page) + tree.xpath(test))
            for name in CONNECTION:
                self.assertFalse(tree.xpath(f"//field[@name='{name}']"))
        tree = self.screen(self.manager, MENU, "form")
        self.assertEqual(tree.xpath(test)[0].get("string"), "Test Connection")
        for name, label in CONNECTION.items():
            (node,) = tree.xpath(f"{page}//field[@name='{name}']")
            self.assertEqual(node.get("string"), label)
        (secret,) = tree.xpath("//field[@name='odoo_password']")
        self.assertEqual(secret.get("password"), "True")

    def test_ribbons(self):  # B45, B46, B47
        def ribbons():
            names = ("active", "odoo_configured", "odoo_connected")
            (values,) = self.dealership.with_user(self.agent).read(names)
            return {
                ribbon.get("title"): ribbon.get("bg_color")
                for ribbon in tree.xpath("//widget[@name='web_ribbon']")
                if self.shown(ribbon, **values)
            }

        tree = self.screen(self.agent, MENU, "form")
        self.assertEqual(ribbons(), {})
        self.start_dealer()
        self.assertEqual(ribbons(), {"Not Connected": "text-bg-warning"})
        self.dealership.with_user(self.manager).action_test_connection()
        self.assertEqual(ribbons(), {"Connected": "text-bg-success"})
        self.dealer.password = "changed there"
        self.dealership.remote_id.uid = 0
        self.dealership.with_user(self.manager).action_test_connection()
        self.assertEqual(ribbons(), {"Not Connected": "text-bg-warning"})

    def test_filters(self):  # B16
        tree = self.screen(self.agent, MENU, "search")
        labels = [node.get("string") for node in tree.iter("filter")]
        self.assertIn("Connected", labels)
        self.assertIn("Not Connected", labels)
