from odoo import api, models
from odoo.exceptions import UserError

# What the core's merge does not know: the first lead that has a value gives it.
MERGED = [
    "brand_id",
    "vehicle_model_text",
    "quantity",
    "expected_price",
    "preferred_color",
    "budget_min",
    "budget_max",
    "has_trade_in",
    "trade_in_details",
    "financing_type",
    "down_payment",
    "customer_notes",
]


class CrmLead(models.Model):
    """Merging never deletes a pipeline lead: it is archived and points on."""

    _inherit = "crm.lead"

    def _merge_get_fields(self):
        names = super()._merge_get_fields()
        if self.filtered("pipeline"):
            names = [*names, *MERGED]
        return names if "mobile" in names else [*names, "mobile"]

    def _merge_opportunity(
        self, user_id=False, team_id=False, auto_unlink=True, max_length=5
    ):
        piped = self.filtered("pipeline")
        if not piped:
            return super()._merge_opportunity(
                user_id=user_id,
                team_id=team_id,
                auto_unlink=auto_unlink,
                max_length=max_length,
            )
        if len(set(self.mapped("pipeline"))) > 1:
            raise UserError(
                self.env._(
                    "Leads of different pipelines cannot be merged, nor with ordinary "
                    "leads: %(leads)s.",
                    leads=self._names(),
                )
            )
        self._check_pipeline_user()
        self._check_open()
        self._check_merge()
        if user_id and any(lead.user_id.id != user_id for lead in self):
            if not self._is_pipeline_manager():
                self._refuse_reassign(self._names())
        head = super(CrmLead, self._open_gate())._merge_opportunity(
            user_id=user_id, team_id=team_id, auto_unlink=False, max_length=max_length
        )
        head = head._close_gate()
        tail = self - head
        tail._open_gate().write({"active": False, "merged_into_id": head.id})
        text = self.env._("Merged into %(lead)s and archived.", lead=head.display_name)
        tail._message_log_batch(bodies=dict.fromkeys(tail.ids, text))
        return head

    def _check_merge(self):
        """Raise UserError when these leads cannot become one; apps add theirs."""

    def _merge_dependences(self, opportunities):
        super()._merge_dependences(opportunities)
        model = self.pipeline and self._pipeline_call_log_model()
        if model:
            self.env[model].sudo().search([("lead_id", "in", opportunities.ids)]).write(
                {"lead_id": self.id}
            )

    def _get_lead_duplicates(self, *args, **kwargs):
        found = super()._get_lead_duplicates(*args, **kwargs)
        pipelines = {lead.pipeline or False for lead in self} or {False}
        return found.filtered(lambda lead: (lead.pipeline or False) in pipelines)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_merged(self):
        if kept := self.filtered("merged_into_id"):
            raise UserError(
                self.env._(
                    "These leads were merged and stay archived, because others point "
                    "to what they held: %(leads)s.",
                    leads=kept._names(),
                )
            )
