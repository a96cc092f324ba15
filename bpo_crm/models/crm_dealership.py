from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.remote_odoo.compat import OR, Constraint
from odoo.addons.remote_odoo.public import public

MANAGER = "bpo_crm.bpo_crm_group_manager"

# A value of the connection: kept by `remote.odoo`, seen and set by managers.
REMOTE = {
    "compute": "_compute_remote_fields",
    "inverse": "_inverse_remote_fields",
    "groups": MANAGER,
}


class CrmDealership(models.Model):
    """A dealer's branch: who sells which brands there, and how a lead gets to it."""

    _name = "crm.dealership"
    _description = "Dealership"
    _inherit = ["mail.thread", "remote.odoo.owner", "vehicle.crm.folded"]
    _order = "sequence, complete_name, id"
    _rec_name = "complete_name"
    _rec_names_search = ["complete_name", "code", "name"]
    _remote_fields = {
        "odoo_url": "url",
        "odoo_db": "database",
        "odoo_username": "username",
        "odoo_password": "password",
        "odoo_verify_ssl": "verify_ssl",
    }
    _remote_manager_group = MANAGER

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        required=True,
        copy=False,
        tracking=True,
        help="Short and unique. Endorsements carry it to the dealer.",
    )
    complete_name = fields.Char(
        compute="_compute_complete_name", store=True, index="trigram"
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    phone = fields.Char()
    mobile = fields.Char()
    email = fields.Char()
    street = fields.Char(string="Address")
    city = fields.Char()
    region = fields.Char()
    manager_name = fields.Char(
        string="Manager", help="Named in the mail about a won lead."
    )
    manager_email = fields.Char(help="Gets a mail when a lead is won.")
    brand_ids = fields.Many2many(
        "crm.brand", string="Brands", help="Every brand this dealership sells."
    )
    handoff_mode = fields.Selection(
        [
            ("order", "Create the sales order there"),
            ("endorse", "Endorse the lead"),
        ],
        string="Hand-off",
        required=True,
        default="order",
        tracking=True,
        help="Create the sales order there: the dealer runs plain Odoo; Mark Won "
        "creates the order in it.\n"
        "Endorse the lead: the dealer runs Dealer CRM; it takes the lead over and "
        "reports Won or Lost.",
    )
    service_user_id = fields.Many2one(
        "res.users",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('share', '=', True)]",
        groups=MANAGER,
        help="The portal user with which this dealer's Odoo calls here.",
    )
    create_products = fields.Boolean(
        string="Create Missing Products",
        default=True,
        help="When the dealer has no product with the reference or the name of the "
        "vehicle, create one there. When off, the hand-off stops and says so.",
    )
    lead_ids = fields.One2many("crm.lead", "dealership_id")
    lead_count = fields.Integer(string="Leads", compute="_compute_lead_count")
    so_pushed_count = fields.Integer(
        string="SOs Pushed",
        compute="_compute_so_pushed_count",
        help="Leads for which an order was created at the dealer.",
    )

    odoo_url = fields.Char(
        string="Odoo URL",
        help="The dealership's own Odoo, for example https://manila.example.com",
        **REMOTE,
    )
    odoo_db = fields.Char(
        string="Database",
        **REMOTE,
    )
    odoo_username = fields.Char(
        string="Username",
        help="A service account there, not a person's: when a person changes the "
        "password, hand-offs stop.",
        **REMOTE,
    )
    odoo_password = fields.Char(
        string="Password",
        help="Stored encrypted and never shown. Leave empty to keep it.",
        **REMOTE,
    )
    odoo_verify_ssl = fields.Boolean(
        string="Verify SSL Certificate",
        help="Off only for development, with a self-signed certificate.",
        **REMOTE,
    )
    odoo_last_test = fields.Datetime(
        related="remote_id.last_test", string="Last Test", groups=MANAGER
    )
    odoo_check_ids = fields.One2many(
        related="remote_id.check_ids", string="Last Test in Detail", groups=MANAGER
    )
    odoo_configured = fields.Boolean(
        compute="_compute_odoo_configured",
        compute_sudo=True,
        help="An address is set. What it is, only managers see.",
    )
    odoo_connected = fields.Boolean(
        string="Odoo Connected",
        related="remote_id.connected",
        store=True,
        help="The last test passed.",
    )

    _code_uniq = Constraint("UNIQUE (code)", "Another dealership has this code.")

    @api.depends("name", "city", "brand_ids.code")
    def _compute_complete_name(self):
        """ "Manila — FOTON"; the city is left out where the name already says it."""
        for dealership in self:
            name, city = dealership.name or "", dealership.city or ""
            place = [name]
            if city and city.casefold() not in name.casefold():
                place.append(city)
            brands = ", ".join(dealership.brand_ids.filtered("code").mapped("code"))
            parts = [", ".join(filter(None, place)), brands]
            dealership.complete_name = " — ".join(filter(None, parts))

    @api.depends_context("uid")
    def _compute_lead_count(self):
        """What the smart button opens: the leads that the reader may see."""
        counts = dict(
            self.env["crm.lead"]._read_group(
                [("dealership_id", "in", self.ids)], ["dealership_id"], ["__count"]
            )
        )
        for dealership in self:
            dealership.lead_count = counts.get(dealership, 0)

    def _compute_so_pushed_count(self):
        counts = dict(
            self.env["crm.lead"]
            .sudo()
            .with_context(active_test=False)
            ._read_group(
                [("dealership_id", "in", self.ids), ("dealer_so_id", "!=", 0)],
                ["dealership_id"],
                ["__count"],
            )
        )
        for dealership in self:
            dealership.so_pushed_count = counts.get(dealership, 0)

    @api.depends("remote_id.url")
    def _compute_odoo_configured(self):
        for dealership in self:
            dealership.odoo_configured = bool(dealership.remote_id.url)

    @api.model
    def _get_manager_fields(self):
        """What a supervisor may not write: the connection and how leads are handed
        over. Everything else is basic data."""
        return {
            *self._remote_fields,
            "remote_id",
            "handoff_mode",
            "create_products",
            "service_user_id",
        }

    def _check_manager_fields(self, values):
        restricted = self._get_manager_fields() & set(values)
        if restricted and not (self.env.su or self.env.user.has_group(MANAGER)):
            labels = ", ".join(sorted(self._fields[name].string for name in restricted))
            raise AccessError(
                self.env._(
                    "Only a BPO Manager may set these fields of a dealership: %s.",
                    labels,
                )
            )

    @api.model
    def default_get(self, fields_list):
        """A new form verifies certificates. Not a default of the field: that would
        refuse a supervisor's new dealership, who may not write it."""
        values = super().default_get(fields_list)
        if "odoo_verify_ssl" in fields_list and self.env.user.has_group(MANAGER):
            values.setdefault("odoo_verify_ssl", True)
        return values

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            self._check_manager_fields(values)
        return super().create(vals_list)

    def write(self, vals):
        self._check_manager_fields(vals)
        if "handoff_mode" in vals:
            self.filtered(
                lambda dealership: dealership.handoff_mode != vals["handoff_mode"]
            )._check_nothing_out(self.env._("the hand-off cannot change"))
        if "active" in vals and not vals["active"]:
            self.filtered("active")._check_nothing_out(
                self.env._("the dealership cannot be archived")
            )
        return super().write(vals)

    def _domain_leads_out(self):
        """The leads that are on their way to these dealerships, or there."""
        return [
            ("dealership_id", "in", self.ids),
            ("handoff_state", "in", ("pending", "failed")),
        ]

    def _check_nothing_out(self, what):
        """Refuse ``what`` while leads are out, and name the leads."""
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        if found := leads.search(self._domain_leads_out(), order="id"):
            raise UserError(
                self.env._(
                    "These leads are being handed over or are at the dealer, so "
                    "%(what)s now: %(leads)s. Nothing was changed. Wait for the "
                    "dealer's answer, or cancel, withdraw or release them first.",
                    what=what,
                    leads=found.with_env(self.env)._names(),
                )
            )

    def _archived_sentence(self):
        """Why nothing is handed to this dealership."""
        return self.env._(
            "%s is archived: nothing is handed to it any more. Choose another "
            "dealership, or ask a manager to restore it.",
            self.complete_name,
        )

    def copy_data(self, default=None):
        """A code that is free, however often a dealership is copied."""
        vals_list = super().copy_data(default)
        every = self.sudo().with_context(active_test=False)
        used = set()
        for dealership, values in zip(self, vals_list, strict=True):
            if "code" in (default or {}):
                continue
            code, number = self.env._("%s (copy)", dealership.code), 1
            while code in used or every.search_count([("code", "=", code)], limit=1):
                number += 1
                code = self.env._(
                    "%(code)s (copy %(number)s)", code=dealership.code, number=number
                )
            values["code"] = code
            used.add(code)
        return vals_list

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_leads(self):
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        had = OR([[(name, "in", self.ids)] for name in self._lead_fields()])
        if leads.search_count(had, limit=1):
            raise UserError(
                self.env._(
                    "This dealership has leads, so it cannot be deleted. Archive it "
                    "instead: its leads keep their history."
                )
            )

    @api.model
    def _lead_fields(self):
        """The fields by which a lead belongs to a dealership."""
        return ["dealership_id"]

    @public(one=True)
    def action_view_leads(self):
        return self.env["crm.lead"]._get_bpo_action(
            [("dealership_id", "=", self.id)],
            default_dealership_id=self.id,
            search_default_open=1,
        )

    @public(one=True)
    def action_view_pushed_leads(self):
        return self.env["crm.lead"]._get_bpo_action(
            [("dealership_id", "=", self.id), ("dealer_so_id", "!=", 0)]
        )
