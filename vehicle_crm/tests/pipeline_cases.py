"""What holds for every pipeline. An app proves it for its own by inheriting:

class TestDealerPipeline(PipelineRuleCases, ClaimCases, ClosingCases, PipelineCase):
    pipeline = "dealer"

class TestDealerClaimRace(ClaimRaceCases, TransactionCase):
    pipeline = "dealer"
"""

from odoo import Command
from odoo.exceptions import UserError

from .claim_cases import ClaimCases
from .closing_cases import ClosingCases
from .common import OPEN_STEPS as ORDER
from .race_cases import ClaimRaceCases

__all__ = ["ClaimCases", "ClaimRaceCases", "ClosingCases", "PipelineRuleCases"]

ONE_STEP = "one step at a time"
WON_BUTTON = "A lead is won with the Mark Won button"
LOST_BUTTON = "A lead is lost with the Mark Lost button"
OWN_STAGES = "A lead stays in the stages of its own pipeline"
BY_HAND = "cannot be set by hand"


class PipelineRuleCases:
    """New, Qualified, Negotiation, by single steps, on every way."""

    def move(self, lead, step, user=None):
        lead.with_user(user or self.user).write({"stage_id": self.stages[step].id})

    def test_new_lead_starts_in_new(self):
        """D03 D106 A new lead has a reference, starts in New and is an opportunity."""
        leads = self.Lead.with_user(self.user).create(
            [{"name": name, "pipeline": self.pipeline} for name in "ab"]
        )
        self.assertEqual(leads.stage_id, self.stages["new"])
        self.assertEqual(leads.mapped("type"), ["opportunity"] * 2)
        self.assertEqual(leads.user_id, self.user)
        self.assertEqual(len(set(leads.mapped("code"))), 2)
        self.assertTrue(all(leads.mapped("code")))
        self.assertEqual(leads.mapped("probability"), [10, 10])
        if "iap_enrich_done" in leads._fields:  # customer data goes to no service
            self.assertEqual(leads.mapped("iap_enrich_done"), [True, True])
        self.assertIn(leads[0].code, leads[0].display_name)
        found = self.Lead.with_user(self.user).name_search(leads[0].code)
        self.assertEqual(found[0][0], leads[0].id)

    def test_lead_without_a_name(self):
        """D107 It is called like its customer, created or written, on every way."""
        leads = self.Lead.with_user(self.user)
        for values, name in (
            ({"contact_name": "Ana", "mobile": "0917 555 0101"}, "Ana"),
            ({"contact_name": "Ana", "name": False}, "Ana"),
            ({"contact_name": " Ana ", "name": "  "}, "Ana"),
            ({"partner_id": self.user.partner_id.id}, self.user.name),
            ({"mobile": "0917 555 0101"}, "0917 555 0101"),
            ({"email_from": "ana@example.com"}, "ana@example.com"),
            ({}, "New lead"),
        ):
            with self.subTest(values=values):
                lead = leads.create({**values, "pipeline": self.pipeline})
                self.assertEqual(lead.name, name)
        rows = [[self.pipeline, "Ben", "0918 555 0102"]]
        loaded = leads.load(["pipeline", "contact_name", "mobile"], rows)
        self.assertFalse(loaded["messages"])
        self.assertEqual(leads.browse(loaded["ids"]).name, "Ben")
        lead = leads.with_context(default_pipeline=self.pipeline).create(
            {"contact_name": "Cora"}
        )
        self.assertEqual(lead.name, "Cora")
        for empty in (False, "", " "):
            lead.write({"name": empty, "contact_name": "Dan"})
            self.env.flush_all()
            self.assertEqual(lead.name, "Dan")
            lead.name = "Fleet"

    def test_moves_between_open_steps(self):
        """D01 D04 D05 D07 D105 Of all moves only the next step passes."""
        for start in ORDER:
            for end in ORDER:
                if start == end:
                    continue
                lead = self.new_lead(self.user, start)
                with self.subTest(start=start, end=end):
                    if ORDER.index(end) == ORDER.index(start) + 1:
                        self.move(lead, end)
                        self.assertEqual(lead.step, end)
                        continue
                    with self.assertRaisesRegex(UserError, ONE_STEP) as error:
                        self.move(lead, end)
                    self.assertIn(lead.code, str(error.exception))
                    self.assertEqual(lead.step, start)

    def test_managers_and_superuser_obey_too(self):
        """D06 The rule knows no rank."""
        lead = self.new_lead(self.user)
        for who in (self.manager, self.env.ref("base.user_root")):
            with self.assertRaisesRegex(UserError, ONE_STEP):
                self.move(lead, "negotiation", who)

    def test_won_and_lost_only_by_button(self):
        """D39 A write of a closing stage names the button, from every step."""
        for start in ORDER:
            lead = self.new_lead(self.user, start)
            with self.assertRaisesRegex(UserError, WON_BUTTON):
                self.move(lead, "won")
            with self.assertRaisesRegex(UserError, LOST_BUTTON):
                self.move(lead, "lost")
            self.assertEqual(lead.step, start)
            self.assertFalse(lead.date_won or lead.date_lost)

    def test_closed_leads_stay(self):
        """D04 A closed lead is not dragged back."""
        for closed in ("won", "lost"):
            lead = self.new_lead(self.user, closed)
            for step in ORDER:
                with self.assertRaisesRegex(UserError, "stays in its stage"):
                    self.move(lead, step)

    def test_batch_names_the_offending(self):
        """D06 A batch is refused whole and names the leads that are wrong."""
        right = self.new_lead(self.user)
        wrong = self.new_lead(self.user, "negotiation")
        with self.assertRaisesRegex(UserError, ONE_STEP) as error:
            self.move(right + wrong, "qualified")
        self.assertIn(wrong.code, str(error.exception))
        self.assertNotIn(right.code, str(error.exception))
        self.assertEqual(right.step, "new")

    def test_web_save(self):
        """D06 The way of the web client's form and kanban."""
        lead = self.new_lead(self.user).with_user(self.user)
        with self.assertRaisesRegex(UserError, ONE_STEP):
            lead.web_save({"stage_id": self.stages["negotiation"].id}, {"step": {}})
        lead.web_save({"stage_id": self.stages["qualified"].id}, {"step": {}})
        self.assertEqual(lead.step, "qualified")

    def test_import(self):
        """D06 A file import is refused with the same sentence."""
        lead = self.new_lead(self.user)
        Lead = self.Lead.with_user(self.user).with_context(
            default_pipeline=self.pipeline
        )
        for step, sentence in (
            ("negotiation", ONE_STEP),
            ("won", WON_BUTTON),
            ("lost", LOST_BUTTON),
        ):
            result = Lead.load(
                [".id", "stage_id/.id"], [[str(lead.id), str(self.stages[step].id)]]
            )
            self.assertFalse(result["ids"])
            self.assertIn(sentence, result["messages"][0]["message"])
        result = Lead.load(
            ["name", "stage_id/.id"], [["New one", str(self.stages["won"].id)]]
        )
        self.assertIn(WON_BUTTON, result["messages"][0]["message"])
        result = Lead.load(["name", "mobile"], [["New one", "0917 555 0101"]])
        self.assertEqual(self.Lead.browse(result["ids"]).step, "new")

    def test_through_a_parent(self):
        """D06 A write on the customer's list of leads."""
        partner = self.env["res.partner"].create({"name": "Juan"})
        lead = self.new_lead(self.user, partner_id=partner.id)
        values = {"stage_id": self.stages["won"].id}
        with self.assertRaisesRegex(UserError, WON_BUTTON):
            partner.write({"opportunity_ids": [Command.update(lead.id, values)]})

    def test_server_action(self):
        """D06 An automation of an administrator."""
        lead = self.new_lead(self.user)
        action = self.env["ir.actions.server"].create(
            {
                "name": "Win",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "state": "code",
                "code": f"record.write({{'stage_id': {self.stages['won'].id}}})",
            }
        )
        with self.assertRaisesRegex(UserError, WON_BUTTON):
            action.with_context(active_model="crm.lead", active_id=lead.id).run()

    def test_create_in_another_step(self):
        """D03 Creating straight into a later stage, by values or by context."""
        Lead = self.Lead.with_user(self.user)
        for step, sentence in (
            ("qualified", "starts in New"),
            ("negotiation", "starts in New"),
            ("won", WON_BUTTON),
            ("lost", LOST_BUTTON),
        ):
            stage = self.stages[step].id
            values = {"name": "x", "pipeline": self.pipeline}
            with self.assertRaisesRegex(UserError, sentence):
                Lead.create({**values, "stage_id": stage})
            with self.assertRaisesRegex(UserError, sentence):
                Lead.with_context(default_stage_id=stage).create(values)
            with self.assertRaisesRegex(UserError, sentence):
                Lead.with_context(
                    default_stage_id=stage, default_pipeline=self.pipeline
                ).create({"name": "x"})

    def test_stages_of_others(self):
        """No empty stage, no stage from outside, no other pipeline."""
        lead = self.new_lead(self.user).with_user(self.user)
        ordinary = self.new_ordinary_lead(user_id=self.user.id).with_user(self.user)
        for values in ({"stage_id": False}, {"stage_id": self.ordinary_stages[0].id}):
            with self.assertRaisesRegex(UserError, OWN_STAGES):
                lead.write(values)
        with self.assertRaisesRegex(UserError, OWN_STAGES):
            ordinary.write({"stage_id": self.stages["new"].id})
        with self.assertRaisesRegex(UserError, OWN_STAGES):
            self.Lead.with_user(self.user).create(
                {"name": "x", "stage_id": self.stages["new"].id}
            )
        with self.assertRaisesRegex(UserError, "keeps its pipeline"):
            lead.write({"pipeline": False})
        with self.assertRaisesRegex(UserError, "keeps its pipeline"):
            ordinary.write({"pipeline": self.pipeline})

    def test_protected_fields(self):
        """D41 What follows from events is not set by hand, nor by a context."""
        lead = self.new_lead(self.user).with_user(self.manager)
        reason = self.env.ref("vehicle_crm.lost_reason_price")
        for values in (
            {"code": "X/1"},
            {"date_won": "2026-01-01 00:00:00"},
            {"date_lost": "2026-01-01 00:00:00"},
            {"lost_notes": "x"},
            {"lost_reason_id": reason.id},
            {"merged_into_id": lead.id},
            {"step": "qualified"},
            {"step": "won"},
            {"mobile_key": "+639170000000"},
            {"probability": 99},
            {"automated_probability": 99},
            {"type": "lead"},
        ):
            with self.subTest(values=values):
                with self.assertRaisesRegex(UserError, BY_HAND):
                    lead.write(values)
                if "type" in values:
                    continue
                new = {"name": "x", "pipeline": self.pipeline}
                with self.assertRaisesRegex(UserError, BY_HAND):
                    self.Lead.with_user(self.manager).create({**new, **values})
                defaults = {f"default_{key}": value for key, value in values.items()}
                with self.assertRaisesRegex(UserError, BY_HAND):
                    self.Lead.with_user(self.manager).with_context(**defaults).create(
                        new
                    )
        if "won_status" in lead._fields:
            with self.assertRaisesRegex(UserError, BY_HAND):
                lead.write({"won_status": "won"})
        lead.write({"code": lead.code, "probability": 10, "type": "opportunity"})

    def test_gate_cannot_be_forged(self):
        """D39 Nothing that RPC can send opens the gate."""
        lead = self.new_lead(self.user)
        for forged in (True, 1, "GATE", "<vehicle_crm gate>", {}, [1]):
            context = {"vehicle_crm_gate": forged}
            with self.assertRaisesRegex(UserError, WON_BUTTON):
                self.move(lead.with_context(**context), "won")

    def test_copy_starts_over(self):
        """A copy of a closed lead is a new lead."""
        lead = self.new_lead(self.user, "negotiation")
        lead._do_lost(self.env.ref("vehicle_crm.lost_reason_other"), "note")
        copy = lead.with_user(self.user).copy()
        self.assertEqual(copy.step, "new")
        self.assertEqual(copy.probability, 10)
        self.assertNotEqual(copy.code, lead.code)
        self.assertFalse(copy.date_lost or copy.lost_reason_id or copy.lost_notes)

    def test_team_change_keeps_the_stage(self):
        """Another team, or none, does not move a lead."""
        lead = self.new_lead(self.user, "negotiation")
        teams = self.env["crm.team"].create([{"name": "A"}, {"name": "B"}])
        for team in (*teams, teams.browse()):
            lead.with_user(self.user).write({"team_id": team.id})
            self.assertEqual(lead.stage_id, self.stages["negotiation"])

    def test_probability_follows_the_step(self):
        """R17 Both probabilities follow the step; scoring leaves the lead alone."""
        expected = {
            "new": 10,
            "qualified": 30,
            "negotiation": 60,
            "won": 100,
            "lost": 0,
        }
        leads = self.Lead
        for step, probability in expected.items():
            lead = self.new_lead(self.user, step)
            leads += lead
            self.assertEqual(lead.probability, probability, step)
            self.assertEqual(lead.automated_probability, probability, step)
        self.env["crm.lead"]._update_automated_probabilities()
        leads.invalidate_recordset()
        self.assertEqual(leads.mapped("probability"), list(expected.values()))

    def test_archived_is_not_lost(self):
        """D95 Archiving changes neither step nor probability, on any way."""
        for way in ("action_archive", "toggle_active", "write"):
            lead = self.new_lead(self.user, "negotiation").with_user(self.user)
            if way == "write":
                lead.write({"active": False})
            else:
                getattr(lead, way)()
            self.assertFalse(lead.active)
            self.assertEqual((lead.step, lead.probability), ("negotiation", 60))
            self.assertFalse(lead.date_closed)
            if "won_status" in lead._fields:
                self.assertEqual(lead.won_status, "pending")
            lead.action_unarchive()
            self.assertTrue(lead.active)
            self.assertEqual((lead.step, lead.probability), ("negotiation", 60))
