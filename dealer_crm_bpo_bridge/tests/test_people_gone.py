from odoo.tests import new_test_user, tagged

from .common import BridgeCase


@tagged("post_install", "-at_install")
class TestPeopleGone(BridgeCase):
    """The default salesperson is asked about when a lead comes, not when chosen."""

    def setUp(self):
        super().setUp()
        self.leaving = new_test_user(
            self.env,
            "dealer_leaving",
            groups="dealer_crm.dealer_crm_group_user",
            name="Lea",
        )
        self.connection.user_id = self.leaving
        self.remote = self.connection.sudo().remote_id

    def leave(self, how):
        if how == "archived":
            self.leaving.active = False
        elif how == "another company":
            company = self.env["res.company"].create({"name": "Elsewhere"})
            self.connection.team_id = self.env["crm.team"].create(
                {"name": "Here", "company_id": self.env.company.id}
            )
            self.leaving.write(
                {"company_id": company.id, "company_ids": [(6, 0, company.ids)]}
            )
        else:
            names = self.leaving._fields.keys() & {"group_ids", "groups_id"}
            self.leaving[names.pop()] = self.env.ref("base.group_user")

    def assert_unclaimed(self, lead):
        self.assertFalse(lead.user_id)
        self.assertEqual(lead.bpo_state, "received")
        self.assertIn("Lea, can no longer work", "".join(self.bodies(lead)))
        told = self.remote.activity_ids
        self.assertEqual(len(told), 1)
        self.assertIn("another default salesperson than Lea", told.summary)
        self.assertTrue(told.user_id.active)
        self.assertNotEqual(told.user_id, self.leaving)
        self.run_outbox()
        outcomes = [call["outcome"] for call in self.bpo.callbacks]
        self.assertNotIn("accepted", outcomes)

    def test_somebody_who_is_there_owns_it(self):
        _reply, lead = self.receive()
        self.assertEqual(lead.user_id, self.leaving)
        self.assertFalse(self.remote.activity_ids)

    def test_gone_in_three_ways(self):
        for number, how in enumerate(("archived", "without a role", "another company")):
            with self.subTest(how), self.env.cr.savepoint() as point:
                self.leave(how)
                _reply, lead = self.receive(source_lead_id=number + 1)
                self.assert_unclaimed(lead)
                self.receive(source_lead_id=number + 100, customer={"name": "Maria"})
                self.assertEqual(len(self.remote.activity_ids), 1)  # told once
                lead.with_user(self.user).action_claim()
                self.assertEqual(lead.bpo_state, "accepted")
                self.env.flush_all()
                point.rollback()
                self.env.invalidate_all()

    def test_a_quotation_was_asked_for(self):
        self.leaving.active = False
        reply, lead = self.receive(with_quotation=True)
        self.assert_unclaimed(lead)
        self.assertFalse(lead.sale_order_id)
        self.assertIn("can no longer work", reply["error"])
        told = lead.activity_ids.user_id
        self.assertTrue(told._able_to_work("dealer"))

    def test_the_leader_of_the_team_is_gone_too(self):
        self.connection.team_id = self.env["crm.team"].create(
            {"name": "T", "user_id": self.leaving.id}
        )
        self.leaving.active = False
        _reply, lead = self.receive(with_quotation=True)
        self.assertTrue(lead.activity_ids.user_id._able_to_work("dealer"))

    def test_endorsed_anew_while_its_owner_is_gone(self):
        _reply, lead = self.receive(source_lead_id=7)
        self.run_outbox()
        self.bpo.callbacks.clear()
        self.leaving.active = False
        _reply, again = self.receive(source_lead_id=7)
        self.assertEqual(again, lead)
        self.assert_unclaimed(lead)
