from odoo import fields, models
from odoo.tools import SQL


class BpoCrmReport(models.Model):
    """One row for each BPO lead: how far it came and how long each part took."""

    _name = "bpo.crm.report"
    _description = "BPO Leads Analysis"
    _auto = False
    _rec_name = "lead_id"
    _order = "create_date desc"
    _depends = {
        "crm.lead": [
            "active",
            "brand_id",
            "company_id",
            "create_date",
            "date_lost",
            "date_open",
            "date_won",
            "dealership_id",
            "dealer_so_id",
            "endorsed_at",
            "handoff_state",
            "pipeline",
            "source_id",
            "step",
            "user_id",
            "vehicle_model_id",
        ],
        "bpo.crm.call.log": ["date", "lead_id", "result"],
    }

    lead_id = fields.Many2one("crm.lead", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    brand_id = fields.Many2one("crm.brand", readonly=True)
    vehicle_model_id = fields.Many2one("crm.vehicle.model", readonly=True)
    dealership_id = fields.Many2one("crm.dealership", readonly=True)
    user_id = fields.Many2one("res.users", string="Agent", readonly=True)
    source_id = fields.Many2one("utm.source", readonly=True)
    create_date = fields.Datetime(string="Came In On", readonly=True)
    date_won = fields.Datetime(string="Won On", readonly=True)
    date_lost = fields.Datetime(string="Lost On", readonly=True)
    step = fields.Selection(
        [
            ("new", "New"),
            ("qualified", "Qualified"),
            ("negotiation", "Negotiation"),
            ("won", "Won"),
            ("lost", "Lost"),
        ],
        readonly=True,
    )
    lead_count = fields.Integer(string="Leads In", readonly=True)
    claimed = fields.Integer(readonly=True)
    contacted = fields.Integer(readonly=True, help="With at least one answered call.")
    endorsed = fields.Integer(readonly=True)
    ordered = fields.Integer(
        string="Orders at Dealers", readonly=True, help="With an order at the dealer."
    )
    won = fields.Integer(readonly=True)
    lost = fields.Integer(readonly=True)
    handoff_waiting = fields.Integer(string="Hand-offs Waiting", readonly=True)
    handoff_failed = fields.Integer(string="Hand-offs Failed", readonly=True)
    hours_to_claim = fields.Float(
        string="Hours to Claim", readonly=True, aggregator="avg"
    )
    hours_to_call = fields.Float(
        string="Hours to First Call", readonly=True, aggregator="avg"
    )
    days_to_won = fields.Float(string="Days to Won", readonly=True, aggregator="avg")
    won_rate = fields.Float(
        string="Won (%)",
        readonly=True,
        aggregator="avg",
        help="Of the closed leads; open ones do not count.",
    )

    @property
    def _table_query(self):
        # GREATEST leaves NULL out, so what did not happen would count as 0 hours.
        hours = (
            "(CASE WHEN %(date)s IS NOT NULL THEN GREATEST("
            "EXTRACT(EPOCH FROM %(date)s - lead.create_date), 0) / 3600.0 END)"
        )
        return SQL(
            f"""
            SELECT lead.id, lead.id AS lead_id, lead.company_id, lead.brand_id,
                   lead.vehicle_model_id, lead.dealership_id, lead.user_id,
                   lead.source_id, lead.create_date, lead.date_won, lead.date_lost,
                   lead.step,
                   1 AS lead_count,
                   (lead.user_id IS NOT NULL)::int AS claimed,
                   (call.answered)::int AS contacted,
                   (lead.endorsed_at IS NOT NULL)::int AS endorsed,
                   (COALESCE(lead.dealer_so_id, 0) > 0)::int AS ordered,
                   (lead.step = 'won')::int AS won,
                   (lead.step = 'lost')::int AS lost,
                   (lead.handoff_state = 'pending')::int AS handoff_waiting,
                   (lead.handoff_state = 'failed')::int AS handoff_failed,
                   CASE WHEN lead.user_id IS NOT NULL
                        THEN {hours % {"date": "lead.date_open"}} END AS hours_to_claim,
                   {hours % {"date": "call.first_date"}} AS hours_to_call,
                   CASE WHEN lead.step = 'won'
                        THEN {hours % {"date": "lead.date_won"}} / 24 END
                        AS days_to_won,
                   CASE lead.step WHEN 'won' THEN 100.0 WHEN 'lost' THEN 0.0 END
                        AS won_rate
              FROM crm_lead lead
              LEFT JOIN LATERAL (
                   SELECT MIN(log.date) AS first_date,
                          COALESCE(BOOL_OR(log.result = 'answered'), FALSE) AS answered
                     FROM bpo_crm_call_log log
                    WHERE log.lead_id = lead.id) call ON TRUE
             WHERE lead.pipeline = 'bpo' AND lead.active
            """
        )
