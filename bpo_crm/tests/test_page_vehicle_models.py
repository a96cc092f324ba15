"""The page Vehicle Models: menu, list, form, groupings and pictures of the roles."""

from odoo.tests import TransactionCase, tagged
from odoo.tools.safe_eval import safe_eval

from odoo.addons.vehicle_crm.tests.screens import ScreenMixin

from .common import BpoMixin

MENU = "BPO CRM/Data/Vehicle Models"
COLUMNS = {
    "default_code": "Internal Reference",  # C08
    "name": "Model Name",  # C09
    "brand_id": "Brand",  # C10
    "category": "Category",  # C11
    "list_price": "List Price",  # C12
    "lead_count": "Lead Count",  # C13
    "active": "Active",  # C14
}
FORM = {
    "image_1920": "Image",  # C25
    "name": "Model Name",  # C26
    "brand_id": "Brand",  # C27
    "default_code": "Internal Reference",  # C28
    "external_ref": "External Reference",  # C29
    "category": "Category",  # C30
    "list_price": "List Price",  # C31
    "description": "Description",  # C32
}


@tagged("post_install", "-at_install")
class TestPageVehicleModels(ScreenMixin, BpoMixin, TransactionCase):
    def test_menu(self):  # C01, C07
        for user in (self.agent, self.supervisor, self.manager):
            window = self.window(user, MENU)
            self.assertEqual(window["res_model"], "crm.vehicle.model")
            self.assertEqual(window["views"][0][1], "list")

    def test_columns(self):  # C08-C14
        for user in (self.agent, self.supervisor, self.manager):
            tree = self.screen(user, MENU, "list")
            found = self.columns(tree)
            ours = {name: found[name] for name in found if name in COLUMNS}
            self.assertEqual(list(ours.items()), list(COLUMNS.items()), user.login)
            brand = self.model._fields["brand_id"]
            self.assertEqual(brand.comodel_name, "crm.brand")

    def test_new_is_for_managers(self):  # C02, C05
        for user, offered in (
            (self.agent, False),
            (self.supervisor, False),
            (self.manager, True),
        ):
            for kind in ("list", "kanban", "form"):
                tree = self.screen(user, MENU, kind)
                # What the server sets for a user who may not create.
                self.assertEqual(tree.get("create") != "False", offered, user.login)

    def test_group_by(self):  # C15
        tree = self.screen(self.agent, MENU, "search")
        filters = {node.get("string"): node for node in tree.xpath("//group/filter")}
        models = self.env["crm.vehicle.model"].with_user(self.agent)
        self.model.category = "Pick-up"
        both = (self.model | self.other_model).ids
        for label, key in (("Brand", self.brand), ("Category", "Pick-up")):
            field = safe_eval(filters[label].get("context"))["group_by"]
            groups = models._read_group([("id", "in", both)], [field], ["__count"])
            self.assertEqual(len(groups), 2)
            self.assertIn((key, 1), groups)

    def test_form(self):  # C25, C26, C28, C29, C30, C31, C32
        for user in (self.agent, self.manager):
            tree = self.screen(user, MENU, "form")
            for name, label in FORM.items():
                (node,) = tree.xpath(f"//field[@name='{name}']")
                self.assertEqual(node.get("string"), label)
            (key,) = tree.xpath("//field[@name='external_ref']")
            self.assertIn(key.get("readonly"), ("1", "True"))
            (brand,) = tree.xpath("//field[@name='brand_id']")
            self.assertTrue(safe_eval(brand.get("readonly"), {"id": self.model.id}))

    def test_smart_button(self):  # C33
        tree = self.screen(self.agent, MENU, "form")
        self.assertTrue(tree.xpath("//button[@name='action_view_leads']"))
        mine, _other = self.make_lead(), self.make_lead(vehicle_model_id=False)
        action = self.model.with_user(self.agent).action_view_leads()
        leads = self.env["crm.lead"].with_user(self.agent)
        self.assertEqual(leads.search(action["domain"]), mine)

    def test_distributor_info(self):  # C34
        page = (
            "//page[@string='Distributor Info']//field[@name='distributor_product_id']"
        )
        self.assertFalse(self.screen(self.agent, MENU, "form").xpath(page))
        (node,) = self.screen(self.manager, MENU, "form").xpath(page)
        self.assertEqual(node.get("string"), "Distributor Product ID")
