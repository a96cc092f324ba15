from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.remote_odoo.compat import Constraint

from ..exchange import distributor


class DistributorMapping(models.Model):
    """One name at a brand's distributor that is not the usual one."""

    _name = "distributor.mapping"
    _description = "Distributor Field Mapping"
    _order = "brand_id, kind, id"
    _rec_name = "key"

    brand_id = fields.Many2one(
        "crm.brand", required=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("product", "Vehicle models"),
            ("dealer", "Dealers"),
            ("quotation", "Web quotations"),
            ("test_drive", "Test drives"),
        ],
        required=True,
    )
    key = fields.Selection(
        [
            ("model", "Model"),
            ("domain", "Extra condition (domain)"),
            ("is_unit", "Filter: is a unit"),
            ("tracking", "Filter: tracking"),
            ("sale_ok", "Filter: can be sold"),
            ("is_dealer", "Is a dealer"),
            ("name", "Name"),
            ("first_name", "First name"),
            ("last_name", "Last name"),
            ("default_code", "Internal reference"),
            ("category", "Category"),
            ("list_price", "List price"),
            ("description", "Description"),
            ("image", "Image"),
            ("code", "Code"),
            ("phone", "Phone"),
            ("mobile", "Mobile"),
            ("email", "Email"),
            ("street", "Street"),
            ("city", "City"),
            ("manager_name", "Manager name"),
            ("manager_email", "Manager email"),
            ("vehicle", "Vehicle"),
            ("dealer", "Dealer"),
            ("message", "Message"),
            ("preferred_date", "Preferred date"),
            ("status", "Status"),
            ("waiting", "Status values to import"),
            ("synced", "Status value to write back"),
        ],
        "What",
        required=True,
    )
    remote = fields.Char(
        "Name There",
        help="The model's or the field's name at the distributor. Several fields, "
        "separated by commas, are tried in this order. Empty: not read.",
    )
    default_remote = fields.Char("Usual Name", compute="_compute_default_remote")
    problem = fields.Char(compute="_compute_problem")

    _brand_kind_key_uniq = Constraint(
        "UNIQUE (brand_id, kind, key)", "This brand names this field already."
    )

    @api.depends("kind", "key")
    def _compute_default_remote(self):
        for line in self:
            defaults = distributor.DEFAULTS.get(line.kind, {})
            line.default_remote = defaults.get(line.key, False)

    @api.depends("kind", "key", "remote", "brand_id")
    def _compute_problem(self):
        """What the last test of the connection knows about this name."""
        for line in self:
            line.problem = False
            if not (line.brand_id and line.kind and line.key and line.remote):
                continue
            brand = line.brand_id
            overrides = brand._distributor_overrides(line.kind)
            mapping = distributor.Mapping(
                line.kind, {**overrides, line.key: line.remote}
            )
            mapping.peer = brand._distributor_known_fields().get(mapping.model)
            if mapping.peer is None or line.key not in mapping.keys:
                continue
            missing = mapping.missing()
            if lacking := [n for n in mapping.configured(line.key) if n in missing]:
                line.problem = self.env._(
                    "Not on the distributor: %s", ", ".join(lacking)
                )

    @api.constrains("kind", "key", "remote")
    def _check_remote(self):
        for line in self:
            if line.key not in distributor.DEFAULTS[line.kind]:
                raise ValidationError(
                    self.env._(
                        "%(key)s does not belong to %(kind)s.",
                        key=dict(self._fields["key"]._description_selection(self.env))[
                            line.key
                        ],
                        kind=line.kind,
                    )
                )
            if line.key == "domain":
                try:
                    distributor.parse_domain(line.remote)
                except ValueError as error:
                    raise ValidationError(
                        self.env._(
                            "The extra condition must be a domain, as in "
                            "[('brand_code', '=', 'FOTON')]: %s.",
                            error,
                        )
                    ) from error
            if line.key == "model" and not line.remote:
                raise ValidationError(self.env._("A model needs a name."))

    @api.model
    def _load(self, brand):
        """Add a line with the usual name for each that `brand` does not name."""
        have = {(line.kind, line.key) for line in brand.distributor_mapping_ids}
        self.create(
            [
                {"brand_id": brand.id, "kind": kind, "key": key, "remote": remote}
                for kind, defaults in distributor.DEFAULTS.items()
                for key, remote in defaults.items()
                if (kind, key) not in have
            ]
        )
