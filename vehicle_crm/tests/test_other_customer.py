from odoo.tests import Form, tagged

from odoo.addons.vehicle_crm.phone import tail

from .common import PipelineCase

# What a lead says of its customer: the lead's field, the customer's, and two values.
FIELDS = [
    ("mobile", "mobile", "0917 555 0101", "0918 555 0202"),
    ("phone", "phone", "(02) 8123 4567", "(02) 8765 4321"),
    ("email_from", "email", "ana@example.com", "ben@example.com"),
    ("street", "street", "1 Mabini", "2 Rizal"),
    ("street2", "street2", "Ermita", "Poblacion"),
    ("city", "city", "Manila", "Makati"),
    ("zip", "zip", "1000", "1200"),
    ("state_id", "state_id", "base.state_be_8", "base.state_us_5"),
    ("country_id", "country_id", "base.be", "base.us"),
    ("contact_name", "name", "Ana", "Ben"),
    ("partner_name", "company_name", "Ana's Garage", "Ben & Sons"),
    ("function", "function", "Owner", "Driver"),
    ("website", "website", "http://ana.example.com", "http://ben.example.com"),
]
IN_FORM = {
    *("mobile", "phone", "email_from", "street", "street2", "city", "zip"),
    *("state_id", "country_id", "contact_name", "partner_name"),
}


@tagged("post_install", "-at_install")
class TestOtherCustomer(PipelineCase):
    """What the former customer was reached by is not the next one's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref("base.ph")
        cls.ana = cls.env["res.partner"].create(cls.values(1, "name"))
        cls.ben = cls.env["res.partner"].create({"name": "Ben"})

    @classmethod
    def value(cls, name, text):
        return cls.env.ref(text) if name.endswith("_id") else text

    @classmethod
    def values(cls, which, *more):
        """Values of a customer: the first or the second of each field."""
        found = {}
        for _lead, name, first, second in FIELDS:
            value = cls.value(name, first if which == 1 else second)
            found[name] = value.id if name.endswith("_id") else value
        return found

    def lead_of_ana(self):
        lead = self.new_lead(self.user, partner_id=self.ana.id)
        for name, _partner, first, _second in FIELDS:
            self.assertEqual(lead[name], self.value(name, first), name)
        return lead

    def check(self, lead, kept=None):
        """Nothing of Ana is left, and ``kept`` is what was typed."""
        for name, _partner, _first, second in FIELDS:
            expected = self.value(name, second) if name == kept else False
            if name == "contact_name" and name != kept:
                expected = "Ben"
            with self.subTest(field=name, kept=kept):
                self.assertEqual(lead[name] or False, expected or False)

    def test_by_rpc(self):
        lead = self.lead_of_ana().with_user(self.user)
        lead.write({"partner_id": self.ben.id})
        self.check(lead)
        self.assertFalse(lead.mobile_key)
        self.assertEqual(self.ben.mobile, False)
        self.assertEqual(self.ana.mobile, "0917 555 0101")
        self.assertEqual(self.ana.email, "ana@example.com")
        for text in ("Another customer than Ana", "0917 555 0101", "1 Mabini"):
            self.assertIn(text, self.chatter(lead))

    def test_by_rpc_what_is_typed_stays(self):
        for name, partner_name, _first, second in FIELDS:
            lead = self.lead_of_ana()
            ben = self.env["res.partner"].create({"name": "Ben"})
            value = self.value(name, second)
            lead.write(
                {
                    "partner_id": ben.id,
                    name: value.id if name.endswith("_id") else value,
                }
            )
            self.check(lead, kept=name)
            self.assertFalse(ben.mobile_key if partner_name == "name" else False)

    def test_by_rpc_what_the_next_has(self):
        ben = self.env["res.partner"].create(self.values(2))
        leads = self.lead_of_ana() | self.lead_of_ana() | self.new_lead(self.user)
        leads.write({"partner_id": ben.id})
        for lead in leads:
            for name, _partner, _first, second in FIELDS:
                with self.subTest(field=name):
                    self.assertEqual(lead[name], self.value(name, second))

    def test_typed_over_the_former_goes(self):
        """Another number of Ana, which her record does not have."""
        lead = self.lead_of_ana()
        lead.write({"mobile": "0919 555 0303", "street": "3 Luna"})
        lead.write({"partner_id": self.ben.id})
        self.check(lead)
        self.assertIn("3 Luna", self.chatter(lead))

    def test_company(self):
        garage = self.env["res.partner"].create({"name": "Garage", "is_company": True})
        lead = self.lead_of_ana()
        lead.write({"partner_id": garage.id})
        self.assertFalse(lead.contact_name)
        self.assertEqual(lead.partner_name, "Garage")

    def test_first_customer(self):
        """What was typed before a lead has a customer is that customer's."""
        lead = self.new_lead(self.user, mobile="0919 555 0303", city="Pasig")
        lead.write({"partner_id": self.ben.id})
        self.assertEqual((lead.mobile, lead.city), ("0919 555 0303", "Pasig"))
        lead.write({"partner_id": self.ben.id})
        self.assertEqual((lead.mobile, lead.city), ("0919 555 0303", "Pasig"))

    def form(self, lead):
        roles = self.Lead._pipeline_roles()[self.pipeline]
        view = roles.get("form") or "vehicle_crm.crm_lead_view_form"
        return Form(lead.with_user(self.user), view=view)

    def test_by_form(self):
        lead = self.lead_of_ana()
        with self.form(lead) as form:
            form.partner_id = self.ben
            for name in sorted(IN_FORM - {"contact_name"}):
                self.assertFalse(form[name], name)
            self.assertEqual(form.contact_name, "Ben")
        self.check(lead)

    def test_by_form_what_is_typed_stays(self):
        for name in sorted(IN_FORM):
            for first in (False, True):
                lead = self.lead_of_ana()
                ben = self.env["res.partner"].create({"name": "Ben"})
                second = next(row[3] for row in FIELDS if row[0] == name)
                value = self.value(name, second)
                with self.form(lead) as form:
                    if first and name not in ("state_id", "country_id", "contact_name"):
                        form[name] = value
                        form.partner_id = ben
                    else:
                        form.partner_id = ben
                        form[name] = value
                with self.subTest(field=name, first=first):
                    shown = lead[name]
                    if name in ("mobile", "phone"):  # a form may write it another way
                        shown = tail(shown)[-7:]
                        value = tail(value)[-7:]
                    self.assertEqual(shown, value)
                    self.assertFalse(lead.mobile and name != "mobile")
                    self.assertFalse(lead.street and name != "street")

    def test_by_form_twice(self):
        """Neither of the two who were chosen before is left."""
        carl = self.env["res.partner"].create({"name": "Carl"})
        ben = self.env["res.partner"].create(self.values(2))
        lead = self.lead_of_ana()
        with self.form(lead) as form:
            form.partner_id = ben
            self.assertEqual(form.mobile, "0918 555 0202")
            form.partner_id = carl
            self.assertFalse(form.mobile)
        for name, _partner, _first, _second in FIELDS:
            if name != "contact_name":
                self.assertFalse(lead[name], name)
        self.assertEqual(lead.contact_name, "Carl")
        with self.form(lead) as form:
            form.partner_id = self.env["res.partner"]
            form.partner_id = ben
        self.assertEqual(lead.mobile, "0918 555 0202")

    def test_ordinary_leads_are_the_cores(self):
        lead = self.new_ordinary_lead(partner_id=self.ana.id)
        self.assertEqual(lead.street, "1 Mabini")
        lead.partner_id = self.ben
        self.assertEqual(lead.street, "1 Mabini")
