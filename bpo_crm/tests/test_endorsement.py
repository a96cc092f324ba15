import uuid
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.remote_odoo.payload import check_payload
from odoo.addons.vehicle_crm.exchange.endorsement import ENDORSEMENT

from .endorsement_common import EndorsementCase


@tagged("post_install", "-at_install")
class TestEndorse(EndorsementCase):
    def test_waits_in_negotiation(self):  # R1
        lead = self.make_endorsed()
        self.assertEqual(lead.endorsement_state, "waiting")
        self.assertEqual(lead.step, "negotiation")
        self.assertEqual(str(uuid.UUID(lead.endorsement_key)), lead.endorsement_key)
        self.assertEqual(lead.endorsed_by, self.agent)
        self.assertFalse(lead.with_quotation)
        self.assertIn("Endorsed to", self.bodies(lead)[0])

    def test_from_qualified_moves_on_but_new_is_refused(self):  # R7
        lead = self.make_lead()
        with self.assertRaisesRegex(UserError, "Qualified or Negotiation"):
            lead.action_endorse()
        lead.stage_id = self.env.ref("bpo_crm.stage_qualified")
        lead.action_endorse(with_quotation=True)
        self.assertEqual(lead.step, "negotiation")
        self.assertTrue(lead.with_quotation)

    def test_each_obstacle_has_its_sentence(self):
        lead = self.to_negotiation(self.make_lead())
        for values, sentence in (
            ({"vehicle_model_id": False}, "vehicle model"),
            ({"dealership_id": False}, "Choose a dealership"),
            ({"brand_id": False, "dealership_id": False}, "Choose a brand"),
        ):
            lead.write(values)
            with self.assertRaisesRegex(UserError, sentence):
                lead.action_endorse(with_quotation=True)
            self.assertEqual(lead.endorsement_state, "none")

    def test_only_to_a_dealer_that_endorses(self):  # R1
        self.dealership.handoff_mode = "order"
        with self.assertRaisesRegex(UserError, "does not run Dealer CRM"):
            self.make_endorsed()

    def test_only_own_and_claimed_leads(self):
        lead = self.to_negotiation(self.make_lead())
        with self.assertRaises(AccessError):
            lead.with_user(self.other_agent).action_endorse()
        with self.assertRaises(AccessError):
            lead.with_user(self.service).action_endorse()
        lead.with_user(self.manager).user_id = False
        with self.assertRaises(UserError):
            lead.action_endorse()
        self.assertEqual(lead.endorsement_state, "none")

    def test_not_twice(self):
        lead = self.make_endorsed()
        with self.assertRaisesRegex(UserError, "already"):
            lead.action_endorse()

    def test_what_no_dealer_would_take_is_refused_here(self):
        lead = self.to_negotiation(self.make_lead(customer_notes="x" * 10_001))
        with self.assertRaisesRegex(UserError, "customer_notes: longer than"):
            lead.action_endorse()

    def test_nothing_is_writable_from_outside(self):
        lead = self.make_endorsed()
        for values in (
            {"endorsement_state": "closed"},
            {"endorsement_key": str(uuid.uuid4())},
            {"endorsed_by": self.manager.id},
            {"with_quotation": True},
            {"endorsement_dealership_id": self.other_dealership.id},
            {"dealer_lead_url": "https://x.example.com"},
            {"endorsement_conflict": "x"},
        ):
            for user in (self.agent, self.manager):
                with self.subTest(values=values), self.assertRaises(UserError):
                    lead.with_user(user).write(values)
        with self.assertRaises(AccessError):
            lead.withdrawal_ids.with_user(self.manager).create(
                {
                    "lead_id": lead.id,
                    "endorsement_key": "x",
                    "dealership_id": self.dealership.id,
                }
            )

    def test_brand_vehicle_and_dealership_are_fixed_while_endorsed(self):
        lead = self.make_endorsed()
        for name in ("brand_id", "vehicle_model_id", "dealership_id"):
            with self.subTest(name), self.assertRaisesRegex(UserError, "fixed"):
                lead.write({name: False})
        lead.write({"dealership_id": self.dealership.id, "mobile": "0917 555 0199"})

    def test_neither_merged_nor_deleted_while_endorsed(self):
        lead = self.make_endorsed()
        other = self.make_lead()
        with self.assertRaisesRegex(UserError, "cannot be merged"):
            (lead | other).merge_opportunity()
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            lead.with_user(self.manager).unlink()

    def test_a_copy_is_not_endorsed(self):
        copy = self.make_endorsed().with_user(self.manager).copy()
        self.assertEqual(copy.endorsement_state, "none")
        self.assertFalse(copy.endorsement_key)

    def test_what_nobody_sees_does_not_stop_a_lead(self):
        lead = self.make_endorsed(customer_notes="call\x0b me\x1f")
        self.assertEqual(lead._endorsement_payload()["customer_notes"], "call me")

    def test_payload_passes_the_contract(self):  # DESIGN 7
        lead = self.make_endorsed(
            with_quotation=True,
            customer_notes="<b>now</b>",
            budget_max=1000,
            priority="2",
            financing_type="bank",
            has_trade_in=True,
        )
        payload = lead._endorsement_payload()
        checked = check_payload(payload, ENDORSEMENT)
        self.assertEqual(set(checked), set(payload))
        self.assertEqual(checked["customer"]["name"], "Ana Cruz")
        self.assertEqual(checked["brand_code"], "FOTONX")
        self.assertEqual(checked["vehicle"]["default_code"], "TL-G7")
        self.assertEqual(checked["source_lead_name"], lead.code)
        self.assertEqual(checked["endorsed_by"], self.agent.name)
        self.assertEqual(checked["customer_notes"], "<b>now</b>")
        self.assertEqual(checked["quantity"], 2)
        self.assertEqual(checked["currency"], self.env.company.currency_id.name)
        self.assertIn(f"/{lead.id}", checked["source_url"])


