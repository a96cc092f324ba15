from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.remote_odoo.tests.common import FakeOdoo, Fault

from .endorsement_common import EndorsementCase
from .plain_dealer import PlainDealer


@tagged("post_install", "-at_install")
class TestEndorsementPush(EndorsementCase):
    """The dealership has a connection: the outbox offers the lead at once."""

    def setUp(self):
        super().setUp()
        self.fake = FakeOdoo()
        self.fake.start()
        self.addCleanup(self.fake.stop)
        self.connect(self.dealership, self.fake)
        self.fake.on("crm.lead", "receive_endorsed_lead", self.receive)
        self.answer = {
            "status": "ok",
            "lead_id": 5,
            "reference": "DLEAD/00005",
            "sale_order_id": False,
            "sale_order_name": False,
            "error": False,
        }

    def receive(self, payload):
        self.received = payload
        return self.answer

    def test_pushed_at_once(self):  # D108
        lead = self.make_endorsed()
        self.assertEqual(self.fake.calls, [])  # no call in the user's transaction
        self.run_outbox()
        self.assertEqual(self.received["endorsement_key"], lead.endorsement_key)
        self.assertEqual(self.received["customer"]["mobile"], lead.mobile)
        self.assertEqual(lead.endorsement_state, "received")
        self.assertEqual(lead.dealer_lead_name, "DLEAD/00005")
        self.assertEqual(lead.dealer_lead_id, 5)

    def test_reply_in_the_words_of_a_receipt(self):
        self.answer = {
            "status": "ok",
            "dealer_lead_id": 6,
            "dealer_lead_name": "DLEAD/00006",
            "dealer_so_id": 7,
            "dealer_so_name": "S00007",
        }
        lead = self.make_endorsed(with_quotation=True)
        self.run_outbox()
        self.assertEqual((lead.dealer_lead_id, lead.dealer_so_id), (6, 7))
        self.assertEqual(lead.dealer_lead_name, "DLEAD/00006")

    def test_a_lead_that_cannot_be_sent_is_refused_here(self):
        lead = self.make_endorsed()
        lead.sudo().contact_name = "x" * 201
        self.run_outbox()
        self.assertEqual(self.fake.count("crm.lead", "receive_endorsed_lead"), 0)
        self.assertEqual(lead.endorsement_state, "refused")
        self.assertIn("customer.name: longer than 200", lead.endorsement_error)

    def test_quotation_reference_and_manager_mail(self):  # R1, B51, B52
        self.answer |= {"sale_order_id": 9, "sale_order_name": "S00009"}
        lead = self.make_endorsed(with_quotation=True)
        self.run_outbox()
        self.assertEqual((lead.dealer_so_id, lead.dealer_so_name), (9, "S00009"))
        self.assertIn("maria@dealer.example.com", "".join(self.bodies(lead)))

    def test_reply_lost_is_asked_again(self):
        lead = self.make_endorsed()
        self.fake.drop_next_reply()
        self.run_outbox()
        self.assertEqual(lead.endorsement_state, "waiting")
        self.answer["status"] = "already"
        self.run_outbox()
        self.assertEqual(self.fake.count("crm.lead", "receive_endorsed_lead"), 2)
        self.assertEqual(lead.endorsement_state, "received")

    def test_busy_is_asked_again(self):
        self.answer = {"status": "busy", "lead_id": False}
        lead = self.make_endorsed()
        self.run_outbox()
        self.assertEqual(lead.endorsement_state, "waiting")
        self.assertEqual(lead.sudo().remote_message_ids.state, "pending")

    def test_refused_with_its_reason_then_retried(self):
        def refuse(payload):
            raise Fault("odoo.exceptions.ValidationError", "brand_code: Unknown brand")

        self.fake.on("crm.lead", "receive_endorsed_lead", refuse)
        lead = self.make_endorsed()
        self.run_outbox()
        self.assertEqual(lead.endorsement_state, "refused")
        self.assertEqual(lead.endorsement_error, "brand_code: Unknown brand")
        self.assertEqual(lead.step, "negotiation")
        self.assertFalse(self.pull()["leads"])
        self.fake.on("crm.lead", "receive_endorsed_lead", self.receive)
        lead.action_retry_endorsement()
        self.assertEqual(len(self.pull()["leads"]), 1)
        self.run_outbox()
        self.assertEqual(lead.endorsement_state, "received")
        self.assertEqual(len(lead.sudo().remote_message_ids), 1)
        with self.assertRaises(UserError):
            lead.action_retry_endorsement()

    def test_what_the_dealer_says_is_text(self):
        """In the to-do, the chatter and the form: never HTML."""
        link = '<a href="https://evil.example.com">Press</a>'

        def refuse(payload):
            raise Fault("odoo.exceptions.ValidationError", link)

        self.fake.on("crm.lead", "receive_endorsed_lead", refuse)
        lead = self.make_endorsed()
        self.run_outbox()
        self.assertEqual(lead.endorsement_error, link)
        shown = [*self.bodies(lead), *lead.sudo().activity_ids.mapped("note")]
        self.assertIn("&lt;a href", "".join(map(str, shown)))
        self.assertNotIn("<a href", "".join(map(str, shown)))

    def test_denied_leaves_the_lead_to_the_pull(self):
        def deny(payload):
            raise Fault("odoo.exceptions.AccessError", "Only the service account")

        self.fake.on("crm.lead", "receive_endorsed_lead", deny)
        lead = self.make_endorsed()
        self.run_outbox()
        self.assertEqual(lead.endorsement_state, "waiting")
        self.assertTrue(lead.endorsement_error)
        self.assertEqual(len(self.pull()["leads"]), 1)

    def test_pulled_or_withdrawn_before_the_push_is_not_sent(self):
        pulled, withdrawn = self.make_endorsed(), self.make_endorsed()
        self.acknowledge(self.receipt(pulled))
        withdrawn.action_withdraw_endorsement("sorry")
        self.run_outbox()
        self.assertEqual(self.fake.count("crm.lead", "receive_endorsed_lead"), 0)
        self.assertEqual(pulled.endorsement_state, "received")
        self.assertEqual(withdrawn.endorsement_state, "withdrawn")

    def test_withdrawn_while_the_push_was_on_its_way(self):
        lead = self.make_endorsed()
        payload = {"endorsement_key": lead.endorsement_key}
        with self.dealership.sudo()._remote_client() as client:
            reply = lead.sudo()._remote_deliver_push_endorsement(client, payload)
        lead.action_withdraw_endorsement("too late")
        lead.sudo()._remote_done_push_endorsement(reply)
        self.assertEqual(lead.endorsement_state, "withdrawn")
        self.assertEqual(
            [row["endorsement_key"] for row in self.pull()["withdrawn"]],
            [lead.endorsement_key],
        )

    def test_garbage_is_no_answer(self):
        self.answer = {"status": "ok", "lead_id": "five"}
        lead = self.make_endorsed()
        self.run_outbox()
        self.assertEqual(lead.endorsement_state, "waiting")
        self.assertEqual(lead.sudo().remote_message_ids.failure, "bad_reply")
        self.assertFalse(lead.dealer_lead_id)

    def test_withdrawn_push_does_not_wait(self):
        """The dealer is down: nothing of an ended endorsement stays in the outbox."""
        self.fake.stop()
        lead = self.make_endorsed()
        self.run_outbox()
        message = lead.sudo().remote_message_ids
        self.assertEqual(message.state, "pending")
        lead.action_withdraw_endorsement("Another dealer has it in stock.")
        self.assertEqual(message.state, "cancelled")
        self.assertFalse(message.payload)
        self.assertTrue(message.done_at)

    def test_dead_dealer_does_not_hold_up_an_order_elsewhere(self):
        """Endorsed to a dead dealer, withdrawn, then ordered at a plain one."""
        self.fake.stop()
        lead = self.make_endorsed()
        self.run_outbox()
        lead.action_withdraw_endorsement("Down.")
        plain = self.env["crm.dealership"].create(
            {"name": "Plain", "code": "TEST-PLN", "brand_ids": [self.brand.id]}
        )
        fake = PlainDealer()
        fake.start()
        self.addCleanup(fake.stop)
        self.connect(plain, fake)
        lead.dealership_id = plain
        lead.action_mark_won()
        self.run_outbox()
        self.assertEqual(lead.step, "won")
        self.assertEqual(len(fake.rows["sale.order"]), 1)

    def test_cancelled_in_the_outbox(self):
        """The lead says so; the dealer may still pull it."""
        lead = self.make_endorsed()
        message = lead.sudo().remote_message_ids
        message.with_user(self.manager).action_cancel()
        self.assertEqual(lead.endorsement_state, "waiting")
        self.assertIn("cancelled by", lead.endorsement_error)
        self.assertIn("cancelled by", "".join(self.bodies(lead)))
        self.assertEqual(len(self.pull()["leads"]), 1)
