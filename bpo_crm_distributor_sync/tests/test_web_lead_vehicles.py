from odoo.tests import BaseCase, new_test_user

from ..exchange import text, vehicles
from ..exchange.vehicles import Model
from .common import SyncCase


class TestVehicles(BaseCase):
    """Which vehicle model a web lead means, as an Odoo shows products."""

    def find(self, display, *models):
        """`models`: `(name, code)`; return the name and the code that were found."""
        found = vehicles.find(display, [Model(pair, *pair) for pair in models])
        return found

    def test_certain(self):
        van, wagon = ("Gratour Van", ""), ("Gratour Wagon", "GW")
        for display, model in (
            ("Gratour Van", van),
            ("gratour van", van),
            ("Gratour Van (Red)", van),
            ("Gratour Van (Red, Long)", van),
            ("[GV-RED] Gratour Van (Red)", van),
            ("Gratour Van (Red (matte))", van),
            ("[GW] Gratour Wagon", wagon),
            ("[GW] Gratour Wagon (Blue)", wagon),
            ("[OLD] Gratour Wagon", wagon),
            ("Gratour Wagon", wagon),
            ("GW", wagon),
            ("[GW] Gratour Wagon 2026", wagon),
        ):
            with self.subTest(display=display):
                self.assertEqual(self.find(display, van, wagon), model)

    def test_names_with_brackets(self):
        for model, displays in (
            (("[G7] G7", ""), ["[G7] G7", "[G7] G7 (Red)"]),
            (("[G7] G7", "TL"), ["[TL] [G7] G7", "[G7] G7", "[TL] [G7] G7 (Red)"]),
            (("G7", "G7"), ["[G7] G7", "G7", "[G7] G7 (4x4)"]),
            (("TunLand (4x4)", "TL"), ["[TL] TunLand (4x4)", "TunLand (4x4) (Red)"]),
            (("TunLand [G7]", "TL"), ["[TL] TunLand [G7]", "TunLand [G7]"]),
        ):
            for display in displays:
                with self.subTest(model=model, display=display):
                    self.assertEqual(self.find(display, model, ("Other", "X")), model)

    def test_a_name_with_a_bracket_is_not_its_namesake(self):
        plain, double = ("TunLand", ""), ("TunLand (4x4)", "")
        self.assertEqual(self.find("TunLand (4x4)", plain, double), double)
        self.assertEqual(self.find("TunLand (Red)", plain, double), plain)

    def test_name_decides_between_two_of_one_reference(self):
        alpha, beta = ("Alpha", "G301"), ("Beta", "G301")
        self.assertEqual(self.find("[G301] Beta", alpha, beta), beta)
        self.assertEqual(self.find("[G301] Beta (Red)", alpha, beta), beta)
        for display in ("[G301] Gamma", "G301", "[G301]"):
            self.assertIsNone(self.find(display, alpha, beta), display)

    def test_in_doubt_none(self):
        self.assertIsNone(self.find("Alpha", ("Alpha", "A1"), ("Alpha", "A2")))
        self.assertEqual(
            self.find("[A2] Alpha", ("Alpha", "A1"), ("Alpha", "A2")), ("Alpha", "A2")
        )
        self.assertIsNone(self.find("[G7] G7", ("[G7] G7", ""), ("G7", "G7")))
        # A part that has the reference of a car, and is not among the models.
        self.assertIsNone(self.find("[G301] Floor Mat", ("Thunder", "G301")))
        for display in ("", "(Red)", "[X]", "[X] ", "((((", "x" * 10_000 + ")" * 5_000):
            self.assertIsNone(self.find(display, ("Alpha", "A1")), display[:20])


