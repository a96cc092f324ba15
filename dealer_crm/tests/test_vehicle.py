from lxml import etree

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import DealerCase


@tagged("post_install", "-at_install")
class TestVehicle(DealerCase):
    def test_vehicle_of_another_brand(self):  # D20
        lead = self.new_lead(self.user)
        with self.assertRaisesRegex(ValidationError, "not a vehicle of Kestrel"):
            lead.product_id = self.other_vehicle
        with self.assertRaisesRegex(
            ValidationError, "Registration has no brand, .* have a manager set"
        ):
            lead.product_id = self.service
        with self.assertRaises(ValidationError):
            self.new_lead(self.user, product_id=self.other_vehicle.id)

    def test_changing_the_brand_clears_the_vehicle(self):
        lead = self.new_lead(self.user)
        lead.brand_id = self.other_brand
        self.assertFalse(lead.product_id)
        lead.write({"brand_id": self.brand.id, "product_id": self.vehicle.id})
        self.assertEqual(lead.product_id, self.vehicle)
        lead.brand_id = False
        self.assertFalse(lead.product_id)

    def test_form(self):
        lead = self.new_lead(self.user, brand_id=False, product_id=False)
        view = "dealer_crm.crm_lead_view_form"
        with Form(lead, view=view) as form:
            form.product_id = self.vehicle
            self.assertEqual(form.brand_id, self.brand)
            form.brand_id = self.other_brand
            self.assertFalse(form.product_id)

    def test_picker_creates_for_every_role(self):  # D20
        view = self.env.ref("dealer_crm.crm_lead_view_form")
        for user in (self.user, self.manager, self.admin):
            leads = self.env["crm.lead"].with_user(user)
            arch = leads.get_views([(view.id, "form")])["views"]["form"]["arch"]
            field = etree.fromstring(arch).find(".//field[@name='product_id']")
            self.assertEqual(field.get("can_create"), "True")
            self.assertIn("'default_brand_id': brand_id", field.get("context"))
            domain = leads._fields["product_id"].domain
            self.assertIn("('brand_id', '=?', brand_id)", domain)

    def test_user_creates_a_vehicle_under_the_brand(self):  # D20
        lead = self.new_lead(self.user, product_id=False)
        products = self.env["product.product"].with_user(self.user)
        product_id, _name = products.with_context(
            default_brand_id=lead.brand_id.id,
            default_type="consu",
            default_is_storable=True,
        ).name_create("Kestrel K9")
        product = products.browse(product_id)
        self.assertRecordValues(
            product,
            [{"brand_id": self.brand.id, "is_storable": True, "sale_ok": True}],
        )
        lead.product_id = product
        lead.action_convert_to_quotation()
        self.assertEqual(lead.sale_order_id.order_line.product_id, product)
        with self.assertRaises(AccessError):
            self.vehicle.with_user(self.user).list_price = 1
        self.vehicle.with_user(self.manager).list_price = 880000

    def test_catalogue_gets_its_brands(self):  # D20
        """A manager filters what has no brand and sets it on many at once."""
        arch = etree.fromstring(
            self.env.ref("product.product_template_search_view").get_combined_arch()
        )
        without = arch.find(".//filter[@name='without_brand']")
        beside = (without.getprevious().get("name"), without.getnext().tag)
        self.assertEqual(beside, ("vehicles", "separator"))  # a choice of its own
        domain = without.get("domain")
        templates = self.env["product.template"].with_user(self.manager)
        vehicle = self.service.product_tmpl_id
        found = templates.search(safe_eval(domain))
        self.assertIn(vehicle, found)
        self.assertNotIn(self.vehicle.product_tmpl_id, found)
        view = self.env.ref("product.product_template_tree_view")
        arch = etree.fromstring(view.get_combined_arch())
        self.assertEqual(arch.get("multi_edit"), "1")
        self.assertTrue(arch.findall(".//field[@name='brand_id']"))
        vehicle.with_user(self.manager).brand_id = self.brand
        self.new_lead(self.user).product_id = self.service

    def test_vehicles_of_a_brand(self):
        action = self.brand.with_user(self.user).action_view_products()
        found = self.env["product.template"].search(action["domain"])
        self.assertEqual(found, self.vehicle.product_tmpl_id)
        self.assertEqual(self.brand.product_count, 1)
