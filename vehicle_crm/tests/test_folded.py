from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.vehicle_crm.hooks import fold_existing

from .common import PipelineCase

UNSEEN = "\u200b\u200e\u202a\u2060\ufeff"


def dirty(text):
    """``text`` as it comes from a web page or a chat."""
    return (
        f"\u00a0{UNSEEN}{text[:2]}{UNSEEN}{text[2:]}".replace(" ", "\u00a0 ") + "\u200d"
    )


LEAD = {
    "name": "Tiggo for Juan",
    "contact_name": "Juan Cruz",
    "email_from": "juan@example.com",
    "mobile": "0917 555 0101",
    "phone": "02 8123 4567",
    "street": "1 Mabini",
    "city": "Quezon City",
    "zip": "1100",
    "vehicle_model_text": "Tiggo 7 Pro",
    "preferred_color": "Dark red",
}


@tagged("post_install", "-at_install")
class TestFolded(PipelineCase):
    """What nobody sees is taken out of names and codes, whichever way they come."""

    def check(self, record, values):
        for name, value in values.items():
            with self.subTest(field=name):
                self.assertEqual(record[name], value)

    def test_lead_by_rpc(self):
        values = {name: dirty(value) for name, value in LEAD.items()}
        lead = self.new_lead(self.user, **values)
        self.check(lead, LEAD)
        self.assertEqual(lead.email_normalized, "juan@example.com")
        other = self.new_lead(self.user)
        other.write(values)
        self.check(other, LEAD)

    def test_lead_by_form(self):
        lead = self.new_lead(self.user)
        with Form(lead.with_user(self.user), "vehicle_crm.crm_lead_view_form") as form:
            for name in ("contact_name", "mobile", "email_from", "city"):
                form[name] = dirty(LEAD[name])
        self.check(lead, {name: LEAD[name] for name in ("contact_name", "city")})
        self.assertEqual(lead.email_from, "juan@example.com")

    def test_lead_by_import(self):
        names = ["name", "contact_name", "email_from", "mobile", "city"]
        result = self.Lead.with_context(default_pipeline=self.pipeline).load(
            names, [[dirty(LEAD[name]) for name in names]]
        )
        self.assertFalse(result["messages"])
        self.check(
            self.Lead.browse(result["ids"]), {name: LEAD[name] for name in names}
        )

    def test_free_text_stays(self):
        note = "One\n\ttwo\u200bthree \u0639\u0644\u06cc\u200c\u0631\u0636\u0627"
        lead = self.new_lead(self.user, customer_notes=note, trade_in_details=note)
        self.check(lead, {"customer_notes": note, "trade_in_details": note})

    def test_numbers_are_digits(self):
        lead = self.new_lead(self.user, mobile=9175550101.0, phone="9,175,550,102.00")
        self.check(lead, {"mobile": "9175550101", "phone": "9175550102"})

    def test_a_name_of_nothing_is_no_name(self):
        customer = self.env["res.partner"]._match_or_create_customer(
            {"name": UNSEEN, "email": dirty("juan@example.com")}
        )
        self.assertEqual(customer.name, "juan@example.com")
        lead = self.new_lead(self.user, contact_name=UNSEEN, city="\u00a0")
        self.check(lead, {"contact_name": False, "city": False})
        for values in ({"name": UNSEEN}, {"name": "\u00a0\u200b"}):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
                self.env["res.partner"].create(values)
        lead.write({"name": UNSEEN})
        self.assertEqual(lead.name, "New lead")

    def test_customer_and_brand(self):
        partner = self.env["res.partner"].create(
            {
                "name": dirty("Juan Cruz"),
                "email": dirty("juan@example.com"),
                "mobile": dirty("0917 555 0101"),
                "city": dirty("Quezon City"),
                "ref": dirty("C-001"),
            }
        )
        self.check(
            partner,
            {
                "name": "Juan Cruz",
                "email": "juan@example.com",
                "mobile": "0917 555 0101",
                "city": "Quezon City",
                "ref": "C-001",
                "email_normalized": "juan@example.com",
            },
        )
        brand = self.env["crm.brand"].create(
            {"name": dirty("Chery Auto"), "code": dirty("chry")}
        )
        self.check(brand, {"name": "Chery Auto", "code": "CHRY"})
        with self.assertRaises(ValidationError):
            self.env["crm.brand"].create({"name": "Other", "code": dirty("chry")})

    def test_existing_rows(self):
        """What came in before is folded by the migration; a double code stays."""
        partner = self.env["res.partner"].create({"name": "Juan", "ref": "C-001"})
        clean = self.env["res.partner"].create({"name": "Clean"})
        lead = self.new_lead(self.user, contact_name="Juan", customer_notes="x")
        ordinary = self.new_ordinary_lead(contact_name="Juan")
        brand = self.env["crm.brand"].create({"name": "Dirty", "code": "DRTY"})
        self.env.flush_all()
        for record, name in (
            (partner, "name"),
            (partner, "email"),
            (partner, "ref"),
            (lead, "contact_name"),
            (lead, "email_from"),
            (lead, "customer_notes"),
            (ordinary, "contact_name"),
            (brand, "code"),
        ):
            value = {
                "email": "juan@example.com",
                "email_from": "juan@example.com",
                "ref": "C-001",
                "code": self.brand.code,
            }.get(name, "Juan Cruz")
            self.env.cr.execute(
                f'UPDATE "{record._table}" SET "{name}" = %s WHERE id = %s',
                [dirty(value), record.id],
            )
        self.env.invalidate_all()
        before = clean.write_date
        with self.assertLogs("odoo.addons.vehicle_crm.hooks", "WARNING") as logs:
            for model in ("res.partner", "crm.brand"):
                fold_existing(self.env, model)
            fold_existing(self.env, "crm.lead", [("pipeline", "!=", False)])
        self.assertIn(f"crm.brand {brand.id} ", logs.output[0])
        self.assertEqual(len(logs.output), 1)
        self.check(
            partner,
            {
                "name": "Juan Cruz",
                "email": "juan@example.com",
                "email_normalized": "juan@example.com",
                "ref": "C-001",
            },
        )
        self.check(
            lead, {"contact_name": "Juan Cruz", "email_from": "juan@example.com"}
        )
        self.assertEqual(lead.customer_notes, dirty("Juan Cruz"))
        self.assertEqual(ordinary.contact_name, dirty("Juan Cruz"))
        self.assertEqual(clean.write_date, before)
        with self.assertNoLogs("odoo.addons.vehicle_crm.hooks", "WARNING"):
            self.assertFalse(fold_existing(self.env, "res.partner"))

    def test_ordinary_leads_are_the_cores(self):
        lead = self.new_ordinary_lead(contact_name=dirty("Juan Cruz"))
        self.assertEqual(lead.contact_name, dirty("Juan Cruz"))

    def test_email_keeps_the_first_address(self):
        for typed in (
            "juan@example.com, other@example.com",
            "juan@example.com/other@example.com",
            "juan@example.com or other@example.com",
            "Juan <juan@example.com>",
            "mailto:juan@example.com",
            "juan@example.com.",
            "info@example.com, juan@example.com",
        ):
            lead = self.new_lead(self.user, email_from=typed)
            other = self.new_lead(self.user)
            other.write({"email_from": typed})
            for found in (lead, other):
                with self.subTest(typed=typed):
                    self.assertEqual(found.email_from, "juan@example.com")
                    self.assertEqual(found.email_normalized, "juan@example.com")
                    body = "".join(found.message_ids.mapped("body"))
                    escaped = typed.replace("<", "&lt;").replace(">", "&gt;")
                    self.assertIn(escaped, body)
        lead = self.new_lead(self.user, email_from="JUAN@example.com")
        self.assertEqual(lead.email_from, "juan@example.com")
        self.assertNotIn("as typed", "".join(lead.message_ids.mapped("body")))
        lead.write({"email_from": "ask his wife"})
        self.assertEqual(lead.email_from, "ask his wife")

    def test_email_of_the_customer_is_left_alone(self):
        """The customer's field may hold two addresses, which Odoo writes to."""
        both = "juan@example.com, office@example.com"
        partner = self.env["res.partner"].create({"name": "Juan", "email": both})
        lead = self.new_lead(self.user, partner_id=partner.id)
        lead.write({"email_from": "Juan <juan@example.com>"})
        self.assertEqual(partner.email, both)
