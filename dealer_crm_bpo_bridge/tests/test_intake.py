import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import SERVICE, BridgeCase
from .fake_bpo import make_endorsement


@tagged("post_install", "-at_install")
class TestIntake(BridgeCase):
    def test_becomes_a_lead_in_negotiation(self):  # D02, D107, D108
        reply, lead = self.receive(source_lead_id=1234)
        self.assertEqual(reply["status"], "ok")
        self.assertEqual(reply["reference"], lead.code)
        self.assertFalse(reply["error"])
        self.assertRecordValues(
            lead,
            [
                {
                    "pipeline": "dealer",
                    "step": "negotiation",
                    "type": "opportunity",
                    "user_id": False,
                    "contact_name": "Juan dela Cruz",
                    "mobile": "0917 555 0101",
                    "email_from": "juan@example.com",
                    "city": "Manila",
                    "country_id": self.env.ref("base.ph").id,
                    "brand_id": self.brand.id,
                    "product_id": self.vehicle.id,
                    "vehicle_model_text": "the blue K5",
                    "quantity": 2,
                    "expected_price": 850000.0,
                    "preferred_color": "blue",
                    "has_trade_in": True,
                    "trade_in_details": "Vios 2015",
                    "financing_type": "bank",
                    "customer_notes": "call after 5",
                    "priority": "2",
                    "bpo_source_lead_id": 1234,
                    "bpo_source_lead_name": "LEAD/01234",
                    "bpo_endorsed_by": "Ana Agent",
                    "bpo_state": "received",
                }
            ],
        )
        self.assertTrue(lead.code.startswith("DLEAD/"))

    def test_twice_is_once(self):  # D108
        endorsement = make_endorsement()
        first, lead = self.receive(**endorsement)
        again, same = self.receive(**endorsement)
        self.assertEqual((first["status"], again["status"]), ("ok", "already"))
        self.assertEqual(same, lead)
        self.assertEqual(again["reference"], lead.code)
        self.assertEqual(len(self.find(endorsement)), 1)
        self.assertEqual(len(self.bodies(lead)), 1)

    def test_twice_over_a_connection_set_up_anew(self):
        endorsement = make_endorsement()
        receive = self.env["crm.lead"].with_user(self.service).receive_endorsed_lead
        lead = receive(endorsement)["lead_id"]
        self.connection.unlink()
        anew = self.env["bpo.crm.connection"].create(
            {"name": "Anew", "service_user_id": self.service.id}
        )
        reply = receive(endorsement)
        self.assertEqual((reply["status"], reply["lead_id"]), ("already", lead))
        self.assertEqual(self.find(endorsement).bpo_connection_id, anew)

    def test_another_bpo_neither_takes_over_nor_learns(self):
        endorsement = make_endorsement()
        _reply, lead = self.receive(**endorsement)
        other = new_test_user(
            self.env, "other_bpo", groups=f"base.group_portal,{SERVICE}"
        )
        self.env["bpo.crm.connection"].create(
            {"name": "Another BPO", "service_user_id": other.id}
        )
        with self.assertRaisesRegex(ValidationError, "^endorsement_key: ") as caught:
            self.receive(other, **endorsement)
        self.assertNotIn(lead.code, str(caught.exception))
        _reply, own = self.receive(other, source_lead_id=lead.bpo_source_lead_id)
        self.assertNotEqual(own, lead)  # the same customer and id, of another BPO

    def test_keywords_are_as_good_as_payload(self):
        leads = self.env["crm.lead"].with_user(self.service)
        self.assertEqual(
            leads.receive_endorsed_lead(**make_endorsement())["status"], "ok"
        )
        self.assertEqual(
            leads.receive_endorsed_lead(payload=make_endorsement())["status"], "ok"
        )

    def test_at_once_in_another_transaction_is_busy(self):
        """The unique key decides: the insert of the second one fails, not the call."""
        endorsement = make_endorsement()
        self.receive(**endorsement)
        leads = self.env["crm.lead"].sudo()
        original = type(leads)._bpo_find
        # what a transaction sees that began before the other one committed
        self.patch(type(leads), "_bpo_find", lambda self, key: self.browse())
        self.patch(type(leads), "_bpo_same_source", lambda self, *args: self.browse())
        with self.assertLogs("odoo.sql_db", "ERROR") as logged:
            reply, lead = self.receive(**endorsement)
        self.assertEqual(reply["status"], "busy")
        for known in ("Juan", "0917", "juan@", "Rizal", "call after", "Vios"):
            self.assertNotIn(known, "".join(logged.output))  # no customer in a log
        self.assertFalse(lead)
        self.patch(type(leads), "_bpo_find", original)
        self.assertEqual(self.receive(**endorsement)[0]["status"], "already")

    def test_first_chatter_entry_says_who_when_and_where(self):  # D86
        _reply, lead = self.receive(endorsed_by="<b>Ana</b>")
        body = self.bodies(lead)[-1]
        self.assertIn("&lt;b&gt;Ana&lt;/b&gt;", body)
        self.assertIn("2026-11-20 16:00 (Asia/Manila)", body)
        self.assertIn('href="https://bpo.example.com/odoo/action-1/1234"', body)
        self.assertIn("LEAD/01234", body)

    def test_every_text_stays_text(self):
        evil = "<img src=x onerror=alert(1)>"
        _reply, lead = self.receive(
            source_lead_name=evil,
            endorsed_by=evil,
            customer_notes=evil,
            trade_in_details=evil,
            vehicle_model_text=evil,
            customer={"name": evil, "street": evil, "city": evil},
        )
        self.assertNotIn("<img", "".join(self.bodies(lead)))
        self.assertEqual(lead.customer_notes, evil)
        self.assertEqual(lead.partner_id.name, evil)

    def test_customer_by_mobile_then_email_then_new(self):  # manual: intake
        partners = self.env["res.partner"]
        by_mobile = partners.create({"name": "M", "mobile": "+63 917 555 0101"})
        by_email = partners.create({"name": "E", "email": "JUAN@example.com"})
        _reply, lead = self.receive()
        self.assertEqual(lead.partner_id, by_mobile)
        customer = make_endorsement()["customer"]
        _reply, lead = self.receive(customer={**customer, "mobile": "N/A"})
        self.assertEqual(lead.partner_id, by_email)
        _reply, lead = self.receive(
            customer={"name": "Juan dela Cruz", "mobile": "0918 555 0102"}
        )
        self.assertNotIn(lead.partner_id, by_mobile | by_email)
        self.assertEqual(lead.partner_id.name, "Juan dela Cruz")

    def test_neither_customer_nor_lead_loses_what_it_knows(self):
        partner = self.env["res.partner"].create(
            {
                "name": "Juan Old",
                "mobile": "0917 555 0101",
                "email": "old@example.com",
                "phone": "02 555 0000",
                "city": "Quezon City",
            }
        )
        _reply, lead = self.receive()
        self.env.flush_all()
        self.assertEqual(lead.partner_id, partner)
        self.assertEqual(partner.email, "old@example.com")
        self.assertEqual(partner.city, "Quezon City")
        self.assertEqual(partner.name, "Juan Old")
        self.assertEqual(lead.email_from, "juan@example.com")
        self.assertEqual(lead.city, "Manila")
        self.assertEqual(lead.contact_name, "Juan dela Cruz")

    def test_product_by_reference_then_exact_name_in_the_brand(self):
        def product(**vehicle):
            return self.receive(vehicle=vehicle)[1].product_id

        self.assertEqual(product(name="other", default_code="K5"), self.vehicle)
        self.assertEqual(product(name="Kestrel K5"), self.vehicle)
        self.assertFalse(product(name="Kestrel"))  # not a part of the name
        self.assertFalse(product(name="Nimbus N1"))  # another brand's
        self.assertFalse(product(name="Kestrel K5%"))
        self.vehicle.create({"name": "Kestrel K5", "brand_id": self.brand.id})
        self.assertFalse(product(name="Kestrel K5"))  # two fit: a person picks

    def test_unknown_vehicle_is_kept_as_text(self):
        _reply, lead = self.receive(
            vehicle={"name": "K9 Prototype"}, vehicle_model_text=False
        )
        self.assertFalse(lead.product_id)
        self.assertEqual(lead.vehicle_model_text, "K9 Prototype")

    def test_unknown_brand_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "brand_code: Unknown brand NOPE"):
            self.receive(brand_code="nope")
        self.brand.active = False
        with self.assertRaisesRegex(ValidationError, "Unknown brand KES"):
            self.receive()

    def test_wrong_payloads_name_the_field(self):
        customer = make_endorsement()["customer"]
        for values, field in (
            ({"contract": 2}, "contract"),
            ({"contract": False}, "contract"),
            ({"endorsement_key": "12"}, "endorsement_key"),
            ({"source_lead_id": "12"}, "source_lead_id"),
            ({"source_url": "javascript:alert(1)"}, "source_url"),
            ({"source_url": "https://x' onclick='y"}, "source_url"),
            ({"endorsed_at": "now"}, "endorsed_at"),
            ({"customer": "Juan"}, "customer"),
            ({"customer": {}}, "customer.name"),
            ({"customer": {**customer, "mobile": 917}}, "customer.mobile"),
            ({"customer": {**customer, "name": "x" * 201}}, "customer.name"),
            ({"customer": {**customer, "name": {"a": []}}}, "customer.name"),
            ({"brand_code": "x" * 11}, "brand_code"),
            ({"vehicle": []}, "vehicle"),
            ({"quantity": "2"}, "quantity"),
            ({"quantity": -1}, "quantity"),
            ({"quantity": 1.5}, "quantity"),
            ({"expected_price": float("nan")}, "expected_price"),
            ({"expected_price": 1e300}, "expected_price"),
            ({"with_quotation": "yes"}, "with_quotation"),
            ({"priority": "9"}, "priority"),
            ({"financing_type": "barter"}, "financing_type"),
            ({"customer_notes": "x" * 10_001}, "customer_notes"),
            ({"customer_notes": "a\x00"}, "customer_notes"),
        ):
            with (
                self.subTest(values=repr(values)[:60]),
                self.assertRaisesRegex(ValidationError, f"^{field}: "),
            ):
                self.receive(**values)
        with self.assertRaisesRegex(ValidationError, "^payload: "):
            self.env["crm.lead"].with_user(self.service).receive_endorsed_lead([1])

    def test_new_key_of_an_open_lead_rekeys_it(self):  # DESIGN 7
        _reply, lead = self.receive(source_lead_id=7)
        reply, again = self.receive(
            source_lead_id=7,
            endorsed_by="Another",
            quantity=5,
            brand_code="NIM",
            vehicle={"name": "Nimbus N1"},
        )
        self.assertEqual((reply["status"], again), ("ok", lead))
        self.assertEqual(lead.bpo_endorsed_by, "Another")
        self.assertEqual(lead.bpo_state, "received")
        self.assertEqual((lead.quantity, lead.product_id), (5, self.other_vehicle))

    def test_rekeyed_lead_keeps_what_its_order_is_for(self):
        lead = self.make_endorsed(self.user, source_lead_id=7)
        lead.action_convert_to_quotation()
        self.receive(source_lead_id=7, quantity=5, brand_code="NIM")
        self.assertEqual((lead.quantity, lead.product_id), (2, self.vehicle))
        self.assertEqual(lead.bpo_state, "accepted")  # it has an owner
        self.run_outbox()
        self.assertEqual(
            self.bpo.callbacks[-1]["endorsement_key"], lead.bpo_endorsement_key
        )

    def test_new_key_of_a_closed_lead_makes_a_new_one(self):
        lead = self.make_endorsed(self.user, source_lead_id=7)
        lead.action_mark_lost("price")
        _reply, again = self.receive(source_lead_id=7)
        self.assertNotEqual(again, lead)

    def test_same_id_of_another_customer_is_another_lead(self):
        """Ids repeat after the BPO's database was restored."""
        _reply, lead = self.receive(source_lead_id=7)
        _reply, other = self.receive(
            source_lead_id=7, customer={"name": "Maria", "mobile": "0918 555 0199"}
        )
        self.assertNotEqual(other, lead)
        self.connection.action_accept_database()
        _reply, other_db = self.receive(source_lead_id=7, source_db="another")
        self.assertNotEqual(other_db, lead)

    def test_same_office_is_another_customer(self):
        """Neither a land line nor a shared mailbox says who somebody is."""
        office = {"mobile": "(02) 8123 4567", "email": "info@example.com"}
        _reply, lead = self.receive(source_lead_id=7, customer={"name": "A", **office})
        _reply, other = self.receive(source_lead_id=7, customer={"name": "B", **office})
        self.assertNotEqual(other, lead)
        self.assertNotEqual(other.partner_id, lead.partner_id)
        _reply, again = self.receive(source_lead_id=7, customer={"name": "B", **office})
        self.assertEqual(again, other)

    def test_what_nobody_sees_is_taken_out(self):
        """On the wire, too: of names, addresses and what is looked up by code."""
        endorsement = make_endorsement()
        known = self.env["res.partner"].create(
            {"name": "Juan", "email": "juan@example.com"}
        )
        unseen = "\u200b\u202a\u2060\ufeff"
        code = endorsement["brand_code"]
        _reply, lead = self.receive(
            brand_code=f"{code[:1]}{unseen}{code[1:]}",
            vehicle={"default_code": f"{unseen}K5\u200d"},
            customer={
                "name": f"Juan\u00a0{unseen}dela Cruz",
                "email": f"Juan <juan{unseen}@example.com>.",
                "city": f"{unseen}Manila\u00a0",
            },
        )
        self.assertEqual(lead.contact_name, "Juan dela Cruz")
        self.assertEqual(lead.email_from, "juan@example.com")
        self.assertEqual(lead.city, "Manila")
        self.assertEqual(lead.partner_id, known)
        self.assertEqual(lead.product_id, self.vehicle)
        with self.assertRaisesRegex(ValidationError, "^customer.name: "):
            self.receive(customer={"name": unseen, "mobile": "0917 555 0101"})

    def test_the_note_of_origin_is_in_the_zone_of_its_readers(self):
        self.env.company.partner_id.tz = "Asia/Manila"
        _reply, lead = self.receive(endorsed_at="2026-11-20 17:30:00")
        self.assertIn("2026-11-21 01:30 (Asia/Manila)", str(self.bodies(lead)))
        self.assertNotIn("17:30", str(self.bodies(lead)))

    def test_another_database_of_the_bpo_is_noticed(self):
        """A copy, or one restored under another identity: refused until accepted."""
        _reply, lead = self.receive()
        known = lead.bpo_source_db
        self.assertEqual(self.connection.source_db, known)
        with self.assertRaisesRegex(ValidationError, "source_db: other is not"):
            self.receive(source_db="other")
        # What is here already is answered as ever.
        key = lead.bpo_endorsement_key
        reply, same = self.receive(endorsement_key=key, source_db="other")
        self.assertEqual((reply["status"], same), ("already", lead))
        # By the pull: both sides see it, and other leads come in.
        refused, taken = self.bpo.endorse(source_db="other"), self.bpo.endorse()
        self.run_import()
        self.assertFalse(self.find(refused))
        self.assertTrue(self.find(taken))
        told = {row["endorsement_key"]: row["error"] for row in self.bpo.receipts}
        self.assertIn("source_db", told[refused["endorsement_key"]])
        with self.assertRaises(AccessError):
            self.connection.with_user(self.manager).action_accept_database()
        self.connection.action_accept_database()
        self.assertTrue(self.receive(source_db="other")[1])
        self.assertEqual(self.connection.source_db, "other")
        with self.assertRaises(ValidationError):
            self.receive(source_db=known)

    def test_default_owner_accepts(self):
        self.connection.user_id = self.user
        _reply, lead = self.receive()
        self.assertEqual(lead.user_id, self.user)
        self.assertIn("Endorsed from BPO CRM", self.bodies(lead)[-1])  # D86: first
        self.assertEqual(lead.bpo_state, "accepted")
        self.run_outbox()
        self.assertEqual(self.bpo.callbacks[-1]["outcome"], "accepted")

    def test_nothing_is_writable_from_outside(self):
        lead = self.make_endorsed(self.user)
        for values in (
            {"bpo_endorsement_key": "x"},
            {"bpo_source_lead_id": 1},
            {"bpo_source_url": "https://evil.example.com"},
            {"bpo_state": "closed"},
            {"bpo_callback_state": "failed"},
            {"bpo_confirmed_outcome": "won"},
        ):
            for user in (self.user, self.admin):
                with self.subTest(values), self.assertRaises(UserError):
                    lead.with_user(user).write(values)
            with self.assertRaises(UserError):
                self.new_lead(self.user, **values)
        copy = lead.with_user(self.manager).copy()
        self.assertFalse(copy.bpo_endorsement_key or copy.bpo_state)

    def test_key_is_unique_in_the_database(self):
        _reply, lead = self.receive()
        other = self.new_lead()
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError):
            with self.env.cr.savepoint():
                other._bpo_write({"bpo_endorsement_key": lead.bpo_endorsement_key})

    def test_only_the_bpos_account_hands_over(self):
        portal = self.env.ref("base.public_user")
        for user in (self.user, self.admin, self.outsider, portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.receive(user=user)
        self.connection.service_user_id = False
        with self.assertRaises(AccessError):
            self.receive()

    def test_account_without_email(self):
        self.service.email = False
        self.assertEqual(self.receive()[0]["status"], "ok")


@tagged("post_install", "-at_install")
class TestIntakeQuotation(BridgeCase):
    def setUp(self):
        super().setUp()
        self.connection.user_id = self.user

    def test_quotation_of_the_default_salesperson(self):  # R1
        reply, lead = self.receive(with_quotation=True)
        order = lead.sale_order_id
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.user_id, self.user)
        self.assertEqual(order.create_uid, self.user)
        self.assertEqual(order.origin, lead.code)
        self.assertEqual(order.order_line.product_id, self.vehicle)
        self.assertEqual(order.order_line.price_unit, 850000.0)
        self.assertEqual(reply["sale_order_name"], order.name)
        self.assertFalse(reply["error"])
        again, _lead = self.receive(
            with_quotation=True, endorsement_key=lead.bpo_endorsement_key
        )
        self.assertEqual(again["sale_order_id"], order.id)

    def test_quotation_of_a_salesperson_of_two_companies(self):
        other = self.env["res.company"].create({"name": "Cebu branch"})
        both = (self.env.company | other).ids
        self.user.write({"company_ids": [(6, 0, both)], "company_id": other.id})
        reply, lead = self.receive(with_quotation=True)
        self.assertFalse(reply["error"])
        self.assertEqual(lead.sale_order_id.company_id, lead.company_id)

    def test_lead_is_kept_when_the_quotation_fails(self):
        reply, lead = self.receive(
            with_quotation=True, vehicle={"name": "K9"}, vehicle_model_text=False
        )
        self.assertEqual(reply["status"], "ok")
        self.assertIn("Select a vehicle first", reply["error"])
        self.assertFalse(lead.sale_order_id)
        self.assertEqual(lead.activity_ids.user_id, self.user)
        self.assertIn("Select a vehicle", lead.bpo_quotation_error)

    def test_without_default_salesperson(self):
        self.connection.user_id = False
        reply, lead = self.receive(with_quotation=True)
        self.assertEqual(lead.step, "negotiation")
        self.assertIn("No default salesperson", reply["error"])

    def test_won_when_the_vehicle_is_delivered(self):
        """The quotation that came with the lead is no way around the gate."""
        _reply, lead = self.receive(with_quotation=True)  # two vehicles
        self.deliver(self.confirm(lead.sale_order_id), quantity=1)
        lead = lead.with_user(self.user)
        with self.assertRaisesRegex(UserError, "^1 of 2 × .*Kestrel K5"):
            lead.action_mark_won()
        self.run_outbox()
        told = [callback["outcome"] for callback in self.bpo.callbacks]
        self.assertEqual(told, ["accepted"])
        lead.quantity = 1
        lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(self.bpo.callbacks[-1]["outcome"], "won")
