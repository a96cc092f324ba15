from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PipelineCase

LABELS = {
    "price": "Price Too High",
    "competitor": "Chose Competitor",
    "not_ready": "Not Ready to Buy",
    "financing": "Financing Issues",
    "no_stock": "No Stock Available",
    "cancelled": "Buyer Cancelled",
    "other": "Other",
}


@tagged("post_install", "-at_install")
class TestStage(PipelineCase):
    def test_stage_keeps_pipeline_and_step(self):
        """What leads count on does not change under them."""
        stage = self.stages["qualified"]
        for values in ({"pipeline": False, "step": False}, {"step": "new"}):
            with self.assertRaisesRegex(UserError, "keep their pipeline"):
                stage.write(values)
        with self.assertRaisesRegex(ValidationError, "won stage"):
            stage.write({"is_won": True})
        with self.assertRaisesRegex(ValidationError, "won stage"):
            self.stages["won"].write({"is_won": False})
        stage.write({"name": "Hot", "sequence": 7, "fold": True})

    def test_ordinary_stage_with_leads_stays_ordinary(self):
        stage = self.env["crm.stage"].create({"name": "Mine"})
        self.new_ordinary_lead(stage_id=stage.id, active=False)
        with self.assertRaisesRegex(UserError, "keep their pipeline"):
            stage.write({"pipeline": self.pipeline, "step": "new"})

    def test_both_or_neither(self):
        Stage = self.env["crm.stage"]
        with self.assertRaisesRegex(ValidationError, "both a pipeline and a step"):
            Stage.create({"name": "x", "pipeline": self.pipeline})
        with self.assertRaisesRegex(ValidationError, "both a pipeline and a step"):
            Stage.create({"name": "x", "step": "new"})

    def test_one_stage_a_step(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            self.env["crm.stage"].create(
                {"name": "x", "pipeline": self.pipeline, "step": "new"}
            )

    def test_no_team(self):
        stage = self.stages["new"]
        fname = "team_id" if "team_id" in stage._fields else "team_ids"
        team = self.env["crm.team"].create({"name": "x"})
        value = team.id if fname == "team_id" else team.ids
        with self.assertRaisesRegex(ValidationError, "every sales team"):
            stage.write({fname: value})

    def test_not_deleted(self):
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            self.stages["negotiation"].unlink()

    def test_missing_stage_is_said(self):
        with self.assertRaisesRegex(UserError, "has no stage"):
            self.Lead._pipeline_stage("nonsense", "new")


@tagged("post_install", "-at_install")
class TestLostReason(PipelineCase):
    def test_seven_reasons(self):
        """D53 R23 Exactly these seven, beside whatever the core brought."""
        reasons = self.env["crm.lost.reason"].search([("code", "!=", False)])
        self.assertEqual({r.code: r.name for r in reasons}, LABELS)
        for code in LABELS:
            reason = self.env.ref(f"vehicle_crm.lost_reason_{code}")
            self.assertEqual(reason.code, code)
        core = self.env.ref("crm.lost_reason_1", raise_if_not_found=False)
        self.assertFalse(core and core.code)

    def test_codes_stay(self):
        """R23 A shipped code is known elsewhere: no recoding, no deletion."""
        reason = self.env.ref("vehicle_crm.lost_reason_price")
        with self.assertRaisesRegex(UserError, "not deleted or recoded"):
            reason.write({"code": "dear"})
        with self.assertRaisesRegex(UserError, "not deleted or recoded"):
            reason.unlink()
        reason.write({"name": "Too dear", "active": False})
        self.assertEqual(self.env["crm.lost.reason"]._from_code("price"), reason)

    def test_code_is_unique(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            self.env["crm.lost.reason"].create({"name": "x", "code": "price"})

    def test_only_reasons_with_a_code(self):
        """D53 A reason of the core is not one of a pipeline lead."""
        plain = self.env["crm.lost.reason"].create({"name": "Plain"})
        lead = self.new_lead(self.user).with_user(self.user)
        with self.assertRaisesRegex(UserError, "Choose a lost reason"):
            lead.action_set_lost(lost_reason_id=plain.id)