@tagged("post_install", "-at_install")
class TestEndorsementEnds(EndorsementCase):
    def test_withdraw_gives_the_lead_back(self):
        lead = self.make_endorsed()
        key = lead.endorsement_key
        self.assertEqual(
            lead.action_withdraw_endorsement()["res_model"], "crm.lead.endorse.withdraw"
        )
        wizard = (
            self.env["crm.lead.endorse.withdraw"]
            .with_user(self.agent)
            .create({"lead_id": lead.id, "reason": "other branch"})
        )
        wizard.action_withdraw()
        self.assertEqual(lead.endorsement_state, "withdrawn")
        self.assertEqual((lead.step, lead.user_id), ("negotiation", self.agent))
        self.assertFalse(lead.dealership_id)
        self.assertIn("other branch", self.bodies(lead)[0])
        lead.dealership_id = self.other_dealership
        lead.action_endorse()
        self.assertNotEqual(lead.endorsement_key, key)

    def test_accepted_leads_are_withdrawn_by_supervisors_only(self):
        lead = self.make_received()
        self.callback(lead, "accepted")
        with self.assertRaises(AccessError):
            lead.action_withdraw_endorsement("no")
        lead.with_user(self.supervisor).action_withdraw_endorsement("yes")
        self.assertEqual(lead.endorsement_state, "withdrawn")
        with self.assertRaises(AccessError):
            self.make_endorsed().with_user(
                self.other_agent
            ).action_withdraw_endorsement("mine now")

    def test_expires_only_while_nobody_accepted(self):
        self.dealership.with_user(self.manager).endorsement_hours = 24
        waiting, received = self.make_endorsed(), self.make_received()
        accepted = self.make_received()
        self.callback(accepted, "accepted")
        leads = waiting | received | accepted
        with freeze_time(fields.Datetime.now() + timedelta(hours=23)):
            self.env["crm.lead"]._cron_expire_endorsements()
            self.assertNotIn("expired", leads.mapped("endorsement_state"))
        with freeze_time(fields.Datetime.now() + timedelta(hours=25)), self.in_cron():
            self.env["crm.lead"]._cron_expire_endorsements()
        self.assertEqual(
            leads.mapped("endorsement_state"), ["expired", "expired", "accepted"]
        )
        self.assertFalse(waiting.dealership_id)
        self.assertEqual(waiting.activity_ids.user_id, self.agent)
        self.assertEqual(len(self.pull()["withdrawn"]), 2)

    def test_zero_hours_never_expire(self):
        lead = self.make_endorsed()
        with freeze_time(fields.Datetime.now() + timedelta(days=900)):
            self.env["crm.lead"]._cron_expire_endorsements()
        self.assertEqual(lead.endorsement_state, "waiting")

    def test_hours_are_for_managers(self):
        with self.assertRaises(AccessError):
            self.dealership.with_user(self.supervisor).endorsement_hours = 1

    def test_agents_do_not_close_what_the_dealer_works(self):  # R1
        lead = self.make_received()
        for act in (
            lead.action_mark_won,
            lambda: lead.action_mark_lost("price"),
            lambda: lead.write({"stage_id": self.env.ref("bpo_crm.stage_lost").id}),
            lead.with_user(self.manager).action_mark_won,
        ):
            with self.assertRaises(UserError):
                act()
        self.assertEqual(lead.step, "negotiation")

    def test_managers_override_is_audited(self):  # R1
        won, released = self.make_received(), self.make_received()
        override = self.env["crm.lead.override"]
        for lead, decision in ((won, "won"), (released, "release")):
            values = {"lead_id": lead.id, "decision": decision, "reason": "phoned"}
            with self.assertRaises(AccessError):
                override.with_user(self.supervisor).create(values).action_apply()
            override.with_user(self.manager).create(values).action_apply()
            self.assertIn("phoned", "".join(self.bodies(lead)))
        self.assertEqual((won.step, won.endorsement_state), ("won", "closed"))
        self.assertEqual(
            (released.step, released.endorsement_state), ("negotiation", "withdrawn")
        )
        self.assertFalse(self.pull(keys=[released.endorsement_key])["leads"])
