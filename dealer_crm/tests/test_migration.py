import importlib.util
from pathlib import Path

from odoo.tests import tagged

from .common import DealerCase

SCRIPTS = Path(__file__).parent.parent / "migrations"


@tagged("post_install", "-at_install")
class TestMigration(DealerCase):
    def migrate(self, script):
        """Run a migration script as an upgrade does, once all models are loaded."""
        path = SCRIPTS / script
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.env.flush_all()
        self.env.invalidate_all()
        module.migrate(self.env.cr, "1.0.0")
        self.env.invalidate_all()

    def test_order_of_lead(self):
        """Leads that followed the newest quotation follow the confirmed order."""
        lead = self.new_lead(self.user)
        lead.action_convert_to_quotation()
        older = lead.sale_order_id
        newer = older.copy({"dealer_crm_lead_id": lead.id})
        self.confirm(older)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET sale_order_id = %s WHERE id = %s", [newer.id, lead.id]
        )
        self.migrate("1.1.0/post-order-of-lead.py")
        self.assertEqual(lead.sale_order_id, older)
