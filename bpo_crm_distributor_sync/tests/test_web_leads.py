from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common import DRIVE, QUOTATION, SyncCase


class TestWebLeads(SyncCase):
    def test_both_forms_become_leads(self):  # A05 A06 A48 A50
        vehicle = self.fake.unit(name="TunLand G7", default_code="TL")
        dealer = self.fake.dealer(name="Manila", dealer_name="SYNC-M")
        self.sync()
        self.sync("action_sync_dealers")
        quotation = self.fake.quotation(
            name="Mayumi Lakandula",
            email="mayumi@example.com",
            mobile="0917 555 0101",
            city="Manila",
            product_id=[vehicle, "[TL] TunLand G7"],
            dealer_id=[dealer, "Manila"],
            message="How much?",
        )
        drive = self.fake.drive(
            first_name="Isagani",
            last_name="Panganiban",
            mobile="+63 917 555 0202",
            remarks="On a Saturday",
            preferred_date="2026-02-14",
            # A variant: its id is not that of the template.
            product_id=[4711, "[TL] TunLand G7"],
            status="pending",
        )
        self.import_leads()
        model = self.models()
        dealership = self.env["crm.dealership"].search([("code", "=", "SYNC-M")])
        self.assertRecordValues(
            self.leads(),
            [
                {
                    "name": "Mayumi Lakandula · TunLand G7",
                    "contact_name": "Mayumi Lakandula",
                    "email_from": "mayumi@example.com",
                    "mobile": "0917 555 0101",
                    "city": "Manila",
                    "vehicle_model_id": model.id,
                    "dealership_id": dealership.id,
                    "customer_notes": "How much?",
                    "pipeline": "bpo",
                    "type": "opportunity",
                    "step": "new",
                    "user_id": False,
                },
                {
                    "name": "Isagani Panganiban · TunLand G7",
                    "contact_name": "Isagani Panganiban",
                    "email_from": False,
                    "mobile": "+63 917 555 0202",
                    "city": False,
                    "vehicle_model_id": model.id,
                    "dealership_id": False,
                    "customer_notes": "On a Saturday\n"
                    "Preferred date of the test drive: 2026-02-14",
                    "pipeline": "bpo",
                    "type": "opportunity",
                    "step": "new",
                    "user_id": False,
                },
            ],
        )
        self.assertEqual(
            self.leads().source_id.mapped("code"),
            ["source_web_quotation", "source_web_test_drive"],
        )
        self.assertEqual(self.fake.status(QUOTATION, quotation), "synced")
        self.assertEqual(self.fake.status(DRIVE, drive), "synced")
        self.assertTrue(self.brand.distributor_last_lead_sync)
        self.import_leads()
        self.assertEqual(len(self.leads()), 2)

    def test_the_wire_sees_one_write_of_the_status_only(self):  # A35
        for number in range(7):
            self.fake.quotation(name=f"Person {number}")
        self.import_leads()
        writes = self.fake.writes()
        self.assertEqual(len(writes), 1)
        model, _method, (ids, values), _kwargs = writes[0]
        self.assertEqual(
            (model, len(ids), values), (QUOTATION, 7, {"status": "synced"})
        )

    def test_status_decides(self):
        for status in ("new", "pending", "sent", "synced"):
            self.fake.quotation(name=status, status=status)
        self.import_leads()
        self.assertEqual(
            self.leads().mapped("contact_name"), ["new", "pending", "sent"]
        )

    def test_chatter_has_the_origin_and_no_html(self):
        self.fake.quotation(
            name="<img src=x onerror=alert(1)>Mayumi",
            message="<b>Hello</b><script>alert('x')</script> I pay < 500k 😀",
        )
        self.import_leads()
        lead = self.leads()
        self.assertEqual(lead.contact_name, "Mayumi")
        self.assertEqual(lead.customer_notes, "Hello  I pay < 500k 😀")
        body = lead.message_ids.body
        self.assertNotIn("<script", body)
        self.assertNotIn("<img", body)
        self.assertIn("&lt;script&gt;", body)  # what was typed is kept, as text
        self.assertEqual(len(lead.message_ids), 1)

    def test_long_texts_are_shortened_and_kept(self):
        message = "Everything about it. " * 300
        self.fake.quotation(name="N" * 400, message=message)
        self.import_leads()
        lead = self.leads()
        self.assertEqual(len(lead.contact_name), 120)
        self.assertEqual(len(lead.customer_notes), 2000)
        self.assertTrue(lead.customer_notes.endswith("…"))
        self.assertIn(message.strip(), lead.message_ids.body)

    def test_no_number_is_no_number(self):
        self.fake.quotation(name="A", mobile="N/A", phone="n/a", email="none")
        self.fake.quotation(name="B", mobile="N/A")
        self.import_leads()
        self.assertRecordValues(
            self.leads(),
            [{"mobile": False, "phone": False, "email_from": False}] * 2,
        )
        self.assertFalse(any(self.leads().mapped("mobile_key")))

    def test_nobody_gave_anything(self):
        row_id = self.fake.quotation()
        self.import_leads()
        self.assertEqual(self.leads().name, f"Web lead {row_id}")

    def test_unknown_vehicle_is_kept_as_text(self):  # C44
        self.fake.quotation(name="A", product_id=[999, "[X] Just Launched"])
        self.import_leads()
        self.assertRecordValues(
            self.leads(),
            [{"vehicle_model_id": False, "vehicle_model_text": "[X] Just Launched"}],
        )
        self.assertFalse(self.models())

    def test_known_customer_is_linked_and_left_alone(self):
        customer = self.env["res.partner"].create(
            {"name": "Known", "mobile": "0917 555 0101", "email": "real@example.com"}
        )
        self.fake.quotation(
            name="Stranger", mobile="+63 917 555 0101", email="other@example.com"
        )
        self.import_leads()
        self.assertEqual(self.leads().partner_id, customer)
        self.assertEqual(customer.email, "real@example.com")
        self.assertEqual(customer.name, "Known")
        self.assertIn("other@example.com", self.leads().message_ids.body)

    def test_a_form_tells_a_known_customer_nothing(self):
        customer = self.env["res.partner"].create(
            {"name": "Known", "mobile": "0917 555 0101"}
        )
        self.fake.drive(
            first_name="Stranger",
            mobile="09175550101",
            email="theirs@example.com",
            phone="02 8555 0101",
        )
        self.import_leads()
        lead = self.leads()
        self.assertEqual(lead.partner_id, customer)
        self.assertRecordValues(
            lead,
            [{"email_from": "theirs@example.com", "contact_name": "Stranger"}],
        )
        self.assertRecordValues(
            customer, [{"name": "Known", "email": False, "phone": False}]
        )

    def test_at_most_a_hundred_the_oldest_first(self):  # per run, model and brand
        self.parameter("web_lead_limit", 5)
        ids = [self.fake.quotation(name=f"Q{number}") for number in range(12)]
        self.import_leads()
        self.assertEqual(self.origins().mapped("remote_id"), ids[:5])
        self.import_leads()
        self.import_leads()
        self.assertEqual(self.origins().mapped("remote_id"), ids)

    # -- several brands --------------------------------------------------------

    def test_one_brand_down_does_not_stop_the_next(self):  # A57
        other_fake = self.start(type(self.fake)(db="other"))
        other = self.make_brand("SYNCO", other_fake)
        self.fake.password = "changed there"
        other_fake.quotation(name="B")
        self.import_leads()
        self.assertEqual(
            self.env["crm.lead"].search_count([("brand_id", "=", other.id)]), 1
        )
        self.assertEqual(self.runs().state, "failed")
        self.assertIn("Access Denied", self.runs().message)  # A36
        self.assertFalse(self.brand.distributor_connected)
        self.assertTrue(self.brand.sudo().remote_id.activity_ids)
        # A wrong password is not tried again at once, lest the account be locked.
        tries = len(self.fake.logins)
        self.import_leads()
        self.assertEqual(len(self.fake.logins), tries)

    def test_idle_cron_leaves_no_history(self):
        self.import_leads()
        self.assertFalse(self.runs())
        self.assertTrue(self.brand.distributor_last_lead_sync)

    def test_a_lead_that_cannot_be_created_stands_alone(self):
        self.fake.quotation(name="Good")
        bad = self.fake.quotation(name="Refused")
        create = type(self.env["crm.lead"]).create

        def refuse(records, vals_list):
            if any("Refused" in values["name"] for values in vals_list):
                raise UserError("Not this one.")
            return create(records, vals_list)

        logger = "odoo.addons.bpo_crm_distributor_sync.sync.writer"
        with patch.object(type(self.env["crm.lead"]), "create", refuse):
            with self.assertLogs(logger, "WARNING") as logs:
                self.import_leads()
        self.assertNotIn("Refused", logs.output[0])  # no customer's name in a log
        self.assertEqual(self.leads().contact_name, "Good")
        self.assertRecordValues(
            self.issues(),
            [{"kind": "quotation", "remote_id": bad, "message": "Not this one."}],
        )
        self.assertEqual(self.fake.status(QUOTATION, bad), "new")
        self.import_leads()
        self.assertEqual(len(self.leads()), 2)
        self.assertEqual(self.issues().state, "solved")

    def test_a_hopeless_lead_is_left_until_retry(self):
        self.fake.quotation(name="Refused")

        def refuse(records, vals_list):
            raise UserError("Not this one.")

        with (
            patch.object(type(self.env["crm.lead"]), "create", refuse),
            mute_logger("odoo.addons.bpo_crm_distributor_sync.sync.writer"),
        ):
            for _run in range(7):
                self.import_leads()
        self.assertEqual(self.issues().attempts, 5)
        self.import_leads()
        self.assertFalse(self.leads())
        self.issues().with_user(self.manager).action_retry()
        self.run_cron()
        self.assertEqual(len(self.leads()), 1)

    def test_button_imports_in_the_background(self):  # R4
        self.fake.quotation(name="A")
        kind, _message = self.sync("action_import_web_leads")
        self.assertEqual(kind, "info")
        self.assertFalse(self.fake.calls)
        self.run_cron()
        self.assertEqual(len(self.leads()), 1)
        self.assertEqual(self.runs().message, "1 web leads imported.")

    def test_queries_do_not_grow_with_the_leads(self):
        def queries(count):
            for number in range(count):
                self.fake.quotation(name=f"P{number}", mobile=f"0917 555 {number:04d}")
            before = self.env.cr.sql_log_count
            self.import_leads()
            return self.env.cr.sql_log_count - before

        queries(1)
        few, many = queries(10), queries(90)
        self.assertLessEqual((many - few) / 80, 1.2)
        self.assertEqual(len(self.fake.writes()), 3)
