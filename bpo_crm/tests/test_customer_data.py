from odoo.tests import TransactionCase, tagged

from .common import BpoMixin
from .endorsement_common import EndorsementCase


@tagged("post_install", "-at_install")
class TestEndorsedCustomer(EndorsementCase):
    """What a dealer is told of a customer is of that customer."""

    def test_another_customer(self):
        ana = self.env["res.partner"].create(
            {
                "name": "Ana Cruz",
                "mobile": "0917 555 0101",
                "phone": "02 8123 4567",
                "email": "ana@example.com",
                "street": "1 Mabini",
                "city": "Manila",
                "zip": "1000",
                "country_id": self.env.ref("base.ph").id,
            }
        )
        ben = self.env["res.partner"].create({"name": "Ben", "mobile": "09185550202"})
        lead = self.to_negotiation(self.make_lead(partner_id=ana.id))
        lead.write({"partner_id": ben.id})
        lead.action_endorse()
        customer = self.pull()["leads"][0]["customer"]
        self.assertEqual(
            {name: value for name, value in customer.items() if value},
            {"name": "Ben", "mobile": "09185550202"},
        )

    def test_what_nobody_sees(self):
        lead = self.make_endorsed(
            contact_name="\u200bAna\u00a0Cruz\u202c",
            email_from="Ana <ana\u200b@example.com>.",
            city="\ufeffManila",
        )
        customer = self.pull()["leads"][0]["customer"]
        self.assertEqual(customer["name"], "Ana Cruz")
        self.assertEqual(customer["email"], "ana@example.com")
        self.assertEqual(customer["city"], "Manila")
        self.assertTrue(lead.endorsement_key)


@tagged("post_install", "-at_install")
class TestNobody(BpoMixin, TransactionCase):
    """Placeholders and land lines name no customer, here and at a plain dealer."""

    def test_same_customer(self):
        for own, values in (
            ("09195550404", {"mobile": "09999999999", "email_from": "na@na.com"}),
            ("09195550505", {"mobile": "02 8123 4567", "email_from": "info@x.ph"}),
        ):
            first, second = (self.make_lead(**values) for _lead in range(2))
            self.assertFalse(first.same_customer_count, values)
            second.mobile = f"{second.mobile} / {own}"
            first.phone = own
            first.invalidate_recordset(["same_customer_count"])
            self.assertEqual(first.same_customer_count, 1)

    def test_order_payload(self):
        lead = self.make_lead(
            mobile="02 8123 4567", phone="0917 555 0101", email_from="info@example.com"
        )
        lead._write_handoff(handoff_key="1a2b3c4d-0000-4000-8000-000000000000")
        payload = lead._get_order_payload()
        self.assertEqual(payload["number"]["key"], "+639175550101")
        self.assertNotIn("email", payload["customer"])
        self.env["crm.placeholder"].create({"name": "0917 555 0101"})
        self.assertFalse(lead._get_order_payload()["number"])
        self.assertFalse(lead._get_order_payload()["customer"].get("email"))
