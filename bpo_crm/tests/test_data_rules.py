from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import BpoMixin


@tagged("post_install", "-at_install")
class TestDealership(BpoMixin, TransactionCase):
    def test_complete_name(self):  # B10
        self.assertEqual(self.dealership.complete_name, "Manila — FOTONX")
        self.assertEqual(self.dealership.display_name, "Manila — FOTONX")
        self.dealership.write({"name": "Foton North", "city": "Quezon City"})
        self.assertEqual(
            self.dealership.complete_name, "Foton North, Quezon City — FOTONX"
        )
        self.dealership.brand_ids |= self.other_brand
        self.assertIn("CHRX", self.dealership.complete_name)
        for text in ("Quezon", "TEST-MNL", "North"):
            found = self.env["crm.dealership"].name_search(text)
            self.assertIn(self.dealership.id, [row[0] for row in found])

    def test_code_is_unique(self):  # B09
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.dealership.copy({"code": "TEST-MNL"})

    def test_copy_gets_a_code_and_no_connection(self):
        copied = self.dealership.copy()
        self.assertEqual(copied.code, "TEST-MNL (copy)")
        self.assertFalse(copied.remote_id)

    def test_without_connection(self):  # B31, B47
        self.assertFalse(self.dealership.odoo_configured)
        self.assertFalse(self.dealership.odoo_connected)

    def test_connected_filters_partition(self):  # B16
        self.start_dealer()
        model = self.env["crm.dealership"].with_user(self.agent)
        both = model.search([("odoo_connected", "=", True)])
        self.assertNotIn(self.dealership, both)
        self.dealership.with_user(self.manager).action_test_connection()
        connected = model.search([("odoo_connected", "=", True)])
        rest = model.search([("odoo_connected", "=", False)])
        self.assertIn(self.dealership, connected)
        self.assertFalse(connected & rest)
        self.assertEqual(connected | rest, model.search([]))

    def test_several_brands(self):  # B02
        self.dealership.brand_ids |= self.other_brand
        lead = self.make_lead(
            brand_id=self.other_brand.id, vehicle_model_id=self.other_model.id
        )
        self.assertEqual(lead.dealership_id, self.dealership)

    def test_counters(self):  # B15
        self.make_lead()
        self.make_lead()
        dealership = self.dealership.with_user(self.agent)
        self.assertEqual(dealership.lead_count, 2)
        self.assertEqual(dealership.so_pushed_count, 0)
        self.assertEqual(self.dealership.with_user(self.other_agent).lead_count, 0)
        action = dealership.action_view_leads()
        self.assertEqual(
            self.env["crm.lead"].with_user(self.agent).search_count(action["domain"]), 2
        )

    def test_not_deleted_with_leads(self):
        self.make_lead()
        with self.assertRaisesRegex(UserError, "Archive it"):
            self.dealership.with_user(self.manager).unlink()

    def test_deleted_with_its_connection(self):
        self.start_dealer()
        remote = self.dealership.remote_id
        self.dealership.with_user(self.manager).unlink()
        self.assertFalse(remote.exists())


@tagged("post_install", "-at_install")
class TestVehicleModel(BpoMixin, TransactionCase):
    def test_brand_is_fixed(self):  # C27
        with self.assertRaisesRegex(UserError, "brand of a vehicle model is fixed"):
            self.model.with_user(self.manager).brand_id = self.other_brand
        self.model.with_user(self.manager).write({"brand_id": self.brand.id})

    def test_unique_in_the_brand(self):  # C20
        self.assertEqual(self.model.external_ref, self.other_model.external_ref)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.model.copy({"external_ref": "4711"})

    def test_found_by_name_reference_and_external_reference(self):  # C36, C37, C38
        self.model.external_ref = "90817"
        for text in ("tunland", "TL-G7", "90817"):
            with self.subTest(text):
                found = (
                    self.env["crm.vehicle.model"]
                    .with_user(self.agent)
                    .name_search(text, [("brand_id", "=", self.brand.id)])
                )
                self.assertEqual([row[0] for row in found], self.model.ids)

    def test_archive_with_open_leads(self):  # C40, R15
        lead = self.make_lead()
        model = self.model.with_user(self.manager)
        for refused in (
            lambda: model.write({"active": False}),
            model.action_archive,
            lambda: model.with_context(bpo_crm_force_archive=True).write(
                {"active": False}
            ),
        ):
            with self.assertRaisesRegex(UserError, lead.code):
                refused()
        with self.assertRaises(AccessError):
            self.model.with_user(self.supervisor).action_force_archive()
        self.assertTrue(model.active)
        model.action_force_archive()
        self.assertFalse(model.active)
        self.assertEqual(lead.vehicle_model_id, self.model)

    def test_archive_without_open_leads(self):  # C40
        lead = self.make_lead()
        lead.action_mark_lost(reason_code="other")
        self.model.with_user(self.manager).active = False
        self.assertFalse(self.model.active)

    def test_lead_count_by_one_query(self):  # C13, C33
        self.make_lead()
        self.make_lead(
            brand_id=self.other_brand.id,
            vehicle_model_id=self.other_model.id,
            dealership_id=False,
        )
        models = (self.model | self.other_model).with_user(self.agent)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(models.mapped("lead_count"), [1, 1])
        self.assertEqual(models.mapped("open_lead_count"), [1, 1])
        self.assertEqual(
            self.env["crm.lead"].search(models[0].action_view_leads()["domain"]),
            self.env["crm.lead"].search([("vehicle_model_id", "=", self.model.id)]),
        )

    def test_brand_counts_active_models(self):  # A12
        self.assertEqual(self.brand.vehicle_model_count, 1)
        self.model.active = False
        self.brand.invalidate_recordset()
        self.assertEqual(self.brand.vehicle_model_count, 0)

    def test_brand_opens_without_a_role_here(self):
        seller = new_test_user(
            self.env, "seller_only", groups="sales_team.group_sale_salesman"
        )
        brand = self.brand.with_user(seller)
        views = brand.get_views([(False, "list"), (False, "form")])
        shown = set(views["models"]["crm.brand"]["fields"])
        self.assertFalse({"vehicle_model_count", "dealership_count"} & shown)
        brand.web_read({name: {} for name in shown})


