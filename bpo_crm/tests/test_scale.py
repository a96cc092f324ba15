from lxml import etree

from odoo.tests import TransactionCase, tagged

from .common import BpoMixin

CONTEXT = {"default_pipeline": "bpo", "default_type": "opportunity"}


@tagged("post_install", "-at_install")
class TestScale(BpoMixin, TransactionCase):
    """What a screen costs does not depend on how much it shows."""

    def specification(self, model, view):
        node = etree.fromstring(
            self.env[model].get_view(self.env.ref(view).id, view_type=None)["arch"]
        )
        names = node.xpath("//field[not(ancestor::field)]/@name")
        fields = self.env[model]._fields
        return {
            name: {"fields": {"display_name": {}}} if fields[name].relational else {}
            for name in names
        }

    def statements(self, user, model, view, domain=()):
        """SQL statements of a page of this view, as the web client asks for it."""
        records = self.env[model].with_user(user).with_context(**CONTEXT)
        specification = self.specification(model, view)
        for _warm in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.web_search_read(list(domain), specification, limit=80)
        return self.env.cr.sql_log_count - before

    def grow(self, number):
        """More of everything, each of its own."""
        brands = self.env["crm.brand"].create(
            [{"name": f"B{n}", "code": f"SC{number}-{n}"} for n in range(number)]
        )
        models = self.env["crm.vehicle.model"].create(
            [{"name": f"M{n}", "brand_id": brand.id} for n, brand in enumerate(brands)]
        )
        dealerships = self.env["crm.dealership"].create(
            [
                {"name": f"D{n}", "code": f"SC{number}-{n}", "brand_ids": brand.ids}
                for n, brand in enumerate(brands)
            ]
        )
        for n, (model, dealership) in enumerate(zip(models, dealerships, strict=True)):
            lead = self.make_lead(
                user=(self.agent, self.other_agent)[n % 2],
                brand_id=model.brand_id.id,
                vehicle_model_id=model.id,
                dealership_id=dealership.id,
                mobile=f"0917 556 {number}{n:03}",
                email_from=f"scale{number}.{n}@example.com",
            )
            lead._log_call({"result": "answered", "summary": "Yes."})

    def test_statements_do_not_grow(self):  # C13
        leads = (("pipeline", "=", "bpo"),)
        screens = (
            ("crm.lead", "bpo_crm.crm_lead_view_list", leads),
            ("crm.lead", "bpo_crm.crm_lead_view_kanban", leads),
            ("crm.lead", "bpo_crm.crm_lead_view_list_handoffs", leads),
            ("crm.brand", "vehicle_crm.crm_brand_view_list", ()),
            ("crm.brand", "bpo_crm.crm_brand_view_kanban_dashboard", ()),
            ("crm.dealership", "bpo_crm.crm_dealership_view_list", ()),
            ("crm.dealership", "bpo_crm.crm_dealership_view_kanban", ()),
            ("crm.vehicle.model", "bpo_crm.crm_vehicle_model_view_list", ()),
            ("bpo.crm.call.log", "bpo_crm.bpo_crm_call_log_view_list", ()),
        )
        self.grow(3)
        few = {screen: self.statements(self.supervisor, *screen) for screen in screens}
        self.grow(12)
        for screen in screens:
            with self.subTest(screen[1]):
                self.assertEqual(self.statements(self.supervisor, *screen), few[screen])
                self.assertLess(few[screen], 20)

    def test_same_customer_is_found_by_indexes(self):
        """Not by reading the table: an agent waits for it with each lead."""
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(
            """EXPLAIN SELECT id FROM crm_lead WHERE pipeline = 'bpo'
                  AND (mobile_key = '+639170000000' OR email_normalized = 'a@b.ph')"""
        )
        plan = " ".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("crm_lead_pipeline_email_idx", plan)
        self.assertIn("crm_lead__mobile_key_index", plan)
