from odoo import api, models

from odoo.addons.remote_odoo.compat import AND
from odoo.addons.remote_odoo.public import public

from .crm_lead import PROBABILITY
from .crm_lead_rule import FOLLOWING


class CrmLead(models.Model):
    """Pipeline leads and the ordinary leads of the company stay apart.

    Stages, predictive scoring, duplicates, views and e-mail buttons of the core
    know nothing of pipelines, and ordinary leads must not notice that they exist.
    """

    _inherit = "crm.lead"

    # ------------------------------------------------------------------
    # Search
    # ------------------------------------------------------------------

    @api.model
    def _search(self, domain, *args, **kwargs):
        # Set by the counters and the assignment of sales teams; it only narrows.
        if self.env.context.get("vehicle_crm_ordinary"):
            domain = AND([domain, [("pipeline", "=", False)]])
        return super()._search(domain, *args, **kwargs)

    # ------------------------------------------------------------------
    # Stages
    # ------------------------------------------------------------------

    def _stage_find(self, team_id=False, domain=None, order="sequence, id", limit=1):
        pipelines = {lead.pipeline or False for lead in self} or {
            self.env.context.get("default_pipeline", False)
        }
        domain = [*(domain or []), ("pipeline", "in", list(pipelines))]
        return super()._stage_find(
            team_id=team_id, domain=domain, order=order, limit=limit
        )

    @api.depends("pipeline")
    def _compute_stage_id(self):
        piped = self.filtered("pipeline")
        for pipeline, leads in piped.grouped("pipeline").items():
            leads = leads.filtered(lambda lead: not lead.stage_id)
            if leads:
                leads.stage_id = self._pipeline_stage(pipeline, "new")
        if ordinary := self - piped:
            super(CrmLead, ordinary)._compute_stage_id()

    @api.model
    def _read_group_stage_ids(self, stages, domain):
        if pipeline := self.env.context.get("default_pipeline"):
            return stages.search(
                ["|", ("id", "in", stages.ids), ("pipeline", "=", pipeline)]
            )
        found = super()._read_group_stage_ids(stages, domain)
        return found.filtered(lambda stage: stage in stages or not stage.pipeline)

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Offer the stages of the lead's own pipeline in the core's views too, and
        no editing in our forms to somebody who has not claimed the lead."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type != "form":
            return arch, view
        for node in arch.xpath("//field[@name='stage_id'][@domain]"):
            domain = node.get("domain").strip()
            if "pipeline" not in domain and domain.startswith("["):
                node.set("domain", f"[('pipeline', '=', pipeline), {domain[1:]}")
                if not arch.xpath("//field[@name='pipeline']"):
                    node.addnext(
                        node.makeelement(
                            "field", {"name": "pipeline", "invisible": "1"}
                        )
                    )
        if arch.xpath("//field[@name='can_work']"):
            for node in arch.xpath("//field[not(ancestor::field)]"):
                readonly = node.get("readonly")
                field = self._fields.get(node.get("name"))
                if readonly is None and field is not None and field.readonly:
                    continue  # what nobody edits stays so
                if readonly not in ("1", "True"):
                    node.set(
                        "readonly",
                        f"({readonly}) or not can_work" if readonly else "not can_work",
                    )
        return arch, view

    # ------------------------------------------------------------------
    # Probability: it follows the step, on both series
    # ------------------------------------------------------------------

    @api.model
    def _step_probability(self, step):
        return PROBABILITY.get(step, 0)

    @api.depends("pipeline", "stage_id")
    def _compute_probabilities(self):
        piped = self.filtered("pipeline")
        for lead in piped:
            probability = self._step_probability(lead.stage_id.step)
            lead.probability = lead.automated_probability = probability
        if ordinary := self - piped:
            super(CrmLead, ordinary)._compute_probabilities()

    @api.depends("pipeline", "step")
    def _compute_won_status(self):
        """Of 19.0 only: there the core knows lost leads by being archived."""
        piped = self.filtered("pipeline")
        for lead in piped:
            lead.won_status = lead.step if lead.step in ("won", "lost") else "pending"
        if ordinary := self - piped:
            super(CrmLead, ordinary)._compute_won_status()

    def _handle_won_lost(self, *args):
        ordinary = self.filtered(lambda lead: not lead.pipeline)
        return super(CrmLead, ordinary)._handle_won_lost(*args) if ordinary else True

    def _pls_increment_frequencies(self, *args, **kwargs):
        ordinary = self.filtered(lambda lead: not lead.pipeline)
        return super(CrmLead, ordinary)._pls_increment_frequencies(*args, **kwargs)

    def _update_automated_probabilities(self):
        ordinary = self.with_context(vehicle_crm_ordinary=True)
        return super(CrmLead, ordinary)._update_automated_probabilities()

    def _pls_get_lead_pls_values(self, domain=None):
        """A rebuild of the scoring table learns from ordinary leads alone."""
        if domain:
            domain = AND([domain, [("pipeline", "=", False)]])
            return super()._pls_get_lead_pls_values(domain=domain)
        return super()._pls_get_lead_pls_values()

    # ------------------------------------------------------------------
    # Screens and messages
    # ------------------------------------------------------------------

    @api.model
    def get_views(self, views, options=None):
        """Leave the core's Mark Lost, with the core's reasons, out of our windows."""
        result = super().get_views(views, options)
        if self.env.context.get("default_pipeline"):
            core = self.env.ref("crm.crm_lead_lost_action").id
            for view in result["views"].values():
                toolbar = view.get("toolbar", {})
                if "action" in toolbar:
                    toolbar["action"] = [
                        action for action in toolbar["action"] if action["id"] != core
                    ]
        return result

    def get_formview_id(self, access_uid=None):
        """Open a pipeline lead in the form of its app, wherever it is opened."""
        # Of a lead that the user may not read, not even the pipeline is told.
        known = len(self) == 1 and self.exists()._filtered_access("read")
        if known and (pipeline := known.pipeline):
            form = self._pipeline_roles().get(pipeline, {}).get("form")
            return self.env.ref(form or "vehicle_crm.crm_lead_view_form").id
        return super().get_formview_id(access_uid=access_uid)

    @public(one=True)
    def redirect_lead_opportunity_view(self):
        action = super().redirect_lead_opportunity_view()
        if self.pipeline:
            action["view_id"] = self.get_formview_id()
            action["views"] = [(action["view_id"], "form")]
            action["context"] = {
                "default_type": "opportunity",
                "default_pipeline": self.pipeline,
            }
        return action

    def _compute_potential_lead_duplicates(self):
        super()._compute_potential_lead_duplicates()
        for lead in self:
            same = lead.duplicate_lead_ids.filtered(
                lambda other, lead=lead: other.sudo().pipeline == lead.pipeline
            )
            if same != lead.duplicate_lead_ids:
                lead.duplicate_lead_ids = same
                lead.duplicate_lead_count = len(same)

    def _notify_get_recipients_groups(self, *args, **kwargs):
        """Leave the core's Mark Won and Mark Lost links out of our e-mails."""
        groups = super()._notify_get_recipients_groups(*args, **kwargs)
        if self and self[:1].pipeline:
            for name, _match, options in groups:
                if name == "group_sale_salesman":
                    options.pop("actions", None)
        return groups

    def _message_post_after_hook(self, message, msg_vals):
        # The core gives a new customer to every lead with the same e-mail address,
        # whoever owns it; that is no work on those leads.
        leads = self._open_gate() if self.filtered("pipeline") else self
        return super(CrmLead, leads)._message_post_after_hook(message, msg_vals)

    # ------------------------------------------------------------------
    # Copy, uninstall
    # ------------------------------------------------------------------

    def copy_data(self, default=None):
        """A copy starts over in New."""
        vals_list = super().copy_data(default)
        for lead, vals in zip(self, vals_list, strict=True):
            if lead.pipeline:
                for name in FOLLOWING:
                    vals.pop(name, None)
        return vals_list

    @api.model
    def _pipeline_uninstall(self, pipeline):
        """Make the leads of a pipeline ordinary ones; for an app's uninstall hook.

        Won leads go to the company's won stage, lost ones are archived as the core
        does it, the others start where ordinary leads start.
        """
        Lead = self.sudo().with_context(active_test=False, tracking_disable=True)
        leads = Lead.search([("pipeline", "=", pipeline)])
        won = leads.filtered(lambda lead: lead.step == "won")
        lost = leads.filtered(lambda lead: lead.step == "lost")
        ordinary = Lead.env["crm.stage"].search([("pipeline", "=", False)])
        first = ordinary.filtered(lambda stage: not stage.is_won)[:1]
        last = ordinary.filtered("is_won")[:1] or first
        for group, stage, values in (
            (won, last, {}),
            (lost, first, {"active": False}),
            (leads - won - lost, first, {}),
        ):
            reasons = {lead.id: lead.date_closed for lead in group}
            group._open_gate().write(
                {"pipeline": False, "stage_id": stage.id, **values}
            )
            for lead in group & lost:
                lead._open_gate().write(
                    {"probability": 0, "date_closed": reasons[lead.id]}
                )
