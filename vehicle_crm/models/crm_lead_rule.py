from datetime import datetime

from odoo import api, models
from odoo.exceptions import UserError

from .crm_lead_numbers import LIMITS
from .crm_stage import CLOSED_STEPS, OPEN_STEPS
from .gate import GATE, is_open

# Fields of the core that follow the step of a pipeline lead.
FOLLOWING = {
    "lost_reason_id",
    "probability",
    "automated_probability",
    "won_status",
    "date_closed",
    "date_last_stage_update",
}


def _comparable(value):
    """Return a value as a peer or an export can write it: times to the second."""
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
    return value or False


class CrmLead(models.Model):
    """The pipeline rule, on every way to create or write a lead."""

    _inherit = "crm.lead"

    @api.model_create_multi
    def create(self, vals_list):
        gated = is_open(self.env)
        protected = self._pipeline_protected_fields()
        # What a context would fill in is checked like what the values say.
        defaults = self.default_get(
            ["pipeline", "stage_id", "user_id", *LIMITS, *FOLLOWING, *protected]
        )
        vals_list = [dict(vals) for vals in vals_list]
        by_pipeline = {}
        for vals in vals_list:
            given = {**defaults, **vals}
            if not gated:
                self._check_create(given, protected)
            if not given.get("pipeline"):
                continue
            by_pipeline.setdefault(given["pipeline"], []).append(vals)
            vals["pipeline"] = given["pipeline"]
            if not gated or "type" not in vals:
                vals["type"] = "opportunity"
            if not given.get("stage_id"):
                vals.pop("stage_id", None)
            if "iap_enrich_done" in self._fields:
                # Customer data leaves this database to the dealer and nobody else.
                vals["iap_enrich_done"] = True
        for pipeline, piped in by_pipeline.items():
            piped = [vals for vals in piped if not vals.get("code")]
            codes = self._next_codes(pipeline, len(piped))
            for vals, code in zip(piped, codes, strict=True):
                vals["code"] = code
        return super(CrmLead, self._close_gate()).create(vals_list)

    def _check_create(self, vals, protected):
        names = {
            name
            for name in protected
            if vals.get(name) and vals[name] != self._own_default(name)
        }
        pipeline = vals.get("pipeline") or False
        if pipeline:
            self._check_pipeline(pipeline)
            names |= {name for name in FOLLOWING if vals.get(name)}
        if names:
            self._refuse_protected(names)
        stage = self.env["crm.stage"].browse(vals.get("stage_id") or False)
        name = vals.get("name") or self.env._("New lead")
        if stage and (stage.sudo().pipeline or False) != pipeline:
            self._refuse_foreign_stage(name)
        if not pipeline:
            return
        self._check_numbers(vals, name)
        step = stage.sudo().step or "new"
        if step in CLOSED_STEPS:
            self._refuse_closing(step, name)
        if step != "new":
            raise UserError(
                self.env._(
                    "A new lead starts in New. Not created: %(lead)s.", lead=name
                )
            )
        owner = vals.get("user_id") or self.env.uid
        if owner == self.env.uid or self.env.su:
            return
        if not self._manages([pipeline]):
            self._refuse_reassign(name)
        self._check_new_owner(owner, [pipeline], name)

    @api.model
    def _check_pipeline(self, pipeline):
        if pipeline not in self._fields["pipeline"].get_values(self.env):
            raise UserError(
                self.env._(
                    "There is no pipeline %(pipeline)s in this database. Install the "
                    "app that brings it, or create the lead in another pipeline. "
                    "Nothing was created.",
                    pipeline=pipeline,
                )
            )

    @api.model
    def _own_default(self, name):
        """What the field itself starts with; a context cannot change it."""
        default = self._fields[name].default
        return default and default(self)

    def write(self, vals):
        if not self or is_open(self.env):
            return super(CrmLead, self._close_gate()).write(vals)
        self._check_write(vals)
        piped = self.filtered("pipeline")
        if piped and piped != self:
            return piped.write(vals) and (self - piped).write(vals)
        if piped:
            vals = self._without_unchanged(vals)
        archived = "active" in vals and piped
        result = super().write(vals)
        # The core takes an archived lead for a closed one.
        for lead in archived or ():
            if lead.date_closed != (lead.date_won or lead.date_lost):
                super(CrmLead, lead).write(
                    {"date_closed": lead.date_won or lead.date_lost}
                )
        return result

    def _without_unchanged(self, vals):
        """Leave out what an unchanged export says of the step.

        The core closes a lead anew whenever its stage or probability is written.
        """
        names = (FOLLOWING | {"stage_id"}) & vals.keys()
        unchanged = names - self._changed(names, vals)
        return {name: vals[name] for name in vals if name not in unchanged}

    def _check_write(self, vals):
        protected = self._pipeline_protected_fields() & vals.keys()
        if names := self._changed(protected, vals):
            self._refuse_protected(names)
        if "stage_id" in vals:
            self._check_stage_move(self.env["crm.stage"].browse(vals["stage_id"] or []))
        if self._changed({"pipeline"} & vals.keys(), vals):
            raise UserError(
                self.env._(
                    "A lead keeps its pipeline. Not changed: %(leads)s.",
                    leads=self._names(),
                )
            )
        piped = self.filtered("pipeline")
        if not piped:
            return
        if names := piped._changed((FOLLOWING | {"type"}) & vals.keys(), vals):
            piped._refuse_protected(names)
        piped._check_numbers(vals)
        if not self.env.su:
            piped._check_owner_write(vals)

    def _check_stage_move(self, stage):
        """Raise unless these leads may be moved to ``stage`` by hand."""
        stage = stage.sudo()
        leads = self.filtered(lambda lead: lead.stage_id != stage)
        foreign = leads.filtered(
            lambda lead: (
                lead.pipeline != stage.pipeline
                if stage and (lead.pipeline or stage.pipeline)
                else bool(lead.pipeline) and not stage
            )
        )
        if foreign:
            self._refuse_foreign_stage(foreign._names())
        leads = leads.filtered("pipeline")
        if not leads:
            return
        if stage.step in CLOSED_STEPS:
            self._refuse_closing(stage.step, leads._names())
        if closed := leads.filtered(lambda lead: lead.step in CLOSED_STEPS):
            raise UserError(
                self.env._(
                    "A won or lost lead stays in its stage. Not moved: %(leads)s.",
                    leads=closed._names(),
                )
            )
        if wrong := leads.filtered(lambda lead: not lead._is_next_step(stage.step)):
            raise UserError(
                self.env._(
                    "A lead moves forward one step at a time: New, Qualified, "
                    "Negotiation. Not moved to %(stage)s: %(leads)s.",
                    stage=stage.name,
                    leads=wrong._names(),
                )
            )

    def _is_next_step(self, step):
        return (self.step, step) in zip(OPEN_STEPS, OPEN_STEPS[1:], strict=False)

    def _changed(self, names, vals):
        """The fields of ``names`` that ``vals`` would change on any of the leads."""
        changed = set()
        for name in names:
            field = self._fields.get(name)
            if field is None:
                continue
            if field.type in ("one2many", "many2many"):
                if vals[name]:
                    changed.add(name)
                continue
            for lead in self:
                new = _comparable(field.convert_to_cache(vals[name], lead, False))
                old = _comparable(field.convert_to_cache(lead[name], lead, False))
                if new != old:
                    changed.add(name)
                    break
        return changed

    @api.constrains("stage_id", "pipeline")
    def _check_stage_pipeline(self):
        """The last net, under computes and gated moves too."""
        for lead in self:
            stage = lead.stage_id.sudo()
            if lead.pipeline and not stage:
                self._refuse_foreign_stage(lead._names())
            if stage and (stage.pipeline or False) != (lead.pipeline or False):
                self._refuse_foreign_stage(lead._names())

    # ------------------------------------------------------------------
    # Gate
    # ------------------------------------------------------------------

    def _open_gate(self):
        """These leads, passing the gates of the next ``create`` or ``write``."""
        return self.with_context(vehicle_crm_gate=GATE)

    def _close_gate(self):
        # What a write sets off (automation rules, other modules) is outside again.
        if not is_open(self.env):
            return self
        return self.with_context(vehicle_crm_gate=None)

    def _check_open(self):
        """UserError when one of these leads is won or lost already."""
        # sudo: the owner may have changed since the user opened the lead
        if closed := self.sudo().filtered(lambda lead: lead.step not in OPEN_STEPS):
            raise UserError(
                self.env._(
                    "These leads are closed, so nothing was done: %(leads)s.",
                    leads=", ".join(
                        f"{lead.code} ({lead.stage_id.name})" for lead in closed
                    ),
                )
            )
        if merged := self.sudo().filtered(
            lambda lead: lead.merged_into_id and not lead.active
        ):
            raise UserError(
                self.env._(
                    "These leads were merged into others and stay archived, so "
                    "nothing was done: %(leads)s.",
                    leads=merged.with_env(self.env)._names(),
                )
            )

    # ------------------------------------------------------------------
    # Sentences: one for each refusal, the same on every way
    # ------------------------------------------------------------------

    def _names(self):
        """The references of these leads for a sentence; those that the current user
        may not read are only counted."""
        known = self._filtered_access("read").sudo()
        names = [lead.code or lead.name or str(lead.id) for lead in known[:10]]
        if more := len(self) - len(names):
            names.append(
                self.env._("and %(count)s more", count=more)
                if names
                else self.env._("%(count)s that you may not open", count=more)
            )
        return ", ".join(names)

    def _refuse_closing(self, step, names):
        if step == "won":
            raise UserError(
                self.env._(
                    "A lead is won with the Mark Won button, which checks what has to "
                    "be true first. Not moved: %(leads)s.",
                    leads=names,
                )
            )
        raise UserError(
            self.env._(
                "A lead is lost with the Mark Lost button, which asks for the reason. "
                "Not moved: %(leads)s.",
                leads=names,
            )
        )

    def _refuse_foreign_stage(self, names):
        raise UserError(
            self.env._(
                "A lead stays in the stages of its own pipeline. Not moved: %(leads)s.",
                leads=names,
            )
        )

    def _refuse_protected(self, names):
        labels = [self._fields[name]._description_string(self.env) for name in names]
        raise UserError(
            self.env._(
                "These fields follow what happens to a lead and cannot be set by "
                "hand: %(fields)s. Nothing was saved.",
                fields=", ".join(sorted(label or "" for label in labels)),
            )
        )
