from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.remote_odoo.compat import AND, Constraint

from .gate import is_open

OPEN_STEPS = ("new", "qualified", "negotiation")
CLOSED_STEPS = ("won", "lost")


class CrmStage(models.Model):
    _inherit = "crm.stage"

    pipeline = fields.Selection(
        [],
        copy=False,
        help="Stages with a pipeline are for that app's leads alone. Stages without "
        "one are the ordinary stages of the company.",
    )
    step = fields.Selection(
        [
            ("new", "New"),
            ("qualified", "Qualified"),
            ("negotiation", "Negotiation"),
            ("won", "Won"),
            ("lost", "Lost"),
        ],
        copy=False,
        help="What the stage means to the pipeline, whatever it is called.",
    )

    _pipeline_step_uniq = Constraint(
        "UNIQUE (pipeline, step)", "This pipeline already has a stage for this step."
    )

    @api.constrains(lambda self: ["pipeline", "step", "is_won", self._team_field()])
    def _check_pipeline(self):
        for stage in self:
            if bool(stage.pipeline) != bool(stage.step):
                raise ValidationError(
                    self.env._(
                        "Stage %(stage)s needs both a pipeline and a step, or neither.",
                        stage=stage.name,
                    )
                )
            if stage.pipeline and stage.is_won != (stage.step == "won"):
                raise ValidationError(
                    self.env._(
                        "In a pipeline the stage of the Won step, and no other, is "
                        "the won stage. Nothing was changed on %(stage)s.",
                        stage=stage.name,
                    )
                )
            if stage.pipeline and stage[self._team_field()]:
                raise ValidationError(
                    self.env._(
                        "Stage %(stage)s belongs to a pipeline, so every sales team "
                        "uses it. Leave its sales team empty.",
                        stage=stage.name,
                    )
                )

    @api.model
    def _team_field(self):
        return "team_id" if "team_id" in self._fields else "team_ids"

    @api.model
    def _search_display_name(self, operator, value):
        """A name means a stage of the pipeline at hand: each pipeline has a Won."""
        domain = super()._search_display_name(operator, value)
        pipelines = self._named_pipelines()
        if pipelines is None or operator in ("!=", "not in", "not like", "not ilike"):
            return domain
        return AND([domain, [("pipeline", "in", pipelines)]])

    @api.model
    def _named_pipelines(self):
        """Return the pipelines whose stages a name may mean, None for all of them.

        That of the imported row, else that of the window, else ordinary stages and
        those of the apps in which the user has a role.
        """
        context = self.env.context
        if "vehicle_crm_import_pipeline" in context:
            return [context["vehicle_crm_import_pipeline"]]
        if pipeline := context.get("default_pipeline"):
            return [pipeline]
        if self.env.su:
            return None
        roles = self.env["crm.lead"]._pipeline_roles()
        user = self.env.user
        return [False, *(key for key in roles if user.has_group(roles[key]["user"]))]

    def write(self, vals):
        if not is_open(self.env):
            self._check_step_write(vals)
        return super().write(vals)

    def _check_step_write(self, vals):
        """A stage keeps the pipeline and the step that its leads count on."""
        changed = self.filtered(
            lambda stage: any(
                fname in vals and (stage[fname] or False) != (vals[fname] or False)
                for fname in ("pipeline", "step")
            )
        )
        if not changed:
            return
        Lead = self.env["crm.lead"].sudo().with_context(active_test=False)
        used = Lead._read_group([("stage_id", "in", changed.ids)], ["stage_id"])
        kept = changed.filtered("pipeline") | self.browse(s.id for (s,) in used)
        if kept:
            raise UserError(
                self.env._(
                    "These stages keep their pipeline and their step, because leads "
                    "move by them: %(stages)s. Rename a stage freely, or add a new "
                    "one.",
                    stages=", ".join(kept.mapped("name")),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_pipeline(self):
        if stages := self.filtered("pipeline"):
            raise UserError(
                self.env._(
                    "The stages of a pipeline cannot be deleted, because its buttons "
                    "lead to them: %(stages)s. You can rename and reorder them.",
                    stages=", ".join(stages.mapped("name")),
                )
            )