@tagged("post_install", "-at_install")
class TestLeadRules(BpoMixin, TransactionCase):
    def test_codes(self):
        lead = self.make_lead()
        self.assertRegex(lead.code, r"^LEAD/\d{5}$")
        self.assertEqual(lead.stage_id, self.env.ref("bpo_crm.stage_new"))

    def test_a_caller_needs_no_title(self):
        view = "bpo_crm.crm_lead_view_form_quick_create"
        leads = (
            self.env["crm.lead"]
            .with_user(self.agent)
            .with_context(default_pipeline="bpo", default_type="opportunity")
        )
        with Form(leads, view=view) as form:
            form.contact_name = "Ben Caller"
            form.mobile = "0917 555 6601"
        self.assertEqual(form.record.name, "Ben Caller")
        self.assertEqual(form.record.step, "new")

    def test_model_of_the_leads_brand(self):  # C35
        with self.assertRaisesRegex(ValidationError, "model of Chery"):
            self.make_lead(vehicle_model_id=self.other_model.id)
        lead = self.make_lead()
        with self.assertRaisesRegex(ValidationError, "model of Chery"):
            lead.vehicle_model_id = self.other_model

    def test_dealership_sells_the_brand(self):
        with self.assertRaisesRegex(ValidationError, "does not sell Chery"):
            self.make_lead(
                brand_id=self.other_brand.id, vehicle_model_id=self.other_model.id
            )

    def test_changing_the_brand_clears_what_is_foreign(self):  # C35
        lead = self.make_lead()
        lead.brand_id = self.other_brand
        self.assertFalse(lead.vehicle_model_id)
        self.assertFalse(lead.dealership_id)

    def test_same_customer(self):
        lead = self.make_lead(mobile="0917 555 7777", email_from="ana@same.example.com")
        same = self.make_lead(
            user=self.other_agent, mobile="+63 917-555-7777", email_from=False
        )
        mail = self.make_lead(mobile=False, email_from="ANA@same.example.com")
        self.make_lead(mobile="0918 555 7778", email_from="other@same.example.com")
        self.assertEqual(lead.same_customer_count, 2)
        self.assertIn(same.code, lead.same_customer_note)
        self.assertIn(self.other_agent.name, lead.same_customer_note)
        # The agent is told of it, and opens only what is his.
        self.assertEqual(lead.same_customer_lead_ids, mail)
        action = lead.action_view_same_customer()
        self.assertIn(("id", "in", mail.ids), action["domain"])

    def test_no_number_is_no_same_customer(self):
        for _number in range(2):
            lead = self.make_lead(mobile="N/A", email_from=False)
        self.assertEqual(lead.same_customer_count, 0)

    def test_source_codes(self):
        sources = self.env["utm.source"]
        self.assertEqual(self.env.ref("bpo_crm.utm_source_walkin").code, "walkin")
        sources.create([{"name": "A", "code": ""}, {"name": "B", "code": " "}])
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            sources.create({"name": "C", "code": "walkin"})
        walkin = self.env.ref("bpo_crm.utm_source_walkin")
        with self.assertRaises(AccessError):
            walkin.with_user(self.supervisor).code = "walk"
        walkin.with_user(self.supervisor).name = "Walked in"
        walkin.with_user(self.manager).code = "walk"
