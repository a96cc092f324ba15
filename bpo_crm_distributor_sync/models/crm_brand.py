import contextlib

from odoo import api, fields, models

from odoo.addons.remote_odoo.errors import Denied, Rejected, RemoteError
from odoo.addons.remote_odoo.public import public

from ..exchange import distributor

MANAGER = "bpo_crm.bpo_crm_group_manager"
PEER_ATTRIBUTES = ("type", "relation", "selection")
FILTER_FIELDS = {
    "is_unit": "filter_is_unit",
    "tracking": "filter_serial",
    "sale_ok": "filter_saleable",
}


class CrmBrand(models.Model):
    """A brand and its distributor: connection, filters, mapping."""

    _name = "crm.brand"
    _inherit = ["crm.brand", "remote.odoo.owner"]
    _remote_manager_group = MANAGER
    _remote_fields = {
        "distributor_url": "url",
        "distributor_db": "database",
        "distributor_username": "username",
        "distributor_password": "password",
        "distributor_verify_ssl": "verify_ssl",
    }

    distributor_url = fields.Char(
        "Distributor URL",
        compute="_compute_remote_fields",
        inverse="_inverse_remote_fields",
        groups=MANAGER,
        help="The distributor's Odoo, for example https://foton.example.com",
    )
    distributor_db = fields.Char(
        "Distributor Database",
        compute="_compute_remote_fields",
        inverse="_inverse_remote_fields",
        groups=MANAGER,
    )
    distributor_username = fields.Char(
        compute="_compute_remote_fields",
        inverse="_inverse_remote_fields",
        groups=MANAGER,
        help="A service account there, not a person's: when a person changes the "
        "password, the sync stops. It needs Read on products, contacts and both web "
        "lead models, and Write on the status of the web leads.",
    )
    distributor_password = fields.Char(
        compute="_compute_remote_fields",
        inverse="_inverse_remote_fields",
        groups=MANAGER,
        help="Stored encrypted and never shown. Leave empty to keep it.",
    )
    distributor_verify_ssl = fields.Boolean(
        "Verify SSL Certificate",
        compute="_compute_remote_fields",
        inverse="_inverse_remote_fields",
        default=True,
        groups=MANAGER,
        help="Off only for a development server with a self-signed certificate: "
        "without the check, anybody in between can read the password.",
    )
    distributor_connected = fields.Boolean(
        "Distributor Connected",
        related="remote_id.connected",
        store=True,
        help="The last test passed.",
    )
    distributor_last_error = fields.Char(
        "Last Error", related="remote_id.last_error", groups=MANAGER
    )

    filter_is_unit = fields.Boolean(
        "Is Unit",
        default=True,
        help="Only products marked as units there: vehicles, not parts.",
    )
    filter_serial = fields.Boolean(
        "Serial Tracking",
        default=True,
        help="Only products tracked by serial number there.",
    )
    filter_saleable = fields.Boolean(
        "Saleable", help="Only products that can be sold there."
    )
    distributor_mapping_ids = fields.One2many(
        "distributor.mapping", "brand_id", "Field Mapping", groups=MANAGER
    )

    # The same by kind, so that a sync need not read the lines.
    distributor_overrides = fields.Json(
        compute="_compute_distributor_overrides", store=True, groups=MANAGER
    )

    distributor_last_sync = fields.Datetime(
        "Last Vehicle Sync", readonly=True, copy=False
    )
    distributor_last_dealer_sync = fields.Datetime(
        "Last Dealer Sync", readonly=True, copy=False
    )
    distributor_last_lead_sync = fields.Datetime(
        "Last Lead Sync", readonly=True, copy=False
    )
    # The sync up to which all pictures came.
    distributor_pictures_run = fields.Integer(readonly=True, copy=False, groups=MANAGER)
    distributor_lead_turn = fields.Datetime(
        readonly=True, copy=False, groups=MANAGER, help="Of the web lead import."
    )
    # Per kind: up to which time of the peer's clock all was read, and when.
    distributor_marks = fields.Json(readonly=True, copy=False, groups=MANAGER)

    @api.depends(
        "distributor_mapping_ids.kind",
        "distributor_mapping_ids.key",
        "distributor_mapping_ids.remote",
    )
    def _compute_distributor_overrides(self):
        for brand in self:
            overrides = {}
            for line in brand.distributor_mapping_ids:
                if line.kind and line.key:
                    kind = overrides.setdefault(line.kind, {})
                    kind[line.key] = line.remote or ""
            brand.distributor_overrides = overrides or False

    def _distributor_filters(self):
        """Return the filters that are on, by their keys of the mapping."""
        return tuple(key for key, name in FILTER_FIELDS.items() if self[name])

    def _distributor_filter_labels(self):
        """Return the names of the filters that are on, as the form shows them."""
        return [
            self._fields[FILTER_FIELDS[key]]._description_string(self.env)
            for key in self._distributor_filters()
        ]

    # -- mapping ---------------------------------------------------------------

    def _distributor_peer(self):
        """Return which database the connection leads to, to tell what is stale."""
        remote = self.sudo().remote_id
        return f"{remote.url} {remote.database}"

    def _distributor_mapping(self, kind, job=None, refresh=False):
        """Return the `Mapping` of this brand for one kind of record.

        What the peer has comes from the last test; a `job` asks when nobody knows it
        yet, or again with `refresh`.
        """
        self.ensure_one()
        mapping = distributor.Mapping(kind, self._distributor_overrides(kind))
        known = self._distributor_known_fields()
        if job and (refresh or mapping.model not in known):
            answer = job.call(
                "fields_get",
                mapping.all_fields(),
                list(PEER_ATTRIBUTES),
                model=mapping.model,
            )
            self._distributor_learn_fields(mapping, answer)
            return mapping
        mapping.peer = known.get(mapping.model)
        mapping.lost = self._distributor_lost_fields(mapping.model)
        return mapping

    def _distributor_overrides(self, kind):
        return (self.sudo().distributor_overrides or {}).get(kind, {})

    def _distributor_known_fields(self):
        """Return `{model: fields}` as the peer itself described them."""
        return self._distributor_known().get("models", {})

    def _distributor_known(self):
        """Return what was learned of the database that the connection leads to."""
        known = self.sudo().remote_id.peer_fields or {}
        return known if known.get("of") == self._distributor_peer() else {}

    def _distributor_learn(self, **facts):
        self.sudo().remote_id.peer_fields = {
            **self._distributor_known(),
            "of": self._distributor_peer(),
            **facts,
        }

    def _distributor_lost_fields(self, model):
        """Return the fields of `model` that the peer had once and has no more."""
        return frozenset(self._distributor_known().get("lost", {}).get(model, ()))

    def _distributor_learn_fields(self, mapping, answer):
        """Keep what the peer's `fields_get` answered and tell `mapping`.

        A field that was there before and is not in `answer` is remembered as lost,
        until it is there again or the mapping does not name it any more. BadReply for
        noise.
        """
        model, names = mapping.model, mapping.all_fields()
        found = distributor.described(answer, names)
        before = self._distributor_known_fields()
        # Two kinds may be mapped to one model, with names of their own.
        others = {k: v for k, v in before.get(model, {}).items() if k not in names}
        found |= others
        had = {*before.get(model, ()), *self._distributor_lost_fields(model)}
        lost = sorted(had - found.keys())
        self._distributor_learn(
            models={**before, model: found},
            lost={**self._distributor_known().get("lost", {}), model: lost},
        )
        mapping.peer, mapping.lost = found, frozenset(lost)

    def _distributor_client(self, deadline=None):
        """Return a client on the faster protocol that works.

        `deadline`: seconds for all its calls together, None for no limit.
        """
        options = (
            {"protocol": "jsonrpc"} if self._distributor_known().get("json") else {}
        )
        return self._remote_client(deadline=deadline, **options)

    # -- test ------------------------------------------------------------------

    @public(one=True)
    def action_test_connection(self):
        """Try the connection; the notification also names what will be left out."""
        self._check_manager()  # a dealer's admin may write brands, too
        answer = super().action_test_connection()
        passed = self.sudo().remote_id.check_ids.filtered(
            lambda check: check.state == "passed" and check.name in self._check_labels()
        )
        params = answer["params"]
        if params["type"] == "success" and (details := passed.filtered("detail")):
            params["message"] = " ".join([params["message"], *details.mapped("detail")])
            params |= {"type": "warning", "sticky": True}
        return answer

    def _check_labels(self):
        return [label for label, _function in self._remote_checks()]

    def _remote_checks(self):
        """Whatever the sync reads and writes there, one named check each."""
        self.ensure_one()
        field = self.env["distributor.mapping"]._fields["kind"]
        kinds = dict(field._description_selection(self.env))
        checks = [(self.env._("Which database it is"), self._check_peer_origin)]
        checks += [
            (
                self.env._("Read: %s", kinds[kind]),
                lambda client, kind=kind: self._check_peer_read(client, kind),
            )
            for kind in distributor.DEFAULTS
        ]
        checks += [
            (
                self.env._("Write the status: %s", kinds[kind]),
                lambda client, kind=kind: self._check_peer_status(client, kind),
            )
            for kind in distributor.LEAD_KINDS
        ]
        return checks

    def _check_peer_origin(self, client):
        """Say when this is another database than the one that was synced before."""

        def call(*args, model):
            return client.call(model, *args)

        is_other = self._distributor_identify(call, ask=True)
        return self._other_origin() if is_other else None

    def _other_origin(self):
        return self.env._(
            "This is another database than before. What came from that one is found in "
            "this one by its internal reference or code; what is not found stays as it "
            "is."
        )

    def _check_peer_read(self, client, kind):
        """Learn which fields there are, and read one row with them."""
        mapping = distributor.Mapping(kind, self._distributor_overrides(kind))
        answer = client.call(
            mapping.model, "fields_get", mapping.all_fields(), list(PEER_ATTRIBUTES)
        )
        self._distributor_learn_fields(mapping, answer)
        self._check_required_fields(mapping)
        client.call(
            mapping.model,
            "search_read",
            mapping.domain(self._distributor_filters()),
            fields=mapping.row_fields(),
            limit=1,
        )
        if missing := mapping.missing():
            return self.env._(
                "Not on %(model)s of the distributor, so left out: %(fields)s.",
                model=mapping.model,
                fields=", ".join(missing),
            )
        return None

    def _check_required_fields(self, mapping):
        if missing := mapping.required_missing():
            raise Rejected(
                self.env._(
                    "The distributor has no field %(fields)s on %(model)s. Name the "
                    "right one under Field Mapping.",
                    fields=", ".join(missing),
                    model=mapping.model,
                )
            )

    def _check_peer_status(self, client, kind):
        """The account may write the status, and the status knows the value."""
        mapping = self._distributor_mapping(kind)
        # The older name of has_access: every series from 12 to 19 knows it.
        if not client.call(mapping.model, "check_access_rights", "write", False):
            raise Denied(
                self.env._(
                    "Access Denied: the account may not write the status of %s.",
                    mapping.model,
                ),
                what="model",
            )
        values, synced = mapping.status_values(), mapping.setting("synced")
        field = f"{mapping.model}.{mapping.first('status')}"
        if values is not None and synced not in values:
            raise Rejected(
                self.env._(
                    "%(field)s has no value '%(value)s': the distributor's branch "
                    "lacks the 'synced' value. Web leads would be imported, but not "
                    "marked there.",
                    field=field,
                    value=synced,
                )
            )
        return self._check_peer_sender(client, mapping)

    def _remote_tested(self, client):
        """Find out whether JSON-RPC works too: a third of the bytes of XML-RPC."""
        super()._remote_tested(client)
        works = False
        # Where it does not work there is XML-RPC, which has just been tested.
        with contextlib.suppress(RemoteError):
            with self._remote_client(protocol="jsonrpc") as other:
                mapping = self._distributor_mapping("product")
                answer = other.call(mapping.model, "search_count", mapping.domain())
                works = isinstance(answer, int)
        self._distributor_learn(json=works)