class TestWebLeadVehicles(SyncCase):
    def text(self, **values):
        self.fake.drive(last_name="B", **values)
        self.import_leads()
        lead = self.leads()[-1]
        return lead.vehicle_model_id.name or None, lead.vehicle_model_text

    def test_two_models_with_one_reference(self):
        self.fake.unit(name="Alpha", default_code="G301")
        self.fake.unit(name="Beta", default_code="G301")
        self.sync()
        for display, name in (
            ("[G301] Beta", "Beta"),
            ("[G301] Beta (Red)", "Beta"),
            ("[G301] Gamma", None),
        ):
            self.assertEqual(self.text(product_id=[4711, display]), (name, display))

    def test_a_template_is_known_by_its_id_alone(self):
        known = self.fake.unit(name="Alpha", default_code="A")
        self.sync()
        self.fake.quotation(name="A", product_id=[known, "[A] Renamed there"])
        self.fake.quotation(name="B", product_id=[known + 900, "[A] Alpha"])
        self.import_leads()
        first, second = self.leads()
        self.assertEqual(first.vehicle_model_id.name, "Alpha")
        self.assertEqual(first.vehicle_model_text, "[A] Renamed there")
        # Its namesake that is not in the catalog is another product.
        self.assertFalse(second.vehicle_model_id)
        self.assertEqual(second.vehicle_model_text, "[A] Alpha")

    def test_an_archived_model_is_not_replaced_by_its_namesake(self):
        old = self.fake.unit(name="Alpha")
        self.fake.unit(name="Alpha")
        self.sync()
        self.models()[0].active = False
        self.fake.quotation(name="A", product_id=[old, "Alpha"])
        self.import_leads()
        self.assertFalse(self.leads().vehicle_model_id)

    def test_what_was_typed_stays(self):
        self.fake.unit(name="TunLand", default_code="TL")
        self.sync()
        self.fake.fields["cherywebsite.test.drive"]["product_id"] = {"type": "char"}
        for typed, name in (
            ("tunland", "TunLand"),
            ("TL", "TunLand"),
            ("the big one", None),
        ):
            self.assertEqual(self.text(product_id=typed), (name, typed))


class TestWebLeadTexts(SyncCase):
    def test_entities_in_every_text(self):
        self.fake.unit(name="Pe&ntilde;a &amp; Sons&nbsp;G7", categ_id=[3, "A &gt; B"])
        self.fake.dealer(
            name="Ni&#241;o", city="Para&ntilde;aque", dealer_name="A&amp;B"
        )
        self.sync()
        self.sync("action_sync_dealers")
        self.fake.quotation(
            name="Jos&eacute;&nbsp;Pe&ntilde;a",
            city="Para&ntilde;aque",
            message="<p>R&amp;D &lt; 500k</p><p>Thanks</p>",
            product_id=[4, "Pe&ntilde;a"],
        )
        self.import_leads()
        model, lead = self.models(), self.leads()
        self.assertEqual((model.name, model.category), ("Peña & Sons G7", "A > B"))
        dealer = self.env["crm.dealership.source"].search([]).dealership_id[-1]
        self.assertEqual(
            (dealer.name, dealer.city, dealer.code), ("Niño", "Parañaque", "A&B")
        )
        self.assertRecordValues(
            lead,
            [
                {
                    "contact_name": "José Peña",
                    "city": "Parañaque",
                    "customer_notes": "R&D < 500k\nThanks",
                    "vehicle_model_text": "Peña",
                }
            ],
        )
        body = str(lead.message_ids.body)
        self.assertIn("José Peña", body)
        self.assertNotIn("&amp;ntilde;", body)

    def test_an_address_as_people_write_it(self):
        for typed, address in (
            ("Sam <a@example.com>", "a@example.com"),
            ("mailto:S@Example.com.", "s@example.com"),
            ("info@example.com / sam@example.com", "sam@example.com"),
            ("nobody", False),
        ):
            with self.subTest(typed=typed):
                self.fake.quotation(name="A", email=typed)
                self.import_leads()
                lead = self.leads()[-1]
                self.assertEqual(lead.email_from, address)
                self.assertIn(typed.split()[0], str(lead.message_ids.body))

    def test_nothing_is_glued(self):
        for html, plain in (
            ("<table><tr><td>Color</td><td>Red</td></tr></table>", "Color Red"),
            ("<tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr>", None),
            ("<h1>Wish</h1>A van", "Wish\nA van"),
            ("Hello<p>World</p>", "Hello\nWorld"),
            ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
            ("a<br/>b<br>c", "a\nb\nc"),
            ("<div>a<div>b</div></div>c", "a\nb\nc"),
            ("<o:p>&nbsp;</o:p>Word", "Word"),
            ("&amp;lt;b&amp;gt;bold&amp;lt;/b&amp;gt;", "bold"),
            ("AT&T &copy 2 &unknown; &#0; x", "AT&T &copy 2 &unknown; \ufffd x"),
            ("1 &lt; 2 <kit> &gt;", "1 < 2 <kit> >"),
        ):
            with self.subTest(html=html):
                if plain is None:
                    self.assertEqual(text.plain(html).split(), ["A", "B", "1", "2"])
                else:
                    self.assertEqual(text.plain(html), plain)

    def test_a_time_is_read_in_the_zone_of_the_company(self):
        self.env.company.partner_id.tz = "Asia/Manila"
        self.fake.fields["cherywebsite.test.drive"]["preferred_date"] = {
            "type": "datetime"
        }
        self.fake.drive(
            last_name="B",
            preferred_date="2026-02-14 17:30:00",
            create_date="2026-02-10 20:05:00",
        )
        self.import_leads()
        lead = self.leads()
        self.assertIn("2026-02-15 01:30 (Asia/Manila)", lead.customer_notes)
        body = str(lead.message_ids.body)
        self.assertIn("2026-02-15 01:30 (Asia/Manila)", body)
        self.assertIn("2026-02-11 04:05 (Asia/Manila)", body)
        self.assertNotIn("17:30", lead.customer_notes + body)

    def test_a_date_stays_that_date(self):
        self.env.company.partner_id.tz = "Asia/Manila"
        self.fake.drive(last_name="B", preferred_date="2026-02-14")
        self.import_leads()
        self.assertTrue(self.leads().customer_notes.endswith(": 2026-02-14"))


