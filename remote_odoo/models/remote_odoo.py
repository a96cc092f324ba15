import re
from functools import partial
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..client import OdooClient
from ..crypto import SecretError, decrypt, encrypt, rotate
from ..errors import Denied, Unreachable
from ..transport import is_private

MANAGER = "remote_odoo.remote_odoo_group_manager"
ADDRESS = ("url", "database", "username")
LIVE = ("pending", "sending", "failed")  # states of a message that is not over


def _reveal(token):
    """Return the clear secret; raise Denied when no present key can read it."""
    try:
        return decrypt(token)
    except SecretError as error:
        raise Denied(str(error)) from error


class RemoteOdoo(models.Model):
    """One database of another Odoo, as one account of it.

    A business record owns it (``remote.odoo.owner``); only Settings writes it directly.
    """

    _name = "remote.odoo"
    _description = "Remote Odoo"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"

    name = fields.Char(required=True)
    url = fields.Char("URL", groups=MANAGER)
    database = fields.Char(groups=MANAGER)
    username = fields.Char(groups=MANAGER)
    password = fields.Char(
        compute="_compute_password",
        inverse="_inverse_password",
        search="_search_password",
        copy=False,
        groups=MANAGER,
        help="A password or an API key. It can be written, never read; empty keeps it.",
    )
    secret_token = fields.Char(groups=fields.NO_ACCESS, copy=False)
    has_password = fields.Boolean(compute="_compute_has_password", groups=MANAGER)
    protocol = fields.Selection(
        [("xmlrpc", "XML-RPC"), ("jsonrpc", "JSON-RPC")],
        default="xmlrpc",
        required=True,
        groups=MANAGER,
    )
    verify_ssl = fields.Boolean(
        "Verify Certificate", default=True, tracking=True, groups=MANAGER
    )
    timeout = fields.Integer(
        "Time to Answer (s)", default=60, required=True, groups=MANAGER
    )
    owner_model = fields.Char(readonly=True, copy=False, index=True, groups=MANAGER)
    responsible_id = fields.Many2one(
        "res.users", default=lambda self: self.env.user, groups=MANAGER
    )

    state = fields.Selection(
        [("untested", "Untested"), ("connected", "Connected"), ("failed", "Failed")],
        default="untested",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    connected = fields.Boolean(compute="_compute_connected", store=True)
    server_version = fields.Char(readonly=True, copy=False, groups=MANAGER)
    peer_fields = fields.Json(readonly=True, copy=False, groups=MANAGER)
    uid = fields.Integer("User ID", readonly=True, copy=False, groups=MANAGER)
    last_test = fields.Datetime(readonly=True, copy=False, groups=MANAGER)
    last_success = fields.Datetime(readonly=True, copy=False, groups=MANAGER)
    failure_count = fields.Integer(
        "Failures in a Row", readonly=True, copy=False, groups=MANAGER
    )
    next_probe = fields.Datetime(
        readonly=True,
        copy=False,
        groups=MANAGER,
        help="Set while messages wait because the other Odoo could not be used.",
    )
    last_error = fields.Char(readonly=True, copy=False, groups=MANAGER)
    check_ids = fields.One2many(
        "remote.odoo.check", "remote_id", readonly=True, groups=MANAGER
    )

    def _compute_password(self):
        self.password = False

    @api.model
    def _search_password(self, operator, value):
        raise AccessError(self.env._("Passwords cannot be searched."))

    def _inverse_password(self):
        for remote in self.filtered("password"):
            try:
                token = encrypt(remote.password)
            except SecretError as error:
                raise ValidationError(str(error)) from error
            remote.sudo().secret_token = token
        self.invalidate_recordset(["password"])

    @api.depends("secret_token")
    def _compute_has_password(self):
        for remote in self:
            remote.has_password = bool(remote.sudo().secret_token)

    @api.depends("state")
    def _compute_connected(self):
        for remote in self:
            remote.connected = remote.state == "connected"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._normalize(vals) for vals in vals_list])

    def write(self, vals):
        """A secret goes only to the address and the account it was given for."""
        vals = self._normalize(vals)
        if not vals.get("password"):
            moved = self.filtered(
                lambda remote: (
                    any(
                        name in vals and (vals[name] or False) != remote[name]
                        for name in ADDRESS
                    )
                    or (remote.verify_ssl and not vals.get("verify_ssl", True))
                )
            )
            moved.sudo().secret_token = False
        if {*ADDRESS, "password", "verify_ssl"} & set(vals):
            vals |= {"uid": 0, "state": "untested", "next_probe": False}
            if set(ADDRESS) & set(vals):  # who was there is not here
                vals["foreign_stamp"] = False
            self.env["remote.odoo.message"]._wake()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_waiting(self):
        messages = self.env["remote.odoo.message"].sudo()
        if messages.search_count(
            [("remote_id", "in", self.ids), ("state", "in", LIVE)], limit=1
        ):
            raise UserError(
                self.env._(
                    "Messages to this connection are waiting or have failed. Send or "
                    "cancel them first."
                )
            )

    def _discard(self):
        """Delete connections with all that waits for them, also while one of their
        messages is being sent: for an addon that is uninstalled."""
        messages = self.env["remote.odoo.message"].sudo()
        messages.search([("remote_id", "in", self.ids)])._cancel(
            self.env._("The addon that sends this message was uninstalled.")
        )
        self.unlink()

    @api.model
    def _normalize(self, vals):
        if "secret_token" in vals and not self.env.su:
            raise AccessError(self.env._("A secret is set by its password only."))
        vals = dict(vals)
        for name in ADDRESS:
            if isinstance(vals.get(name), str):
                vals[name] = vals[name].strip()
        if vals.get("url"):
            vals["url"] = self._normal_url(vals["url"])
        return vals

    @api.model
    def _normal_url(self, url):
        """Return ``scheme://host[:port][/path]`` or say what is wrong with it."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValidationError(
                self.env._("%s is not a valid address.", url)
            ) from None
        scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
        problem = None
        if scheme not in ("http", "https"):
            problem = self.env._(
                "The address must begin with https:// or http://, as in https://odoo.example.com."
            )
        elif parts.username is not None or parts.password is not None:
            problem = self.env._(
                "The address must not hold a user name or a password; they have "
                "fields of their own."
            )
        elif "?" in url or "#" in url:
            problem = self.env._("The address must end before any ? or #.")
        elif not re.fullmatch(r"[\w.:-]+", host):
            problem = self.env._("The address has no valid host name.")
        elif self._refuses_private() and is_private(host):
            problem = self.env._(
                "This address is in a private network, which the settings refuse."
            )
        if problem:
            raise ValidationError(problem)
        host = f"[{host}]" if ":" in host else host
        port = "" if port in (None, {"http": 80, "https": 443}[scheme]) else f":{port}"
        return f"{scheme}://{host}{port}{parts.path.rstrip('/')}"

    def _client(self, **options):
        """Return an ``OdooClient`` for this connection; the caller checked rights.

        The client gets the encrypted secret and decrypts it for the time of each call.
        ``options`` go to the client: a long sync needs no ``deadline`` for all calls.
        """
        self.ensure_one()
        remote = self.sudo()
        if self.env["ir.config_parameter"].sudo().get_param("database.is_neutralized"):
            raise Unreachable(
                "This is a neutralized copy of a database: it sends nothing."
            )
        if not (remote.url and remote.database and remote.username):
            raise Denied(
                "The connection is not filled in: address, database, user name."
            )
        if not remote.secret_token:
            raise Denied("No password is stored for this connection.")
        _reveal(remote.secret_token)  # a lost key is said before anything is sent
        return OdooClient(
            remote.url,
            remote.database,
            remote.username,
            partial(_reveal, remote.secret_token),
            protocol=options.pop("protocol", remote.protocol),
            verify=remote.verify_ssl,
            timeout=(5, max(remote.timeout, 1)),
            uid=remote.uid,
            private=not self._refuses_private(),
            **options,
        )

    @api.model
    def _refuses_private(self):
        parameters = self.env["ir.config_parameter"].sudo()
        return parameters.get_param("remote_odoo.refuse_private") == "True"

    @api.model
    def _rotate_secrets(self):
        """Encrypt every secret again with the first key; return how many."""
        remotes = self.sudo().search([("secret_token", "!=", False)])
        for remote in remotes:
            remote.secret_token = rotate(remote.secret_token)
        return len(remotes)
