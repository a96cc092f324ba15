from odoo import api, fields, models

from ..compat import BYPASS_SEARCH, Constraint


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
        **BYPASS_SEARCH,
    )

    _remote_uniq = Constraint(
        "UNIQUE (remote_id)", "This connection belongs to another record."
    )

    @api.depends("remote_id")
    def _compute_remote_fields(self):
        blank = self.env["remote.odoo"].sudo().new({})
        for record in self:
            remote = record.remote_id.sudo() or blank
            for own, name in self._remote_fields.items():
                record[own] = remote[name] if name != "password" else False

    def _inverse_remote_fields(self):
        """Write through, after the ORM checked the caller's access to this record."""
        for record in self:
            remote = record.remote_id.sudo()
            values = {name: record[own] for own, name in self._remote_fields.items()}
            if not values.get("password"):
                values.pop("password", None)
            if remote:
                remote.write(
                    {
                        name: value
                        for name, value in values.items()
                        if name == "password" or (remote[name] or False) != value
                    }
                )
            elif any(v for name, v in values.items() if isinstance(v, str)):
                record.sudo().remote_id = remote.create(
                    {
                        **{name: v for name, v in values.items() if v is not None},
                        "name": record.display_name,
                        "owner_model": record._name,
                        "responsible_id": self.env.uid,
                    }
                )
        self.invalidate_recordset(self._remote_fields)

    def unlink(self):
        remotes = self.remote_id.sudo()
        result = super().unlink()
        remotes.unlink()
        return result

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

    def action_test_connection(self):
        """Try the connection and return a notification; needs write access."""
        self.ensure_one()
        self.check_access("write")
        return self.sudo().remote_id._test_connection(self)
