"""A field of a web form that goes away: no lead is marked without its content."""

from datetime import timedelta

from odoo import fields

from .common import DRIVE, QUOTATION, SyncCase

CONTENT = {
    "name": "Mayumi Lakandula",
    "email": "mayumi@example.com",
    "mobile": "0917 555 0101",
    "phone": "02 8555 0101",
    "city": "Manila",
    "message": "How much?",
    "product_id": [999, "TunLand"],
}
HERE = {
    "name": "contact_name",
    "email": "email_from",
    "mobile": "mobile",
    "phone": "phone",
    "city": "city",
    "message": "customer_notes",
    "product_id": "vehicle_model_text",
}


class TestWebLeadFields(SyncCase):
    def setUp(self):
        super().setUp()
        self.import_leads()  # its fields are known now

    def leads_of(self, brand):
        return self.env["crm.lead"].search([("brand_id", "=", brand.id)])

    def origin_of(self, brand):
        return self.env["distributor.web.lead"].search([("brand_id", "=", brand.id)])

    def run_of(self, brand):
        runs = self.env["distributor.sync.run"].search([("brand_id", "=", brand.id)])
        return runs[:1]

    def test_each_field_that_goes_away_and_comes_back(self):
        for number, (name, here) in enumerate(HERE.items()):
            with self.subTest(name=name):
                fake = self.start(type(self.fake)(db=f"db{number}"))
                brand = self.make_brand(f"F{number}", fake)
                self.import_leads()
                kept = fake.fields[QUOTATION].pop(name)
                row_id = fake.quotation(**dict(CONTENT, **{name: False}))
                fake.tables[QUOTATION][row_id][name] = CONTENT[name]
                self.import_leads()
                lead = self.leads_of(brand)
                self.assertEqual(len(lead), 1)
                self.assertFalse(lead[here])
                self.assertEqual(self.origin_of(brand).state, "incomplete")
                self.assertEqual(fake.status(QUOTATION, row_id), "new")
                self.assertIn(name, self.run_of(brand).warning)
                self.import_leads()
                self.assertEqual(len(self.leads_of(brand)), 1)
                self.assertEqual(fake.status(QUOTATION, row_id), "new")

                fake.fields[QUOTATION][name] = kept
                brand.action_test_connection()
                self.import_leads()
                self.assertTrue(lead[here])
                self.assertEqual(self.origin_of(brand).state, "done")
                self.assertEqual(fake.status(QUOTATION, row_id), "synced")

    def test_a_test_that_learns_it_first_changes_nothing(self):
        """The daily test of connections may see before the import that it is gone."""
        del self.fake.fields[QUOTATION]["message"]
        self.brand.action_test_connection()
        row_id = self.fake.quotation(name="A")
        self.import_leads()
        self.assertEqual(self.origins().state, "incomplete")
        self.assertEqual(self.fake.status(QUOTATION, row_id), "new")

    def test_another_name_completes_the_lead(self):
        del self.fake.fields[QUOTATION]["message"]
        row_id = self.fake.quotation(name="A")
        self.import_leads()
        self.fake.fields[QUOTATION]["note"] = {"type": "text"}
        self.fake.tables[QUOTATION][row_id]["note"] = "How much?"
        self.env["distributor.mapping"].create(
            {
                "brand_id": self.brand.id,
                "kind": "quotation",
                "key": "message",
                "remote": "note",
            }
        )
        self.brand.action_test_connection()
        self.import_leads()
        self.assertEqual(self.leads().customer_notes, "How much?")
        self.assertEqual(self.fake.status(QUOTATION, row_id), "synced")

    def test_an_emptied_line_lets_the_leads_be_marked(self):
        del self.fake.fields[QUOTATION]["city"]
        row_id = self.fake.quotation(name="A")
        self.import_leads()
        self.assertEqual(self.fake.status(QUOTATION, row_id), "new")
        self.env["distributor.mapping"].create(
            {
                "brand_id": self.brand.id,
                "kind": "quotation",
                "key": "city",
                "remote": False,
            }
        )
        self.import_leads()
        self.import_leads()
        self.assertEqual(self.fake.status(QUOTATION, row_id), "synced")

    def test_what_was_typed_here_meanwhile_stays(self):
        del self.fake.fields[QUOTATION]["city"]
        row_id = self.fake.quotation(**dict(CONTENT, city=False))
        self.fake.tables[QUOTATION][row_id]["city"] = "Cebu"
        self.import_leads()
        lead = self.leads()
        lead.write({"city": "Davao", "contact_name": "Corrected"})
        self.fake.fields[QUOTATION]["city"] = {"type": "char"}
        self.brand.action_test_connection()
        self.import_leads()
        self.assertRecordValues(
            lead, [{"city": "Davao", "contact_name": "Corrected", "phone": lead.phone}]
        )
        self.assertIn("Cebu", str(lead.message_ids.mapped("body")))
        self.assertEqual(self.origins().state, "done")

    def test_a_form_without_a_field_from_the_beginning_is_no_matter(self):
        other = self.start(type(self.fake)(db="other"))
        del other.fields[DRIVE]["city"]
        self.make_brand("OTHER", other)
        row_id = other.drive(last_name="B")
        self.import_leads()
        self.assertEqual(other.status(DRIVE, row_id), "synced")

    def test_a_field_that_is_said_to_be_there_and_does_not_come(self):
        usual = self.fake._handlers[QUOTATION, "search_read"]

        def without(*args, **kwargs):
            return [
                {name: value for name, value in row.items() if name != "message"}
                for row in usual(*args, **kwargs)
            ]

        self.fake.on(QUOTATION, "search_read", without)
        row_id = self.fake.quotation(**CONTENT)
        self.import_leads()
        self.assertEqual(self.leads().contact_name, "Mayumi Lakandula")
        self.assertEqual(self.fake.status(QUOTATION, row_id), "new")
        self.assertIn("message", self.runs()[-1].warning)
        self.import_leads()
        self.assertEqual(len(self.leads()), 1)
        self.fake.on(QUOTATION, "search_read", usual)
        self.origins().next_try = fields.Datetime.now() - timedelta(seconds=1)
        self.import_leads()
        self.assertEqual(self.leads().customer_notes, "How much?")
        self.assertEqual(self.fake.status(QUOTATION, row_id), "synced")

    def test_a_time_of_creation_that_goes_away_doubles_nothing(self):
        self.fake.on(QUOTATION, "write", lambda ids, values: True)  # they go on waiting
        row_id = self.fake.quotation(name="A")
        self.import_leads()
        usual = self.fake._handlers[QUOTATION, "search_read"]

        def undated(*args, **kwargs):
            rows = usual(*args, **kwargs)
            return [dict(row, create_date=False) for row in rows]

        self.fake.on(QUOTATION, "search_read", undated)
        self.import_leads()
        self.assertEqual(len(self.leads()), 1)
        self.fake.quotation(name="B")
        self.import_leads()
        self.fake.on(QUOTATION, "search_read", usual)
        self.import_leads()
        self.assertEqual(len(self.leads()), 2)
        self.assertEqual(self.fake.status(QUOTATION, row_id), "new")

    def test_idle_runs_that_say_the_same_are_one(self):
        del self.fake.fields[QUOTATION]["city"]
        self.brand.action_test_connection()
        for _run in range(4):
            self.import_leads()
        self.assertEqual(len(self.runs()), 1)
