import uuid

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.remote_odoo.compat import Constraint
from odoo.addons.remote_odoo.errors import Denied, Rejected
from odoo.addons.remote_odoo.payload import PayloadError, check_payload, check_rows
from odoo.addons.remote_odoo.public import public
from odoo.addons.vehicle_crm.exchange.callback import ANSWER, build_callback
from odoo.addons.vehicle_crm.exchange.endorsement import ABOUT, PULLED
from odoo.addons.vehicle_crm.exchange.states import STATES_PAGE

from ..exchange.endorsement import SERVICE_GROUP_THERE

SERVICE_GROUP = "dealer_crm_bpo_bridge.dealer_crm_bpo_bridge_group_bpo_service"
ADMIN = "dealer_crm.dealer_crm_group_admin"


class BpoCrmConnection(models.Model):
    """The BPO that endorses leads to this dealer: where it is, and what is done with
    its leads. Only Dealer Admins open it."""

    _name = "bpo.crm.connection"
    _description = "BPO CRM Connection"
    _inherit = ["mail.thread", "remote.odoo.owner"]
    _order = "name, id"
    _remote_fields = {
        "url": "url",
        "database": "database",
        "username": "username",
        "password": "password",
        "verify_ssl": "verify_ssl",
    }
    _remote_manager_group = ADMIN

    name = fields.Char(required=True, default="BPO CRM")
    active = fields.Boolean(default=True)
    url = fields.Char(
        string="URL",
        compute="_compute_remote_fields",
        inverse="_inverse_remote_fields",
        groups=ADMIN,
        help="The BPO's Odoo, for example https://bpo.example.com",
    )
    database = fields.Char(
        compute="_compute_remote_fields",
        inverse="_inverse_remote_fields",
        groups=ADMIN,
    )
    username = fields.Char(
        compute="_compute_remote_fields",
        inverse="_inverse_remote_fields",
        groups=ADMIN,
        help="The service account that the BPO made for this dealer.",
    )
    password = fields.Char(
        compute="_compute_remote_fields",
        inverse="_inverse_remote_fields",
        groups=ADMIN,
        help="Stored encrypted and never shown. Leave empty to keep it.",
    )
    verify_ssl = fields.Boolean(
        string="Verify SSL Certificate",
        compute="_compute_remote_fields",
        inverse="_inverse_remote_fields",
        groups=ADMIN,
        default=True,
    )
    connected = fields.Boolean(
        related="remote_id.connected", store=True, help="The last test passed."
    )
    import_enabled = fields.Boolean(
        string="Import Endorsed Leads", default=True, tracking=True
    )
    import_interval = fields.Integer(
        string="Minutes Between Imports", default=1, required=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Default Salesperson",
        domain="[('share', '=', False)]",
        ondelete="restrict",
        tracking=True,
        help="Owns each endorsed lead from the start, and its quotation. Empty: the "
        "lead waits to be claimed.",
    )
    team_id = fields.Many2one("crm.team", string="Default Team", ondelete="set null")
    service_user_id = fields.Many2one(
        "res.users",
        string="BPO's Account Here",
        domain="[('share', '=', True)]",
        ondelete="restrict",
        copy=False,
        index="btree_not_null",
        help="A portal user with the group BPO service account. With it the BPO pushes "
        "a lead at the moment it is endorsed; without it leads come by the import.",
    )
    last_import = fields.Datetime(readonly=True, copy=False)
    import_error = fields.Char(string="Last Error", readonly=True, copy=False)
    last_reconcile = fields.Datetime(
        string="Last Comparison", readonly=True, copy=False
    )
    reconcile_days = fields.Integer(
        string="Days to Compare",
        default=90,
        required=True,
        help="The comparison with the BPO looks at leads endorsed in this many days.",
    )
    discrepancy_ids = fields.One2many("bpo.crm.discrepancy", "connection_id")
    discrepancy_count = fields.Integer(compute="_compute_counts")
    lead_count = fields.Integer(string="Endorsed Leads", compute="_compute_counts")
    won_count = fields.Integer(string="Won", compute="_compute_counts")
    won_untold_count = fields.Integer(
        string="Won, BPO Not Told",
        compute="_compute_counts",
        help="Won endorsed leads whose callback the BPO has not confirmed.",
    )

    _service_user_uniq = Constraint(
        "UNIQUE (service_user_id)", "This account belongs to another connection."
    )
    _import_interval_positive = Constraint(
        "CHECK (import_interval > 0 AND reconcile_days > 0)",
        "The minutes between imports and the days to compare must be at least 1.",
    )

    @api.constrains("service_user_id")
    def _check_service_user(self):
        for user in self.service_user_id:
            if not user.share:
                raise ValidationError(
                    self.env._(
                        "%s is an internal user. The BPO's account here must be a "
                        "portal user: then it can do nothing but hand over leads.",
                        user.name,
                    )
                )
            if not user.has_group(SERVICE_GROUP):
                raise ValidationError(
                    self.env._(
                        "%s needs the group “BPO CRM: service account”.", user.name
                    )
                )

    def _compute_counts(self):
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        for connection in self:
            endorsed = [("bpo_connection_id", "=", connection.id)]
            won = [*endorsed, ("step", "=", "won")]
            connection.lead_count = leads.search_count(endorsed)
            connection.won_count = leads.search_count(won)
            connection.won_untold_count = leads.search_count(
                [*won, ("bpo_confirmed_outcome", "!=", "won")]
            )
            connection.discrepancy_count = len(
                connection.discrepancy_ids.filtered(lambda row: row.state == "open")
            )

    def _inverse_remote_fields(self):
        """The BPO is called over JSON-RPC."""
        result = super()._inverse_remote_fields()
        remotes = self.sudo().remote_id
        remotes.filtered(lambda remote: remote.protocol != "jsonrpc").write(
            {"protocol": "jsonrpc"}
        )
        return result

    def _is_set_up(self):
        return bool(self.sudo().remote_id.url)

    # Test Connection

    def _remote_checks(self):
        """The account is what the BPO expects, methods answer, brands are known."""
        self.ensure_one()
        return [
            (self.env._("Service account"), self._check_account),
            (self.env._("Read endorsed leads"), self._check_pull),
            (self.env._("Acknowledge them"), self._check_acknowledge),
            (self.env._("Report Won and Lost"), self._check_callback),
            (self.env._("Compare both sides"), self._check_states),
            (self.env._("Brands known here"), self._check_brands),
        ]

    def _check_account(self, client):
        def has_group(group):
            return client.call("res.users", "has_group", [client.uid], group)

        if not has_group(SERVICE_GROUP_THERE):
            raise Denied(
                self.env._(
                    "The account %s is no dealer service account there, so the BPO "
                    "shows it nothing. Ask the BPO to add the group.",
                    client.login,
                ),
                what="model",
            )
        if has_group("base.group_user"):
            return self.env._(
                "It is an internal user there. A portal user is enough and safer."
            )
        return None

    def _about(self, client):
        page = self._checked(
            client.call("crm.lead", "endorsed_leads_for_dealer", about=True, limit=1),
            PULLED,
        )
        return check_rows(page["about"], ABOUT, "about")[0]

    def _check_pull(self, client):
        dealerships = self._about(client)
        if not dealerships:
            raise Denied(
                self.env._(
                    "The account speaks for no dealership there. Ask the BPO to set it "
                    "as the dealership's service user."
                ),
                what="model",
            )
        return self.env._(
            "Speaks for %s.", ", ".join(about["name"] or "" for about in dealerships)
        )

    def _check_acknowledge(self, client):
        client.call("crm.lead", "acknowledge_endorsements", receipts=[])

    def _check_callback(self, client):
        """A callback for a lead that no BPO has changes nothing there."""
        nobody = build_callback(
            {
                "endorsement_key": str(uuid.uuid4()),
                "source_lead_id": 1,
                "outcome": "accepted",
            }
        )
        reply = client.call("crm.lead", "update_from_dealer_callback", nobody)
        self._checked(reply, ANSWER)

    def _check_states(self, client):
        self._checked(
            client.call(
                "crm.lead",
                "endorsement_states",
                since=fields.Datetime.to_string(fields.Datetime.now()),
                limit=1,
            ),
            STATES_PAGE,
        )

    def _check_brands(self, client):
        codes = {code for about in self._about(client) for code in about["brand_codes"]}
        brands = self.env["crm.brand"].sudo().search([("code", "in", list(codes))])
        if missing := sorted(codes - set(brands.mapped("code"))):
            raise Rejected(
                self.env._(
                    "Leads of these brands cannot be taken, because no brand here has "
                    "the code: %s. Create them in Configuration, Brands.",
                    ", ".join(missing),
                )
            )
        return ", ".join(sorted(codes))

    def _checked(self, reply, schema):
        """The BPO's reply, or a sentence about what is wrong with it."""
        try:
            return check_payload(reply, schema, "reply")
        except PayloadError as error:
            raise Rejected(
                self.env._("The BPO answered something unexpected. %s", error)
            ) from error

    def _ask(self, client, schema, method, **values):
        """Make one call and check its reply; RemoteError.

        The client is entered for each call, so that its deadline is for the BPO alone:
        our own work between two calls takes nothing of it.
        """
        with client:
            reply = client.call("crm.lead", method, **values)
        return self._checked(reply, schema)

    def _notice(self, message, kind="success", following=None):
        notice = self.env["remote.odoo"]._notification(kind, message, self.name)
        if following:
            notice["params"]["next"] = following
        return notice

    # Smart buttons

    @public(one=True)
    def action_view_leads(self):
        return self._open_leads({"search_default_endorsed": 1})

    @public(one=True)
    def action_view_won(self):
        return self._open_leads({"search_default_endorsed": 1, "search_default_won": 1})

    @public(one=True)
    def action_view_won_untold(self):
        """Did the callback fire for every won endorsed lead? Those where not."""
        action = self._open_leads({})
        action["domain"] = [
            *action["domain"],
            ("step", "=", "won"),
            ("bpo_confirmed_outcome", "!=", "won"),
        ]
        return action

    def _open_leads(self, context):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_crm.crm_lead_action_all"
        )
        action["domain"] = [
            ("pipeline", "=", "dealer"),
            ("bpo_connection_id", "=", self.id),
        ]
        action["context"] = {
            "default_pipeline": "dealer",
            "default_type": "opportunity",
            "active_test": False,
            **context,
        }
        return action

    @public(one=True)
    def action_view_discrepancies(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_crm_bpo_bridge.bpo_crm_discrepancy_action"
        )
        action["domain"] = [("connection_id", "=", self.id)]
        return action
