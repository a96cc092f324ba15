from lxml import etree

from odoo.tests import tagged

from .common import DealerCase


@tagged("post_install", "-at_install")
class TestSpeed(DealerCase):
    """Screens and buttons cost the same statements for few leads and for many."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leads = cls.env["crm.lead"].create(
            [
                {
                    "name": f"Speed {number}",
                    "contact_name": f"Speed {number}",
                    "mobile": f"0917 555 {number:04d}",
                    "pipeline": "dealer",
                    "user_id": cls.user.id,
                    "brand_id": cls.brand.id,
                    "product_id": cls.vehicle.id,
                    "tag_ids": [],
                }
                for number in range(100)
            ]
        )
        cls.leads[:30]._set_step("qualified")

    def statements(self, work):
        """How many statements ``work`` takes once the caches of its kind are warm."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def specification(self, kind):
        """What the web client asks of a lead in this view."""
        leads = self.env["crm.lead"].with_user(self.user)
        view = self.env.ref(f"dealer_crm.crm_lead_view_{kind}")
        arch = leads.get_views([(view.id, kind)])["views"][kind]["arch"]
        asked = {
            "many2one": {"fields": {"display_name": {}}},
            "many2many": {"fields": {"display_name": {}}},
            "one2many": {"fields": {}},
        }
        return {
            node.get("name"): asked.get(leads._fields[node.get("name")].type, {})
            for node in etree.fromstring(arch).xpath("//field[not(ancestor::field)]")
        }

    def test_list_and_board(self):
        """A page of 80 rows takes what a page of 20 takes, whatever there is."""
        domain = [("id", "in", self.leads.ids)]
        leads = self.env["crm.lead"].with_user(self.user)
        for kind, most in (("list", 25), ("kanban", 25)):
            specification = self.specification(kind)

            def page(limit, specification=specification):
                rows = leads.web_search_read(domain, specification, limit=limit)
                self.assertEqual(len(rows["records"]), limit)

            page(5)
            few = self.statements(lambda page=page: page(20))
            many = self.statements(lambda page=page: page(80))
            self.assertLessEqual(many, few, kind)
            self.assertLessEqual(few, most, kind)

    def test_form(self):
        """The form does not look at the calls and orders of other leads."""
        specification = self.specification("form")
        lead = self.leads[0].with_user(self.user)
        lead.web_read(specification)
        self.assertLessEqual(self.statements(lambda: lead.web_read(specification)), 35)

    def test_search_by_mobile(self):
        """One search, on one table."""
        leads = self.env["crm.lead"].with_user(self.user)
        domain = [("mobile_search", "ilike", "+63 917-555-0042")]
        self.assertEqual(leads.search(domain), self.leads[42])
        self.assertEqual(self.statements(lambda: leads.search(domain)), 1)

    def test_claim(self):
        """Claiming 20 leads locks and checks once; the core looks up two teams each."""
        self.leads.sudo()._open_gate().write({"user_id": False})
        leads = self.leads.with_user(self.user)
        leads[:1].action_claim()
        one = self.statements(lambda: leads[1:2].action_claim())
        many = self.statements(lambda: leads[2:22].action_claim())
        self.assertLessEqual(one, 25)
        self.assertLessEqual(many, one + 2 * 19)

    def test_convert_and_lost(self):
        """Other leads, orders and customers do not make a click dearer."""
        leads = self.leads.with_user(self.user)
        leads[0].action_convert_to_quotation()
        first = self.statements(leads[1].action_convert_to_quotation)
        for lead in leads[2:12]:
            lead.action_convert_to_quotation()
        self.assertLessEqual(
            self.statements(leads[12].action_convert_to_quotation), first
        )
        self.assertLessEqual(first, 110)
        leads[20].action_mark_lost(reason_code="price")
        one = self.statements(lambda: leads[21].action_mark_lost(reason_code="price"))
        many = self.statements(
            lambda: leads[22:42].action_mark_lost(reason_code="price")
        )
        self.assertLessEqual(one, 25)
        self.assertLessEqual(many, one + 4)
