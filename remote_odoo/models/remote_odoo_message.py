import json
import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..compat import AND, OR, Constraint
from ..payload import clean
from .remote_odoo import LIVE, MANAGER

GC_BATCH = 5000
UNSURE = ("unknown", "bad_reply")  # it may have arrived


class RemoteOdooMessage(models.Model):
    """The outbox: one row for one thing that another Odoo shall know or do.

    Written only by the code of this addon (no access right to write exists); a row is
    readable where its record is.
    """

    _name = "remote.odoo.message"
    _description = "Message to a Remote Odoo"
    _order = "id desc"
    _rec_names_search = ["record_name"]

    key = fields.Char(required=True, readonly=True, copy=False)
    action = fields.Char("Technical Action", required=True, readonly=True)
    what = fields.Char("Action", compute="_compute_display_name")
    remote_id = fields.Many2one(
        "remote.odoo",
        "To",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Record", model_field="res_model", required=True, readonly=True, index=True
    )
    record_name = fields.Char(
        compute="_compute_record_name", search="_search_record_name"
    )
    requester_id = fields.Many2one("res.users", "Requested by", readonly=True)
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("sending", "Sending"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        default="pending",
        required=True,
        readonly=True,
        index=True,
        group_expand=True,
    )
    failure = fields.Selection(
        [
            ("unreachable", "Not reachable"),
            ("unknown", "No answer yet"),
            ("denied", "Access denied"),
            ("displaced", "Another database speaks for this one"),
            ("rejected", "Refused by the other Odoo"),
            ("bad_reply", "Not an Odoo"),
            ("local", "Problem in this database"),
        ],
        readonly=True,
    )
    attempts = fields.Integer(readonly=True)
    next_attempt = fields.Datetime(readonly=True)
    lease_until = fields.Datetime(readonly=True)
    last_error = fields.Char(readonly=True)
    payload = fields.Json(readonly=True, groups=MANAGER)
    reply = fields.Json(readonly=True, groups=MANAGER)
    payload_text = fields.Text(compute="_compute_texts", groups=MANAGER)
    reply_text = fields.Text(compute="_compute_texts", groups=MANAGER)
    replied = fields.Boolean("Reply Received", readonly=True)
    sent_at = fields.Datetime("Last Sent", readonly=True)
    done_at = fields.Datetime("Closed", readonly=True)
    duration = fields.Float("Duration (s)", readonly=True, aggregator="avg")

    _key_uniq = Constraint("UNIQUE (key)", "This message is in the outbox already.")

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for message in self:
            record = message._record()
            message.record_name = (
                record.sudo().display_name if record else message.res_model
            )

    @api.depends("record_name", "action")
    def _compute_display_name(self):
        for message in self:
            message.what = (message.action or "").replace("_", " ").capitalize()
            message.display_name = f"{message.record_name}: {message.what}"

    @api.model
    def _search_record_name(self, operator, value):
        return self._of_records([("display_name", operator, value)])

    @api.depends("payload", "reply")
    def _compute_texts(self):
        for message in self:
            for name in ("payload", "reply"):
                value = message[name]
                text = json.dumps(value, indent=2, ensure_ascii=False)
                message[f"{name}_text"] = text if value else False

    @api.model
    def _sender_models(self):
        """Return the models that send and that the current user may read."""
        sender = self.env.registry["remote.odoo.sender"]
        return [
            name
            for name, cls in self.env.registry.items()
            if issubclass(cls, sender)
            and not cls._abstract
            and self.env[name].has_access("read")
        ]

    def _record(self, env=None):
        """Return the business record, or None when it or its model is gone."""
        self.ensure_one()
        env = env or self.env
        if self.res_model not in env:
            return None
        return env[self.res_model].browse(self.res_id).exists() or None

    # -- creation --------------------------------------------------------------

    @api.model
    def _enqueue(self, record, action, remote, payload, key=None):
        """Insert a message of ``record`` and wake the cron at the commit.

        PostgreSQL decides about the key: a twin that committed after our snapshot is a
        serialization failure, which re-runs the whole request, which then finds it.
        """
        if not remote:
            raise UserError(self.env._("There is no connection to send this to."))
        key = self._full_key(action, key or uuid.uuid4())
        self.flush_model()
        self.env.cr.execute(
            """
            INSERT INTO remote_odoo_message (
                key, action, remote_id, res_model, res_id, requester_id, payload,
                state, attempts, next_attempt,
                create_uid, create_date, write_uid, write_date)
            VALUES (%s, %s, %s, %s, %s, %s, %s, 'pending', 0, %s, %s, %s, %s, %s)
            ON CONFLICT (key) DO NOTHING RETURNING id
            """,
            [
                key, action, remote.id, record._name, record.id, self.env.uid,
                _json(payload), fields.Datetime.now(),
                self.env.uid, self.env.cr.now(), self.env.uid, self.env.cr.now(),
            ],
        )  # fmt: skip
        row = self.env.cr.fetchone()
        if not row:
            return self.search([("key", "=", key)])
        record.invalidate_recordset(["remote_message_ids", "remote_message_count"])
        self._wake()
        return self.browse(row[0])

    @api.model
    def _full_key(self, action, key):
        key = str(key)
        return key if key.startswith(f"{action}:") else f"{action}:{key}"

    @api.model
    def _wake(self):
        """Trigger the lanes at the commit, once a transaction."""
        pending = self.env.cr.precommit.data
        if "remote_odoo.wake" not in pending:
            pending["remote_odoo.wake"] = True
            self.env.cr.precommit.add(self._trigger_lanes)

    @api.model
    def _trigger_lanes(self):
        for lane in ("", "_2"):
            self.env.ref(
                f"remote_odoo.ir_cron_deliver_messages{lane}"
            ).sudo()._trigger()

    # -- who may read ----------------------------------------------------------

    @api.model
    def _of_records(self, domain, operator="in"):
        """Return a domain: the messages of the records that the user finds by it."""
        domains = [[("id", "=", 0)]]
        for name in self._sender_models():
            records = self.env[name].with_context(active_test=False)
            ids = records._search(domain)
            domains.append([("res_model", "=", name), ("res_id", operator, ids)])
        return OR(domains)

    @api.model
    def _readable_domain(self):
        readable = self._of_records([])
        if not self.env.user.has_group("base.group_system"):
            return readable
        gone = [("res_model", "not in", self.sudo()._sender_models())]  # the addon
        return OR([readable, gone, self.sudo()._of_records([], "not in")])

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        if not (self.env.su or kwargs.get("bypass_access")):
            domain = AND([domain, self._readable_domain()])
        return super()._search(domain, offset, limit, order, **kwargs)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or not self.ids or (result and result[0] == self):
            return result
        allowed = self.browse(self._search([("id", "in", self.ids)]))
        forbidden = self - allowed
        if not forbidden:
            return result
        return forbidden, lambda: AccessError(
            self.env._("You may read a message only where you may read its record.")
        )

    # -- figures and retention -------------------------------------------------

    @api.model
    def _waiting_figures(self, remotes):
        """Return the figures of each connection by its id."""
        now = fields.Datetime.now()
        figures = {
            remote.id: {"waiting": 0, "oldest_waiting_seconds": 0, "failed": 0}
            for remote in remotes
        }
        for remote, state, count, oldest in self.sudo()._read_group(
            [
                ("remote_id", "in", remotes.ids),
                ("state", "in", LIVE),
            ],
            ["remote_id", "state"],
            ["__count", "create_date:min"],
        ):
            row = figures[remote.id]
            if state == "failed":
                row["failed"] = count
                continue
            age = max(int((now - oldest).total_seconds()), 0)
            row["waiting"] += count
            row["oldest_waiting_seconds"] = max(row["oldest_waiting_seconds"], age)
        return figures

    @api.autovacuum
    def _gc_done(self):
        """Delete done and cancelled rows after the days set; failed ones never."""
        parameters = self.env["ir.config_parameter"].sudo()
        days = int(parameters.get_param("remote_odoo.keep_days", 90))
        before = fields.Datetime.now() - timedelta(days=days)
        domain = [("state", "in", ("done", "cancelled")), ("done_at", "<", before)]
        self.sudo().search(domain, limit=GC_BATCH, order="id").unlink()


def _json(value):
    """Return JSON that PostgreSQL keeps; what is no JSON is the caller's mistake."""
    return json.dumps(clean(value), allow_nan=False)
