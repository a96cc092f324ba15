"""Imports of ordinary leads and of a pipeline's; inherit as in ``pipeline_cases``."""

from odoo import Command
from odoo.tools import mute_logger

# What follows a lead's stage: nobody sets it by hand, an export may hold it.
FOLLOWING = ("date_last_stage_update", "date_closed", "probability", "lost_reason_id")


class ImportCases:
    """A row's stage is one of the row's own pipeline, and an export comes back in."""

    def imported(self, rows, fields, user=None, **context):
        """Import rows without a complaint and return the leads."""
        Lead = self.Lead.with_user(user or self.user).with_context(**context)
        result = Lead.load(fields, rows)
        self.assertFalse(result["messages"])
        return self.Lead.browse(result["ids"])

    def test_ordinary_lead_by_name_of_stage(self):
        """An ordinary import finds the ordinary stages, whoever imports."""
        rows = [[stage.name, stage.name] for stage in self.ordinary_stages]
        for user in (
            self.user,
            self.manager,
            self.stranger,
            self.env.ref("base.user_admin"),
        ):
            with self.subTest(user=user.login):
                leads = self.imported(rows, ["name", "stage_id"], user)
                self.assertEqual(leads.stage_id, self.ordinary_stages)
                self.assertFalse(any(leads.mapped("pipeline")))

    def test_own_lead_by_name_of_stage(self):
        """The window's context or a column says whose stage the name means."""
        name = self.stages["new"].name
        label = dict(self.Lead._fields["pipeline"]._description_selection(self.env))
        (lead,) = self.imported(
            [["By window", name]],
            ["name", "stage_id"],
            default_pipeline=self.pipeline,
        )
        self.assertEqual(lead.stage_id, self.stages["new"])
        self.assertEqual(lead.pipeline, self.pipeline)
        leads = self.imported(
            [
                ["By key", self.pipeline, name],
                ["By label", label[self.pipeline], name],
                ["Ordinary", "", name],
            ],
            ["name", "pipeline", "stage_id"],
        )
        self.assertEqual(leads[:2].stage_id, self.stages["new"])
        self.assertEqual(leads[2].stage_id.pipeline, False)

    def test_known_lead_by_name_of_stage(self):
        """A row that names a lead means the stages of that lead's pipeline."""
        lead = self.new_lead(self.user)
        ordinary = self.new_ordinary_lead(user_id=self.user.id)
        qualified = self.stages["qualified"].name
        self.imported(
            [[str(lead.id), qualified], [str(ordinary.id), qualified]],
            [".id", "stage_id"],
        )
        self.assertEqual(lead.stage_id, self.stages["qualified"])
        self.assertIn(ordinary.stage_id, self.ordinary_stages)
        self.assertEqual(ordinary.stage_id.name, qualified)

    @mute_logger("odoo.models", "odoo.orm.models")
    def test_closed_stage_is_refused(self):
        """An import wins no lead of a pipeline."""
        Lead = self.Lead.with_user(self.user)
        result = Lead.load(
            ["name", "pipeline", "stage_id"],
            [["No", self.pipeline, self.stages["won"].name]],
        )
        self.assertFalse(result["ids"])
        self.assertIn("Mark Won", result["messages"][0]["message"])

    def test_names_of_stages_by_role(self):
        """Who has no role in the app is offered the ordinary stages alone."""
        won = self.stages["won"].name
        Stage = self.env["crm.stage"]
        found = Stage.with_user(self.stranger).name_search(won, operator="=")
        self.assertNotIn(self.stages["won"].id, [key for key, _name in found])
        found = Stage.with_user(self.user).name_search(won, operator="=")
        self.assertIn(self.stages["won"].id, [key for key, _name in found])

    def assert_comes_back(self, records, view, *more):
        """Export all columns of a list, and `more`, and import them unchanged."""
        manager = self.manager
        manager.sudo().write(
            {self._groups_field(): [Command.link(self._export_group().id)]}
        )
        records = records.with_user(manager)
        arch = self.env.ref(view).with_user(manager)
        arch, _view = records._get_view(arch.id, "list")
        names = list(more)
        for node in arch.xpath("/list/field"):
            field = records._fields[node.get("name")]
            if field.type not in ("binary", "one2many") and field.name not in names:
                names.append(field.name)
        columns = [".id", *names]
        rows = records.export_data(columns)["datas"]
        result = records.load(columns, [[str(cell) for cell in row] for row in rows])
        self.assertFalse(result["messages"], view)
        self.assertEqual(result["ids"], records.ids)
        records.invalidate_recordset()
        self.assertEqual(records.export_data(columns)["datas"], rows, view)

    def _groups_field(self):
        users = self.env["res.users"]
        return "group_ids" if "group_ids" in users._fields else "groups_id"

    def _export_group(self):
        return self.env.ref("base.group_allow_export")
