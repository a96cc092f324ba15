from odoo.tests import tagged

from odoo.addons.vehicle_crm.tests.common import PipelineCase
from odoo.addons.vehicle_crm.tests.import_cases import FOLLOWING, ImportCases


@tagged("post_install", "-at_install")
class TestDealerImports(ImportCases, PipelineCase):
    pipeline = "dealer"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._new_user(
            "import_manager", "dealer_crm.dealer_crm_group_admin"
        )

    def test_unchanged_export_comes_back(self):
        product = self.env["product.product"].create(
            {"name": "K5", "default_code": "K5", "brand_id": self.brand.id}
        )
        leads = self.Lead
        for step in ("new", "qualified", "negotiation", "won", "lost"):
            leads |= self.new_lead(
                self.user, step=step, product_id=product.id, contact_name="Ana Cruz"
            )
        leads = leads.with_context(default_pipeline="dealer")
        for name in ("crm_lead_view_list", "crm_lead_view_list_lost"):
            self.assert_comes_back(leads, f"dealer_crm.{name}", *FOLLOWING)
