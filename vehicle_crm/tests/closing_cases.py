"""Won and lost: proved by every app for its pipeline."""

from odoo import Command
from odoo.exceptions import AccessError, UserError

from .common import OPEN_STEPS as ORDER


class ClosingCases:
    """Won and Lost. An app that wins in another way says how with ``win``."""

    def win(self, lead):
        """Win the lead as the app does once its gates are passed."""
        lead.with_user(self.user)._do_won()

    def test_mark_won(self):
        """D40 D41 R7 Won from any open step, with its date and its subtype."""
        for start in ORDER:
            lead = self.new_lead(self.user, start)
            self.win(lead)
            lead.invalidate_recordset()
            self.assertEqual(lead.stage_id, self.stages["won"])
            self.assertTrue(lead.date_won)
            self.assertTrue(lead.date_closed)
            self.assertEqual(lead.probability, 100)
            if "won_status" in lead._fields:
                self.assertEqual(lead.won_status, "won")
            with self.assertRaisesRegex(UserError, "closed"):
                lead.with_user(self.user).action_mark_won()

    def test_mark_lost(self):
        """D51 D55 D57 D80 R17 Lost from any open step: active, dated, with a reason."""
        for start in ORDER:
            lead = self.new_lead(self.user, start)
            acting = lead.with_user(self.user)
            acting.action_mark_lost(reason_code="price", notes="Too dear\nBy far")
            self.assertEqual(lead.stage_id, self.stages["lost"])
            self.assertTrue(lead.active)
            self.assertTrue(lead.date_lost)
            self.assertTrue(lead.date_closed)
            self.assertEqual((lead.probability, lead.automated_probability), (0, 0))
            self.assertEqual(lead.lost_reason_id.code, "price")
            self.assertEqual(lead.lost_notes, "Too dear\nBy far")
            if "won_status" in lead._fields:
                self.assertEqual(lead.won_status, "lost")
            chatter = self.chatter(lead)
            self.assertIn("Marked lost: Price Too High", chatter)
            self.assertIn("By far", chatter)
            self.assertIn("stage_id:", chatter)
            with self.assertRaisesRegex(UserError, "closed"):
                acting.action_mark_lost(reason_code="price")

    def test_lost_needs_a_reason(self):
        """D52 D54 D104 The wizard and the method refuse without a reason."""
        lead = self.new_lead(self.user).with_user(self.user)
        action = lead.action_mark_lost()
        self.assertEqual(action["res_model"], "crm.lead.mark.lost")
        Wizard = self.env["crm.lead.mark.lost"].with_user(self.user)
        wizard = Wizard.with_context(**action["context"]).create({"notes": "only"})
        with self.assertRaisesRegex(UserError, "Choose a lost reason"):
            wizard.action_apply()
        with self.assertRaisesRegex(UserError, "Choose a lost reason"):
            lead.action_mark_lost(notes="only notes")
        with self.assertRaisesRegex(UserError, "Choose a lost reason"):
            lead.action_mark_lost(reason_code="nonsense")
        self.assertEqual(lead.step, "new")
        wizard.lost_reason_id = self.env.ref("vehicle_crm.lost_reason_not_ready")
        wizard.notes = False
        wizard.action_apply()
        self.assertEqual(lead.lost_reason_id.code, "not_ready")

    def test_core_buttons_meet_the_gates(self):
        """D39 R17 The core's ways to win and lose end at the same gates."""
        lead = self.new_lead(self.colleague).with_user(self.user)
        for method in (
            "action_set_won",
            "action_set_won_rainbowman",
            "action_set_lost",
        ):
            with self.assertRaises(AccessError):
                getattr(lead, method)()
        lead = self.new_lead(self.user).with_user(self.user)
        with self.assertRaisesRegex(UserError, "Choose a lost reason"):
            lead.action_set_lost()
        reason = self.env.ref("vehicle_crm.lost_reason_financing")
        lead.action_set_lost(lost_reason_id=reason.id)
        self.assertEqual((lead.step, lead.active), ("lost", True))
        self.assertTrue(lead.date_lost)

    def test_core_mass_lost_wizard(self):
        """D52 The core's mass wizard loses pipeline leads our way, others its way."""
        lead = self.new_lead(self.user)
        ordinary = self.new_ordinary_lead(user_id=self.user.id)
        Wizard = self.env["crm.lead.lost"].with_user(self.user)
        wizard = Wizard.create({"lead_ids": [Command.set((lead + ordinary).ids)]})
        with self.assertRaisesRegex(UserError, "Choose a lost reason"):
            wizard.action_lost_reason_apply()
        wizard.lost_reason_id = self.env.ref("vehicle_crm.lost_reason_other")
        wizard.lost_feedback = "<p>Gone</p>"
        wizard.action_lost_reason_apply()
        self.assertEqual((lead.step, lead.active), ("lost", True))
        self.assertEqual(lead.lost_notes, "Gone")
        self.assertFalse(ordinary.active)
        self.assertFalse(ordinary.date_lost)

    def test_internal_moves_keep_dates_right(self):
        """Reopened by our code, a lead is open again with nothing left of its end."""
        lead = self.new_lead(self.user)
        lead._do_lost(self.env.ref("vehicle_crm.lost_reason_other"), "x")
        lead._set_step("won")
        self.assertTrue(lead.date_won)
        self.assertFalse(lead.date_lost or lead.lost_reason_id or lead.lost_notes)
        lead._set_step("negotiation")
        self.assertFalse(lead.date_won or lead.date_closed)
        self.assertEqual(lead.probability, 60)
