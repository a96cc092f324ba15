from odoo import fields, models
from odoo.exceptions import ValidationError

from odoo.addons.remote_odoo.public import public


class BpoCrmConnection(models.Model):
    """One database of the BPO endorses here: a copy of it, or one restored under a new
    identity, is noticed by what it says of itself."""

    _inherit = "bpo.crm.connection"

    source_db = fields.Char(
        string="BPO Database",
        readonly=True,
        copy=False,
        help="Identifier of the BPO's database, from its first endorsement. Leads of "
        "another one are refused until an administrator accepts it.",
    )

    def _check_source(self, source_db):
        """Raise when this endorsement comes from another database than those before."""
        self.ensure_one()
        if not self.source_db:
            self.source_db = source_db
        elif self.source_db != source_db:
            raise ValidationError(
                self.env._(
                    "source_db: %(other)s is not the BPO database that endorses here "
                    "(%(known)s): perhaps it is a copy, or restored from a backup. "
                    "Nothing was taken. If it is the right one, a Dealer Admin clicks "
                    "Accept Another BPO Database in the BPO CRM Connection, then send "
                    "the lead again.",
                    other=source_db,
                    known=self.source_db,
                )
            )

    @public(one=True)
    def action_accept_database(self):
        """Take the database of the next endorsement as the BPO's."""
        self.check_access("write")
        if self.source_db:
            self._message_log(
                body=self.env._(
                    "%(user)s accepts another BPO database than %(known)s.",
                    user=self.env.user.name,
                    known=self.source_db,
                )
            )
            self.source_db = False
        return self._notice(
            self.env._("The next endorsement says which database is the BPO's.")
        )
