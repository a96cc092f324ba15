"""The page Brands, its distributor part: list, tab, status, filters and buttons."""

from datetime import datetime

from odoo.addons.vehicle_crm.tests.screens import ScreenMixin

from .common import SyncCase
from .fake_distributor import FakeDistributor

MENU = "BPO CRM/Data/Brands"
CONNECTION = {
    "distributor_url": "Distributor URL",
    "distributor_db": "Distributor Database",
    "distributor_username": "Distributor Username",
    "distributor_password": "Distributor Password",
    "distributor_verify_ssl": "Verify SSL Certificate",
}
FILTERS = {
    "filter_is_unit": "Is Unit",
    "filter_serial": "Serial Tracking",
    "filter_saleable": "Saleable",
}


class TestPageBrands(ScreenMixin, SyncCase):
    def test_columns(self):  # A10-A16
        labels = [
            "Code",
            "Name",
            "Models",
            "Leads",
            "Distributor Connected",
            "Last Vehicle Sync",
            "Active",
        ]
        for user in (self.agent, self.supervisor, self.manager):
            columns = self.columns(self.screen(user, MENU, "list"))
            found = [label for label in columns.values() if label in labels]
            self.assertEqual(found, labels, user.login)

    def listed(self, name):
        """Return a column's value as an agent's list shows it."""
        brand = self.env["crm.brand"].with_user(self.agent)
        self.env.invalidate_all()
        rows = brand.web_search_read([("id", "=", self.brand.id)], {name: {}})
        return rows["records"][0][name]

    def test_connected_is_the_last_test(self):  # A14
        self.assertFalse(self.listed("distributor_connected"))
        self.assertEqual(self.sync("action_test_connection")[0], "success")
        self.assertTrue(self.listed("distributor_connected"))
        self.fake.password = "changed there"
        self.brand.sudo().remote_id.uid = 0
        self.assertEqual(self.sync("action_test_connection")[0], "danger")
        self.assertFalse(self.listed("distributor_connected"))

    def test_last_sync_is_the_last_that_succeeded(self):  # A15
        self.fake.unit()
        self.sync()
        before = datetime(2026, 1, 5, 8)
        self.brand.sudo().distributor_last_sync = before
        password, self.fake.password = self.fake.password, "changed there"
        self.brand.sudo().remote_id.uid = 0
        self.assertEqual(self.sync()[0], "danger")
        self.assertEqual(self.listed("distributor_last_sync"), before)
        self.fake.password = password
        self.sync("action_test_connection")
        self.assertEqual(self.sync()[0], "success")
        self.assertGreater(self.listed("distributor_last_sync"), before)

    def test_tab(self):  # A26-A30, A32, A41
        page = "//page[@string='Distributor Connection']"
        tree = self.screen(self.manager, MENU, "form")
        for name, label in CONNECTION.items():
            (node,) = tree.xpath(f"{page}//field[@name='{name}']")
            self.assertEqual(node.get("string"), label)
        (secret,) = tree.xpath("//field[@name='distributor_password']")
        self.assertEqual(secret.get("password"), "True")
        self.assertEqual(self.group(tree, "Sync Filters"), FILTERS)
        for user in (self.agent, self.supervisor):
            tree = self.screen(user, MENU, "form")
            self.assertFalse(tree.xpath(page))
            for name in CONNECTION:
                self.assertFalse(tree.xpath(f"//field[@name='{name}']"))

    def test_buttons_wait_for_the_first_save(self):  # A25, A37, A46, A47
        tree = self.screen(self.manager, MENU, "form")
        buttons = {
            node.get("string"): node
            for node in tree.xpath("//header/button[not(@invisible='1')]")
        }
        for label in ("Test Connection", "Sync Vehicle Models", "Sync Dealers"):
            button = buttons[label]
            self.assertFalse(self.shown(button, id=False, active=True), label)
            self.assertTrue(self.shown(button, id=self.brand.id, active=True), label)

    def test_names_of_the_connection(self):  # A28, A29
        self.brand.distributor_db = "other"
        self.brand.distributor_username = "sync"
        remote = self.brand.sudo().remote_id
        self.assertEqual((remote.database, remote.username), ("other", "sync"))

    def test_certificates(self):  # A32, A33
        (warning,) = self.screen(self.manager, MENU, "form").xpath(
            "//group[@name='distributor_connection']/div[contains(@class, 'warning')]"
        )
        for verify in (True, False):
            self.brand.write(
                {"distributor_verify_ssl": verify, "distributor_password": "secret"}
            )
            self.assertEqual(
                self.shown(warning, distributor_verify_ssl=verify), not verify
            )
            with self.brand.sudo()._remote_client() as client:
                self.assertEqual(client.verify, verify)

    def test_status(self):  # A38, A49, A50, A51, A59
        for user in (self.agent, self.manager):
            status = self.group(self.screen(user, MENU, "form"), "Status")
            self.assertLessEqual(
                {
                    "distributor_connected",
                    "distributor_last_sync",
                    "distributor_last_dealer_sync",
                    "distributor_last_lead_sync",
                },
                set(status),
            )

    def test_dealers_of_this_brand_only(self):  # B17
        other = self.start(FakeDistributor(db="other"))
        self.make_brand("SYNCO", other)
        other.dealer(name="Not asked for")
        self.fake.dealer(name="Asked for")
        self.assertEqual(self.sync("action_sync_dealers")[0], "success")
        found = self.env["crm.dealership"].search([("name", "like", "sked for")])
        self.assertEqual(found.mapped("name"), ["Asked for"])
        self.assertEqual(found.brand_ids, self.brand)
        self.assertFalse(other.calls)

    def test_pages(self):  # C19
        self.parameter("page_size", 100)
        for number in range(250):
            self.fake.unit(name=f"Unit {number}")
        self.assertEqual(self.sync()[0], "info")
        self.fake.calls.clear()  # the button looked whether it is one page
        self.run_cron()
        self.assertEqual(len(self.models()), 250)
        pages = [fields for _domain, fields in self.fake.searches("product.template")]
        self.assertEqual(len([fields for fields in pages if "name" in fields]), 3)
