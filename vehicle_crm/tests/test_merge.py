from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import PipelineCase


@tagged("post_install", "-at_install")
class TestMerge(PipelineCase):
    """D94 Merging archives pipeline leads and deletes none."""

    def test_merge(self):
        head = self.new_lead(self.user, "negotiation", mobile="0917 555 0101")
        tail = self.new_lead(self.user, customer_notes="Wants red", down_payment=5)
        tail.message_post(body="Said so on the phone")
        merged = (head + tail).with_user(self.user).merge_opportunity()
        self.assertEqual(merged, head)
        self.assertTrue(tail.exists())
        self.assertFalse(tail.active)
        self.assertEqual(tail.merged_into_id, head)
        self.assertEqual((tail.step, tail.probability), ("new", 10))
        self.assertEqual(head.step, "negotiation")
        self.assertEqual((head.customer_notes, head.down_payment), ("Wants red", 5))
        self.assertIn("Said so on the phone", self.chatter(head))
        self.assertIn("Merged into", self.chatter(tail))
        with self.assertRaisesRegex(UserError, "stay archived"):
            tail.unlink()

    def test_merge_wizard(self):
        leads = self.new_lead(self.user) + self.new_lead(self.user, "qualified")
        wizard = (
            self.env["crm.merge.opportunity"]
            .with_user(self.user)
            .create({"opportunity_ids": [Command.set(leads.ids)]})
        )
        wizard.action_merge()
        self.assertEqual(len(leads.exists()), 2)
        self.assertEqual(leads[0].merged_into_id, leads[1])

    def test_not_across_pipelines(self):
        lead = self.new_lead(self.user)
        ordinary = self.new_ordinary_lead(user_id=self.user.id)
        with self.assertRaisesRegex(UserError, "different pipelines"):
            (lead + ordinary).with_user(self.user).merge_opportunity()

    def test_who_and_what(self):
        """Nobody merges what he does not own, nor what is closed or unclaimed."""
        mine, other = self.new_lead(self.user), self.new_lead(self.colleague)
        with self.assertRaises(AccessError):
            (mine + other).with_user(self.user).merge_opportunity()
        with self.assertRaisesRegex(UserError, "Claim button"):
            (mine + self.new_lead()).with_user(self.user).merge_opportunity()
        with self.assertRaisesRegex(UserError, "closed"):
            lost = self.new_lead(self.user, "lost")
            (mine + lost).with_user(self.user).merge_opportunity()
        with self.assertRaisesRegex(AccessError, "Only a manager"):
            (mine + self.new_lead(self.user)).with_user(self.user).merge_opportunity(
                user_id=self.colleague.id
            )
        (mine + other).with_user(self.manager).merge_opportunity()

    def test_conversion_wizard_deletes_none(self):
        """The wizard that converts and merges deletes what it merged in the core."""
        leads = self.new_lead(self.user) + self.new_lead(self.user, "qualified")
        wizard = (
            self.env["crm.lead2opportunity.partner"]
            .with_user(self.user)
            .with_context(active_model="crm.lead", active_id=leads[0].id)
            .create({"name": "merge", "duplicated_lead_ids": [Command.set(leads.ids)]})
        )
        wizard.action_apply()
        self.assertEqual(len(leads.exists()), 2)
        self.assertEqual(leads[0].merged_into_id, leads[1])

    def test_ordinary_merge_is_the_core_s(self):
        """Ordinary leads are merged, and deleted, as ever."""
        leads = self.new_ordinary_lead() + self.new_ordinary_lead()
        head = leads.merge_opportunity()
        self.assertEqual(leads.exists(), head)

    def test_duplicates_stay_apart(self):
        """A customer's ordinary lead and pipeline lead are no duplicates."""
        email = {"email_from": "juan@example.com"}
        lead = self.new_lead(self.user, **email)
        twin = self.new_lead(self.user, **email)
        ordinary = self.new_ordinary_lead(user_id=self.user.id, **email)
        other = self.new_ordinary_lead(user_id=self.user.id, **email)
        self.assertEqual(lead._get_lead_duplicates(email=lead.email_from), lead + twin)
        self.assertEqual(
            ordinary._get_lead_duplicates(email=lead.email_from), ordinary + other
        )
        for duplicates in (lead.duplicate_lead_ids, twin.duplicate_lead_ids):
            self.assertEqual(duplicates, lead + twin)
        self.assertEqual(ordinary.duplicate_lead_ids, ordinary + other)
        self.assertEqual(ordinary.duplicate_lead_count, 2)
