import re

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.remote_odoo.compat import OR, Constraint

from .crm_stage import OPEN_STEPS

PROBABILITY = {"new": 10, "qualified": 30, "negotiation": 60, "won": 100, "lost": 0}


class CrmLead(models.Model):
    """A lead with a pipeline is a vehicle lead; one without is an ordinary lead."""

    _inherit = "crm.lead"
    _rec_names_search = ["code", "name"]

    # Each app adds its own: selection_add=[("dealer", "Dealer")].
    pipeline = fields.Selection([])
    step = fields.Selection(related="stage_id.step", store=True, index=True)
    code = fields.Char(
        "Reference", copy=False, readonly=True, index="trigram", tracking=True
    )
    stage_id = fields.Many2one(domain=lambda self: self._stage_domain())

    brand_id = fields.Many2one(
        "crm.brand", index="btree_not_null", ondelete="restrict", tracking=True
    )
    brand_color = fields.Integer(related="brand_id.color")
    brand_has_logo = fields.Boolean(related="brand_id.has_logo")
    vehicle_model_text = fields.Char("Vehicle (as asked for)", tracking=True)
    quantity = fields.Integer(default=1, tracking=True)
    expected_price = fields.Monetary(
        "Expected Unit Price", currency_field="company_currency", tracking=True
    )
    preferred_color = fields.Char(tracking=True)
    budget_min = fields.Monetary(
        "Budget From", currency_field="company_currency", tracking=True
    )
    budget_max = fields.Monetary(
        "Budget To", currency_field="company_currency", tracking=True
    )
    has_trade_in = fields.Boolean("Trade-in", tracking=True)
    trade_in_details = fields.Text(tracking=True)
    financing_type = fields.Selection(
        [
            ("cash", "Cash"),
            ("bank", "Bank Loan"),
            ("in_house", "In-house Financing"),
            ("lease", "Lease"),
            ("other", "Other"),
        ],
        "Financing",
        tracking=True,
    )
    down_payment = fields.Monetary(currency_field="company_currency", tracking=True)
    customer_notes = fields.Text(tracking=True)

    mobile = fields.Char(
        compute="_compute_mobile", store=True, readonly=False, tracking=True
    )
    mobile_key = fields.Char(
        compute="_compute_mobile_key", store=True, index="btree_not_null"
    )
    mobile_search = fields.Char(
        "Mobile in any spelling", store=False, search="_search_mobile_search"
    )

    date_won = fields.Datetime("Won On", copy=False, readonly=True, tracking=True)
    date_lost = fields.Datetime("Lost On", copy=False, readonly=True, tracking=True)
    lost_notes = fields.Text(copy=False, readonly=True)
    merged_into_id = fields.Many2one(
        "crm.lead",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The lead that took over what this archived one held.",
    )
    can_work = fields.Boolean(compute="_compute_can_work")
    can_manage = fields.Boolean(compute="_compute_can_work")
    days_in_step = fields.Integer(
        "Days in Stage", compute="_compute_days_in_step", compute_sudo=True
    )
    call_count = fields.Integer("Calls", compute="_compute_call_count")

    _code_uniq = Constraint("UNIQUE (code)", "Another lead already has this reference.")
    _quantity_positive = Constraint(
        "CHECK (pipeline IS NULL OR quantity > 0)",
        "The quantity of a lead is at least 1.",
    )

    def init(self):
        super().init()
        # The first page of every list and board, in the order of the model.
        self.env.cr.execute(
            """
            CREATE INDEX IF NOT EXISTS crm_lead_pipeline_order_idx
                ON crm_lead (pipeline, priority DESC, id DESC)
             WHERE active AND pipeline IS NOT NULL
            """
        )

    # ------------------------------------------------------------------
    # What the apps tell
    # ------------------------------------------------------------------

    @api.model
    def _pipeline_roles(self):
        """Who works in a pipeline; extend with ``super()``.

        :return: ``{pipeline: {"user": group xml id, "manager": group xml id,
            "form": xml id of its form view, "action": xml id of its window}}``; the
            user opens, claims and works own leads, the manager acts on all of them
        """
        return {}

    @api.model
    def _pipeline_protected_fields(self):
        """Names of fields that only our own code writes, through the gate; or nobody:
        RPC may write what is computed and stored."""
        return {
            "code",
            "date_won",
            "date_lost",
            "lost_notes",
            "merged_into_id",
            "mobile_key",
            "step",
        }

    def _pipeline_call_log_model(self):
        """Name of the model that keeps the calls of this lead, if any."""
        return None

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------

    @api.model
    def _stage_domain(self):
        team = self.env["crm.stage"]._team_field()
        return (
            f"[('pipeline', '=', pipeline), '|', ('{team}', '=', False), "
            f"('{team}', '=', team_id)]"
        )

    @api.depends("partner_id")
    def _compute_mobile(self):
        for lead in self:
            if not lead.mobile or lead.partner_id.mobile:
                lead.mobile = lead.partner_id.mobile

    @api.depends("mobile", "phone", "company_id")
    def _compute_mobile_key(self):
        Partner = self.env["res.partner"]
        for lead in self:
            lead.mobile_key = Partner._get_mobile_key(
                lead.mobile, lead.phone, lead.company_id
            )

    @api.model
    def _search_mobile_search(self, operator, value):
        """Find a number by any part of it, spaced as it may be."""
        values = value if operator in ("in", "not in") else [value]
        domain = OR([self._mobile_domain(value) for value in values])
        return ["!", *domain] if operator in ("!=", "not in", "not ilike") else domain

    @api.model
    def _mobile_domain(self, value):
        value = value or ""
        domain = ["|", ("mobile", "ilike", value), ("phone", "ilike", value)]
        digits = re.sub(r"\D", "", value).lstrip("0")
        return ["|", ("mobile_key", "ilike", digits), *domain] if digits else domain

    def _prepare_customer_values(self, partner_name, *args, **kwargs):
        values = super()._prepare_customer_values(partner_name, *args, **kwargs)
        return dict(values, mobile=self.mobile)

    @api.depends("user_id", "pipeline")
    @api.depends_context("uid")
    def _compute_can_work(self):
        """What the screens let the current user edit; the server decides anew."""
        for leads in self.grouped("pipeline").values():
            manages = not leads[0].pipeline or leads[0]._is_pipeline_manager()
            for lead in leads:
                mine = not lead._origin or lead.user_id == self.env.user
                lead.can_manage = manages
                lead.can_work = manages or mine

    @api.depends("date_last_stage_update", "step")
    def _compute_days_in_step(self):
        now = fields.Datetime.now()
        for lead in self:
            since = lead.date_last_stage_update or lead.create_date or now
            lead.days_in_step = max((now - since).days, 0)

    def _compute_call_count(self):
        self.call_count = 0
        for pipeline, leads in self.grouped("pipeline").items():
            model = pipeline and leads[0]._pipeline_call_log_model()
            if not model:
                continue
            counts = self.env[model]._read_group(
                [("lead_id", "in", leads.ids)], ["lead_id"], ["__count"]
            )
            for lead, count in counts:
                lead.call_count = count

    @api.depends("code")
    @api.depends_context("uid")
    def _compute_display_name(self):
        super()._compute_display_name()
        for lead in self.filtered("code"):
            lead.display_name = f"{lead.code} {lead.display_name or ''}".strip()

    # ------------------------------------------------------------------
    # Stage and reference of a pipeline
    # ------------------------------------------------------------------

    def _is_open(self):
        """Whether all these leads are pipeline leads in an open step."""
        return all(lead.pipeline and lead.step in OPEN_STEPS for lead in self)

    @api.model
    def _pipeline_stage(self, pipeline, step):
        """The stage of a step, or a UserError that says it is missing."""
        stage = self.env["crm.stage"].search(
            [("pipeline", "=", pipeline), ("step", "=", step)], limit=1
        )
        if not stage:
            raise UserError(
                self.env._(
                    "The %(pipeline)s pipeline has no stage for its step %(step)s. "
                    "Update the app that brings it.",
                    pipeline=pipeline,
                    step=step,
                )
            )
        return stage

    @api.model
    def _continue_references(self, pipeline):
        """Let a pipeline's sequence go on behind the references that leads have.

        Leads keep theirs when the app is uninstalled. Its sequence goes, and the one
        of the next installation would begin at 1 again.
        """
        sequences = self.env["ir.sequence"].sudo()
        for sequence in sequences.search([("code", "=", f"crm.lead.{pipeline}")]):
            before, after = map(re.escape, sequence._get_prefix_suffix())
            self.env.cr.execute(
                "SELECT max(substring(code FROM %s)::bigint) FROM crm_lead",
                [f"^{before}([0-9]{{1,15}}){after}$"],
            )
            (last,) = self.env.cr.fetchone()
            if last and last >= sequence.number_next_actual:
                sequence.number_next = last + 1

    @api.model
    def _next_codes(self, pipeline, count):
        """``count`` new references of a pipeline, in one statement.

        A sequence without gaps, or one that counts by date, is asked one by one.
        """
        sequence = self.env["ir.sequence"].sudo()
        found = sequence.search(
            [
                ("code", "=", f"crm.lead.{pipeline}"),
                ("company_id", "in", [self.env.company.id, False]),
            ],
            order="company_id",
            limit=1,
        )
        if not found:
            raise UserError(
                self.env._(
                    "The sequence crm.lead.%(pipeline)s for references of leads is "
                    "missing. Update the app that brings it.",
                    pipeline=pipeline,
                )
            )
        if found.implementation != "standard" or found.use_date_range:
            return [found.next_by_id() for _number in range(count)]
        before, after = found._get_prefix_suffix()
        padding = found.padding
        # The name that ir.sequence gives to its PostgreSQL sequence.
        self.env.cr.execute(
            "SELECT nextval(%s) FROM generate_series(1, %s)",
            [f"ir_sequence_{found.id:03d}", count],
        )
        return [
            f"{before}{number:0{padding}d}{after}"
            for (number,) in self.env.cr.fetchall()
        ]
