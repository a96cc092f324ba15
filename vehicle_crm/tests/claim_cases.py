"""Claim, reassign, roles: proved by every app for its pipeline."""

from odoo import Command
from odoo.exceptions import AccessError, UserError


class ClaimCases:
    """Whose lead it is, and who may do what with it."""

    def test_claim(self):
        """D15 D66 An unclaimed lead is claimed by one; the other reads who did."""
        lead = self.new_lead()
        action = lead.with_user(self.user).action_claim()
        self.assertIn(lead.code, action["params"]["message"])
        self.assertEqual(lead.user_id, self.user)
        with self.assertRaisesRegex(UserError, "is claimed by pipeline_user"):
            lead.with_user(self.colleague).action_claim()
        self.assertEqual(lead.user_id, self.user)
        lead.with_user(self.user).action_claim()
        self.assertEqual(lead.user_id, self.user)

    def test_manager_takes_over(self):
        """D66 D73 A manager claims any lead."""
        lead = self.new_lead(self.user)
        lead.with_user(self.manager).action_claim()
        self.assertEqual(lead.user_id, self.manager)

    def test_claim_many(self):
        """Several at once: all of them or none, and the taken ones are named."""
        free, taken = self.new_lead(), self.new_lead(self.colleague)
        with self.assertRaisesRegex(UserError, taken.code):
            (free + taken).with_user(self.user).action_claim()
        self.assertFalse(free.user_id)
        (free + self.new_lead()).with_user(self.user).action_claim()
        self.assertEqual(free.user_id, self.user)

    def test_closed_leads_are_not_claimed(self):
        lead = self.new_lead(step="lost")
        with self.assertRaisesRegex(UserError, "closed"):
            lead.with_user(self.user).action_claim()

    def test_unclaimed_lead_offers_only_claim(self):
        """D15 On an unclaimed lead the server refuses everything but Claim."""
        lead = self.new_lead()
        for who in (self.user, self.manager):
            acting = lead.with_user(who)
            for method in ("action_mark_won", "action_mark_lost", "action_log_call"):
                with self.assertRaisesRegex(UserError, "Claim button"):
                    getattr(acting, method)()
            with self.assertRaisesRegex(UserError, "Claim button"):
                acting.action_mark_lost(reason_code="price")
        for values in (
            {"name": "x"},
            {"stage_id": self.stages["qualified"].id},
            {"user_id": self.user.id},
            {"active": False},
        ):
            with self.assertRaisesRegex(UserError, "Claim button"):
                lead.with_user(self.user).write(values)
        lead.with_user(self.manager).write({"user_id": self.colleague.id})
        self.assertEqual(lead.user_id, self.colleague)

    def test_reassign_is_for_managers(self):
        """D71 R11 A user neither gives away nor drops a lead; a manager does."""
        lead = self.new_lead(self.user)
        for owner in (self.colleague, self.env["res.users"]):
            with self.assertRaisesRegex(AccessError, "Only a manager"):
                lead.with_user(self.user).write({"user_id": owner.id})
        with self.assertRaisesRegex(AccessError, "Only a manager"):
            self.Lead.with_user(self.user).create(
                {
                    "name": "x",
                    "pipeline": self.pipeline,
                    "user_id": self.colleague.id,
                }
            )
        lead.with_user(self.manager).write({"user_id": self.colleague.id})
        self.assertEqual(lead.user_id, self.colleague)
        self.assertIn(
            "user_id: pipeline_user -> pipeline_colleague", self.chatter(lead)
        )

    def test_leads_of_others(self):
        """D67 D70 D72 A user neither reads nor acts on a colleague's lead."""
        lead = self.new_lead(self.colleague, "negotiation")
        acting = lead.with_user(self.user)
        with self.assertRaises(AccessError):
            acting.read(["name"])
        with self.assertRaises(AccessError):
            acting.write({"name": "x"})
        for method in ("action_mark_won", "action_mark_lost", "action_log_call"):
            with self.assertRaises(AccessError):
                getattr(acting, method)()
        with self.assertRaises(AccessError):
            acting.action_mark_lost(reason_code="price")
        self.assertFalse(acting.search([("id", "=", lead.id)]))

    def test_managers_work_on_all(self):
        """D73 A manager reads and acts on everybody's leads."""
        lead = self.new_lead(self.user).with_user(self.manager)
        lead.write({"name": "Renamed", "stage_id": self.stages["qualified"].id})
        lead.action_mark_lost(reason_code="price")
        self.assertEqual(lead.step, "lost")

    def test_no_role_no_leads(self):
        """D65 A sales manager without a role of the app meets none of its leads."""
        lead = self.new_lead()
        stranger = lead.with_user(self.stranger)
        self.assertFalse(stranger.search([("pipeline", "=", self.pipeline)]))
        with self.assertRaises(AccessError):
            stranger.read(["name"])
        with self.assertRaises(AccessError):
            stranger.write({"name": "x"})
        with self.assertRaises(AccessError):
            stranger.unlink()
        with self.assertRaises(AccessError):
            stranger.create({"name": "x", "pipeline": self.pipeline})
        for method in ("action_claim", "action_mark_won", "action_mark_lost"):
            with self.assertRaises(AccessError):
                getattr(stranger, method)()

    def test_role_counts_at_once(self):
        """D65 A role given or taken shows with the next read."""
        lead = self.new_lead()
        mine = [("id", "=", lead.id)]
        self.assertFalse(self.Lead.with_user(self.stranger).search(mine))
        roles = self.Lead._pipeline_roles()[self.pipeline]
        groups = self.env.ref(roles["user"]) + self.env.ref(roles["manager"])
        users = "user_ids" if "user_ids" in groups._fields else "users"
        groups.write({users: [Command.link(self.stranger.id)]})
        self.assertTrue(self.Lead.with_user(self.stranger).search(mine))
        groups.write({users: [Command.unlink(self.stranger.id)]})
        self.assertFalse(self.Lead.with_user(self.stranger).search(mine))
