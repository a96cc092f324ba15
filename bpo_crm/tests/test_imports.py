from odoo.tests import tagged

from odoo.addons.vehicle_crm.tests.common import PipelineCase
from odoo.addons.vehicle_crm.tests.import_cases import FOLLOWING, ImportCases


@tagged("post_install", "-at_install")
class TestBpoImports(ImportCases, PipelineCase):
    pipeline = "bpo"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._new_user("import_manager", "bpo_crm.bpo_crm_group_manager")
        cls.models = cls.env["crm.vehicle.model"].create(
            [
                {"name": "G7", "default_code": "G7", "brand_id": cls.brand.id},
                {"name": "G7", "default_code": "G7-B", "brand_id": cls.brand.id},
                {"name": "G7 [long]", "brand_id": cls.brand.id},
            ]
        )
        cls.dealerships = cls.env["crm.dealership"].create(
            [
                {"name": "Manila", "code": "MNL", "brand_ids": cls.brand.ids},
                {"name": "Manila North", "code": "MNL2", "brand_ids": cls.brand.ids},
            ]
        )

    def test_vehicle_model_by_shown_name(self):
        """What a list shows of a model finds that model."""
        for model in self.models:
            found = model.name_search(model.display_name, operator="=")
            self.assertEqual([key for key, _name in found][:1], model.ids)

    def test_dealership_by_shown_name(self):
        for dealership in self.dealerships:
            found = dealership.name_search(dealership.display_name, operator="=")
            self.assertEqual([key for key, _name in found], dealership.ids)

    def test_unchanged_export_comes_back(self):
        leads = self.Lead
        for number, step in enumerate(
            ("new", "qualified", "negotiation", "won", "lost")
        ):
            leads |= self.new_lead(
                self.user,
                step=step,
                vehicle_model_id=self.models[number % 3].id,
                dealership_id=self.dealerships[number % 2].id,
                contact_name="Ana Cruz",
                mobile="0917 555 0101",
                expected_price=1234.56,
            )
        leads = leads.with_context(default_pipeline="bpo")
        for name in ("crm_lead_view_list", "crm_lead_endorsement_view_list"):
            self.assert_comes_back(leads, f"bpo_crm.{name}", *FOLLOWING)
        for model, view in (
            ("crm.dealership", "bpo_crm.crm_dealership_view_list"),
            ("crm.vehicle.model", "bpo_crm.crm_vehicle_model_view_list"),
            ("crm.brand", "vehicle_crm.crm_brand_view_list"),
            ("utm.source", "bpo_crm.utm_source_view_tree"),
        ):
            self.assert_comes_back(self.env[model].search([], limit=5), view)
