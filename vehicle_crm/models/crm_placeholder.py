import re

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from odoo.addons.remote_odoo.compat import Constraint
from odoo.addons.remote_odoo.text import fold

from .. import mail_address, phone


class CrmPlaceholder(models.Model):
    """A number or an address that people type to get past a form, or that many share.

    It says nothing of who somebody is: a customer is never found by it. The addon
    brings a list; a manager adds what is typed in the own country.
    """

    _name = "crm.placeholder"
    _description = "Placeholder of a Customer"
    _order = "kind, name"

    name = fields.Char(
        "Number, Address or Word",
        required=True,
        help="A mobile number, an e-mail address, a domain (@na.com), or the name of "
        "an address at any domain (info).",
    )
    kind = fields.Selection(
        [
            ("number", "Mobile number"),
            ("address", "E-mail address"),
            ("domain", "Any address of a domain"),
            ("word", "Name of an address"),
        ],
        compute="_compute_kind",
        store=True,
    )
    active = fields.Boolean(default=True)

    _name_uniq = Constraint("UNIQUE (name)", "This placeholder is in the list already.")

    @api.depends("name")
    def _compute_kind(self):
        for placeholder in self:
            name = placeholder.name or ""
            if "@" in name:
                kind = "domain" if name.startswith("@") else "address"
            else:
                kind = "number" if re.search(r"\d{5}", phone.tail(name)) else "word"
            placeholder.kind = kind

    @api.constrains("name")
    def _check_name(self):
        for placeholder in self:
            name = placeholder.name
            usable = {
                "address": mail_address.addresses(name),
                "domain": re.fullmatch(r"@\w[\w.-]*", name),
                "word": mail_address.word(name),
            }
            if not usable.get(placeholder.kind, True):
                raise ValidationError(
                    self.env._(
                        "%s is no mobile number, no e-mail address, no domain "
                        "(@na.com) and no name of an address (info). Nothing was "
                        "saved.",
                        name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._with_plain_name(vals) for vals in vals_list]
        placeholders = super().create(vals_list)
        self._placeholders_changed()
        return placeholders

    def write(self, vals):
        result = super().write(self._with_plain_name(vals))
        self._placeholders_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self._placeholders_changed()
        return result

    @api.model
    def _with_plain_name(self, vals):
        if isinstance(vals.get("name"), str):
            vals = dict(vals, name=fold(vals["name"]).lower() or False)
        return vals

    @api.model
    def _placeholders_changed(self):
        self.env.registry.clear_cache()
        # Keys that are stored follow in the background; matching asks the list anew.
        self.env["res.company"]._queue_all_keys()

    @api.model
    @tools.ormcache()
    def _by_kind(self):
        """Return ``{kind: frozenset of names}``, as they are compared with."""
        found = {kind: set() for kind in ("number", "address", "domain", "word")}
        for placeholder in self.sudo().search([("active", "=", True)]):
            name = placeholder.name
            if placeholder.kind == "number":
                name = phone.tail(name)
            elif placeholder.kind == "address":
                name = mail_address.addresses(name)[0]
            elif placeholder.kind == "domain":
                name = name.lstrip("@")
            else:
                name = mail_address.word(name)
            found[placeholder.kind].add(name)
        return {kind: frozenset(names) for kind, names in found.items()}

    @api.model
    def _numbers(self):
        """Return the digits of the numbers that are nobody's."""
        return self._by_kind()["number"]

    @api.model
    def _is_nobodys(self, address):
        """Whether ``address``, as ``mail_address.addresses`` gives it, is nobody's."""
        names = self._by_kind()
        return (
            mail_address.is_filler(address)
            or address in names["address"]
            or address.rpartition("@")[2] in names["domain"]
            or mail_address.word(address) in names["word"]
        )
