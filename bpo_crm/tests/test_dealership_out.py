from odoo.exceptions import UserError
from odoo.tests import tagged

from .endorsement_common import EndorsementCase


@tagged("post_install", "-at_install")
class TestLeadsOut(EndorsementCase):
    """What a dealership keeps while its leads are out, and what happens without it."""

    def pushing(self):
        self.dealership.with_user(self.manager).write(
            {
                "handoff_mode": "order",
                "odoo_url": "http://127.0.0.1:9",
                "odoo_db": "plain",
                "odoo_username": "service",
                "odoo_password": "secret",
            }
        )
        lead = self.to_negotiation(self.make_lead())
        lead.action_mark_won()
        self.assertEqual(lead.handoff_state, "pending")
        return lead

    def assert_kept(self, *leads):
        changes = (
            {"active": False},
            {
                "handoff_mode": "order"
                if self.dealership.handoff_mode == "endorse"
                else "endorse"
            },
        )
        for values in changes:
            with self.subTest(values=values), self.assertRaises(UserError) as caught:
                self.dealership.with_user(self.manager).write(values)
            for lead in leads:
                self.assertIn(lead.code, str(caught.exception))
        self.assertTrue(self.dealership.active)

    def test_endorsed_leads(self):
        waiting, received = self.make_endorsed(), self.make_received()
        accepted, refused = self.make_received(), self.make_endorsed()
        self.callback(accepted, "accepted")
        self.acknowledge(self.receipt(refused, dealer_lead_id=0, error="no"))
        self.assert_kept(waiting, received, accepted, refused)

    def test_an_order_on_its_way(self):
        self.assert_kept(self.pushing())

    def test_archived_leads_count(self):
        lead = self.make_received()
        lead.sudo().active = False
        self.assert_kept(lead)

    def test_free_when_all_have_ended(self):
        won, declined, withdrawn = (self.make_received() for _number in range(3))
        self.callback(won, "won")
        self.callback(declined, "declined")
        withdrawn.action_withdraw_endorsement("x")
        self.dealership.with_user(self.manager).handoff_mode = "order"
        self.dealership.with_user(self.manager).active = False
        self.dealership.with_user(self.manager).active = True

    def test_many_leads_are_counted(self):
        for _number in range(12):
            self.make_endorsed()
        with self.assertRaisesRegex(UserError, "and 2 more"):
            self.dealership.with_user(self.manager).active = False

    def test_nothing_is_handed_to_an_archived_dealership(self):
        lead = self.to_negotiation(self.make_lead())
        self.dealership.active = False
        with self.assertRaisesRegex(UserError, "Manila.* is archived"):
            lead.action_endorse()
        self.assertEqual(lead.endorsement_state, "none")
        self.dealership.with_context(active_test=False).write({"handoff_mode": "order"})
        with self.assertRaisesRegex(UserError, "Manila.* is archived"):
            lead.action_mark_won()
        self.assertEqual(lead.handoff_state, "none")

    def test_a_failed_order_is_not_sent_again_to_an_archived_one(self):
        lead = self.to_negotiation(self.make_lead())
        lead._endorsement_write({"handoff_state": "failed", "handoff_key": "x"})
        self.env.cr.execute(
            "UPDATE crm_dealership SET active = false, handoff_mode = 'order'"
            " WHERE id = %s",
            [self.dealership.id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "is archived"):
            lead.action_retry_handoff()

    def test_an_archived_brand_has_a_sentence_of_its_own(self):
        lead = self.to_negotiation(self.make_lead())
        self.brand.active = False
        with self.assertRaisesRegex(UserError, "brand Foton is archived"):
            lead.action_endorse()
        self.dealership.handoff_mode = "order"
        with self.assertRaisesRegex(UserError, "brand Foton is archived"):
            lead.action_mark_won()

    def test_copied_more_than_once(self):
        copies = [self.dealership.copy() for _number in range(3)]
        copies += (self.dealership | self.other_dealership).copy()
        copies.append(copies[0].copy())
        copies[1].active = False
        copies.append(self.dealership.copy())
        codes = [copy.code for copy in copies]
        self.assertEqual(len(set(codes)), len(codes))
        self.assertEqual(codes[:2], ["TEST-MNL (copy)", "TEST-MNL (copy 2)"])
        named = self.dealership.copy({"code": "TEST-NEW"})
        self.assertEqual(named.code, "TEST-NEW")

    def test_not_deleted_with_a_history(self):
        lead = self.make_received()
        self.callback(lead, "declined")
        self.assertFalse(lead.dealership_id)
        with self.assertRaisesRegex(UserError, "has leads"):
            self.dealership.unlink()
