from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.remote_odoo.public import public


class CrmLead(models.Model):
    """The BPO's lead: which model of which brand, and which dealership gets it."""

    _inherit = "crm.lead"

    pipeline = fields.Selection(
        selection_add=[("bpo", "BPO")], ondelete={"bpo": "set null"}
    )
    vehicle_model_id = fields.Many2one(
        "crm.vehicle.model",
        compute="_compute_vehicle_model_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        domain="[('brand_id', '=?', brand_id)]",
    )
    dealership_id = fields.Many2one(
        "crm.dealership",
        compute="_compute_dealership_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        domain="[('brand_ids', '=?', brand_id)]",
    )
    brand_logo = fields.Image(related="brand_id.logo")
    dealership_phone = fields.Char(
        related="dealership_id.phone", string="Phone of the Dealership"
    )
    dealership_manager = fields.Char(
        related="dealership_id.manager_name", string="Manager of the Dealership"
    )
    bpo_call_log_ids = fields.One2many(
        "bpo.crm.call.log", "lead_id", string="BPO Calls"
    )
    same_customer_lead_ids = fields.Many2many(
        "crm.lead", compute="_compute_same_customer", string="Same Customer"
    )
    same_customer_count = fields.Integer(compute="_compute_same_customer")
    same_customer_note = fields.Char(compute="_compute_same_customer")
    dealer_lead_id = fields.Integer(string="Dealer Lead ID", readonly=True, copy=False)
    dealer_lead_name = fields.Char(string="Dealer Lead", readonly=True, copy=False)
    dealer_so_id = fields.Integer(string="Dealer Order ID", readonly=True, copy=False)
    dealer_so_name = fields.Char(
        string="Dealer Order", readonly=True, copy=False, tracking=True
    )

    def init(self):
        super().init()
        # Who else has this e-mail, asked each time that an agent opens a lead; the
        # core's own index is for `ilike` and needs pg_trgm.
        self.env.cr.execute(
            """
            CREATE INDEX IF NOT EXISTS crm_lead_pipeline_email_idx
                ON crm_lead (email_normalized)
             WHERE pipeline IS NOT NULL AND email_normalized IS NOT NULL
            """
        )

    @api.model
    def _pipeline_roles(self):
        return {
            **super()._pipeline_roles(),
            "bpo": {
                "user": "bpo_crm.bpo_crm_group_agent",
                "manager": "bpo_crm.bpo_crm_group_supervisor",
                "form": "bpo_crm.crm_lead_view_form",
                "action": "bpo_crm.crm_lead_action_all",
            },
        }

    def _pipeline_call_log_model(self):
        if self.pipeline == "bpo":
            return "bpo.crm.call.log"
        return super()._pipeline_call_log_model()

    @api.model
    def _pipeline_protected_fields(self):
        return super()._pipeline_protected_fields() | {
            "dealer_lead_id",
            "dealer_lead_name",
            "dealer_so_id",
            "dealer_so_name",
            "handoff_state",
            "handoff_error",
            "handoff_key",
            "handoff_orders",
        }

    @api.depends("contact_name", "pipeline")
    def _compute_name(self):
        """The customer's name is title enough for somebody who calls."""
        super()._compute_name()
        for lead in self:
            if not lead.name and lead.pipeline == "bpo":
                lead.name = lead.contact_name

    @api.depends("brand_id")
    def _compute_vehicle_model_id(self):
        """A model of another brand goes when the brand changes."""
        for lead in self:
            if lead.vehicle_model_id.brand_id != lead.brand_id:
                lead.vehicle_model_id = False

    @api.depends("brand_id")
    def _compute_dealership_id(self):
        for lead in self:
            if lead.brand_id not in lead.dealership_id.brand_ids:
                lead.dealership_id = False

    @api.onchange("vehicle_model_id")
    def _onchange_vehicle_model_id(self):
        if self.vehicle_model_id and not self.brand_id:
            self.brand_id = self.vehicle_model_id.brand_id

    @api.constrains("brand_id", "vehicle_model_id")
    def _check_vehicle_model_brand(self):
        for lead in self:
            model = lead.vehicle_model_id
            if model and model.brand_id != lead.brand_id:
                raise ValidationError(
                    self.env._(
                        "%(model)s is a model of %(brand)s. Choose a model of the "
                        "lead's own brand.",
                        model=model.name,
                        brand=model.brand_id.name,
                    )
                )

    @api.constrains("brand_id", "dealership_id")
    def _check_dealership_brand(self):
        for lead in self:
            dealership = lead.dealership_id
            if dealership and lead.brand_id not in dealership.brand_ids:
                raise ValidationError(
                    self.env._(
                        "%(dealership)s does not sell %(brand)s. Choose a dealership "
                        "that does.",
                        dealership=dealership.complete_name,
                        brand=lead.brand_id.name or self.env._("a lead without brand"),
                    )
                )

    @api.depends("mobile_key", "email_normalized", "pipeline")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_same_customer(self):
        """Other leads of the same mobile number or e-mail, whoever works them: the
        agent should know before dialling. Shown, never merged by itself."""
        self.same_customer_lead_ids = False
        self.same_customer_count = 0
        self.same_customer_note = False
        for lead in self.filtered(lambda lead: lead.pipeline == "bpo"):
            keys = [
                (name, "=", value)
                for name, value in (
                    ("mobile_key", lead.mobile_key),
                    (
                        "email_normalized",
                        lead._customers()._get_email_key(lead.email_normalized),
                    ),
                )
                if value
            ]
            if not keys:
                continue
            others = (
                self.sudo()
                .with_context(active_test=False)
                .search(
                    [
                        ("pipeline", "=", "bpo"),
                        ("id", "!=", lead._origin.id),
                        ("company_id", "in", [False, *self.env.companies.ids]),
                        *["|"] * (len(keys) - 1),
                        *keys,
                    ],
                    order="id desc",
                    limit=20,
                )
            )
            lead.same_customer_count = len(others)
            lead.same_customer_lead_ids = self.search([("id", "in", others.ids)])
            lead.same_customer_note = "; ".join(
                ", ".join(
                    filter(
                        None,
                        [
                            other.code,
                            other.brand_id.name,
                            other.stage_id.name,
                            other.user_id.name or self.env._("unclaimed"),
                        ],
                    )
                )
                for other in others[:5]
            )

    @public(one=True)
    def action_view_same_customer(self):
        return self._get_bpo_action(
            [("id", "in", self.same_customer_lead_ids.ids)], active_test=False
        )

    @api.model
    def _get_bpo_action(self, domain, **context):
        """The window of all leads of this pipeline, with these only."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "bpo_crm.crm_lead_action_all"
        )
        action["domain"] = [("pipeline", "=", "bpo"), *domain]
        action["context"] = {
            "default_pipeline": "bpo",
            "default_type": "opportunity",
            **context,
        }
        return action
