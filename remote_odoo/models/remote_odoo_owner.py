from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..compat import Constraint
from ..public import public
from .remote_odoo import MANAGER


class RemoteOdooOwner(models.AbstractModel):
    """A business record that has a connection to another Odoo.

    A model names its own fields in ``_remote_fields`` and declares each of them with
    ``compute="_compute_remote_fields", inverse="_inverse_remote_fields"`` and explicit
    ``groups``. ``_remote_manager_group`` reads the rows of this model's connections.
    """

    _name = "remote.odoo.owner"
    _description = "Owner of a Remote Odoo"

    _remote_fields = {}  # own name -> field of remote.odoo
    _remote_manager_group = False

    remote_id = fields.Many2one(
        "remote.odoo",
        "Connection",
        copy=False,
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        groups=MANAGER,  # nobody else searches or groups by what is behind it
    )

    _remote_uniq = Constraint(
        "UNIQUE (remote_id)", "This connection belongs to another record."
    )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            self._check_own_link(vals_list)
            vals_list = [
                {name: value for name, value in vals.items() if name != "remote_id"}
                for vals in vals_list
            ]
        return super().create(vals_list)

    @api.model
    def default_get(self, fields_list):
        """No default of a caller's context or of ``ir.default`` links a connection."""
        return super().default_get([n for n in fields_list if n != "remote_id"])

    def write(self, vals):
        if not self.env.su:
            self._check_own_link([vals])
        result = super().write(vals)
        if {"name", self._rec_name} & set(vals):
            for record in self.sudo().filtered("remote_id"):
                record.remote_id.name = record.display_name
        return result

    def _check_own_link(self, vals_list):
        """Who linked the connection of another record would use its password."""
        if any(vals.get("remote_id") for vals in vals_list):
            raise AccessError(
                self.env._("A connection cannot be given to another record.")
            )
        copies = {
            name
            for name, field in self._fields.items()
            if field.related and "remote_id." in str(field.related)
        }
        # An import of an unchanged export says what is known already.
        if any(
            (vals[name] or False) != (record[name] or False)
            for vals in vals_list
            for name in copies & set(vals)
            for record in self or [self]
        ):
            raise AccessError(
                self.env._("What is known of a connection comes from its test only.")
            )

    @api.depends(
        lambda self: [
            "remote_id",
            *(
                f"remote_id.{name}"
                for name in self._remote_fields.values()
                if name != "password"
            ),
        ]
    )
    def _compute_remote_fields(self):
        blank = self.env["remote.odoo"].sudo().new({})
        for record in self:
            remote = record.remote_id.sudo() or blank
            for own, name in self._remote_fields.items():
                record[own] = remote[name] if name != "password" else False

    def _inverse_remote_fields(self):
        """Write through, after the ORM checked the caller's access to this record."""
        # In the cache is what was written. The other fields are protected now and
        # would read as empty.
        written = [
            {
                name: record[own]
                for own, name in self._remote_fields.items()
                if own in record._cache
            }
            for record in self
        ]
        for record, values in zip(self, written, strict=True):
            record.sudo()._write_remote(values)
        self.invalidate_recordset(self._remote_fields)

    def _write_remote(self, values):
        if not values.get("password"):  # a form sends it empty: keep the stored one
            values.pop("password", None)
        remote = self.remote_id
        if remote:
            remote.write(
                {
                    name: value
                    for name, value in values.items()
                    if name == "password" or remote[name] != value
                }
            )
        elif any(isinstance(value, str) for value in values.values()):
            self.remote_id = remote.create(
                {
                    **values,
                    "name": self.display_name,
                    "owner_model": self._name,
                    "responsible_id": self.env.uid,
                }
            )

    def unlink(self):
        remotes = self.sudo().remote_id
        result = super().unlink()
        remotes.unlink()
        return result

    @api.model
    def _discard_connections(self):
        """Delete every connection of this model, with its password and with all that
        waits for it: for the ``uninstall_hook`` of an addon."""
        owners = self.sudo().with_context(active_test=False)
        owners = owners.search([("remote_id", "!=", False)])
        remotes = owners.remote_id
        owners.remote_id = False
        remotes._discard()

    def _remote_client(self, **options):
        """Return a client with the stored secret; the caller has checked rights."""
        self.ensure_one()
        remote = self.sudo().remote_id or self.env["remote.odoo"].sudo().new({})
        return remote._client(**options)

    def _remote_checks(self):
        """Return ``[(label, function)]`` to try in order after version and login.

        ``function(client)`` returns a sentence or None, and raises a RemoteError.
        """
        return []

    def _remote_tested(self, client):
        """Called within a test in which everything passed; keep what was learned."""

    @public(one=True)
    def action_test_connection(self):
        """Try the connection and return a notification; needs write access."""
        self.check_access("write")
        return self.sudo().remote_id._test_connection(self)