class TestWebLeadCompanies(SyncCase):
    """The customer is looked up in the company of the lead, not in the scheduler's."""

    def setUp(self):
        super().setUp()
        self.second = self.env["res.company"].create({"name": "Second BPO"})
        self.first = self.env.ref("base.main_company")

    def customer(self, company):
        return self.env["res.partner"].create(
            {
                "name": company.name or "Shared",
                "mobile": "0917 555 0101",
                "company_id": company.id,
            }
        )

    def imported(self):
        self.fake.quotation(name="Mayumi", mobile="0917 555 0101")
        self.import_leads()
        return self.leads()[-1]

    def test_the_lead_of_a_team_belongs_to_its_company(self):
        team = self.env["crm.team"].create(
            {"name": "Second", "company_id": self.second.id}
        )
        self.env["ir.default"].set("crm.lead", "team_id", team.id)
        theirs, ours = self.customer(self.first), self.customer(self.second)
        lead = self.imported()
        self.assertEqual((lead.team_id, lead.company_id), (team, self.second))
        self.assertEqual(lead.partner_id, ours)
        ours.active = False
        lead = self.imported()
        self.assertFalse(lead.partner_id)
        self.assertEqual(lead.company_id, self.second)
        self.assertTrue(theirs.exists())

    def test_a_lead_of_no_company_is_not_taken_by_a_customer(self):
        self.customer(self.first)
        lead = self.imported()
        self.assertFalse(lead.partner_id)
        self.assertFalse(lead.company_id)
        shared = self.customer(self.env["res.company"])
        self.assertEqual(self.imported().partner_id, shared)

    def test_an_agent_of_the_other_company_sees_no_lead_of_it(self):
        team = self.env["crm.team"].create(
            {"name": "Second", "company_id": self.second.id}
        )
        self.env["ir.default"].set("crm.lead", "team_id", team.id)
        agent = new_test_user(
            self.env,
            "second_agent",
            groups="bpo_crm.bpo_crm_group_supervisor",
            company_id=self.second.id,
            company_ids=[(6, 0, self.second.ids)],
        )
        lead = self.imported()
        visible = self.env["crm.lead"].with_user(agent).search([("id", "=", lead.id)])
        self.assertEqual(visible, lead)
