from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.remote_odoo.compat import commit_progress

BATCH = 500
KEYS = {
    "res.partner": ["mobile_key", "email_normalized"],
    "crm.lead": ["mobile_key"],
}


class ResCompany(models.Model):
    """Keys of telephone numbers depend on the company's country: when that changes,
    they are computed anew in the background, a batch at a time."""

    _inherit = "res.company"

    # {"model", "after": last id, "count": {model: [looked at, changed]}} while a run
    # of the cron is needed.
    customer_key_job = fields.Json(copy=False, groups=fields.NO_ACCESS)

    def _queue_keys(self):
        """Have the keys of these companies' contacts and leads computed anew."""
        job = {
            "model": "res.partner",
            "after": 0,
            "count": {model: [0, 0] for model in KEYS},
        }
        companies = self.sudo().filtered(lambda it: it.customer_key_job != job)
        if not companies:
            return
        companies.customer_key_job = job
        cron = self.env.ref("vehicle_crm.ir_cron_compute_keys", False)
        if cron:  # not while the addon is being installed
            cron.sudo()._trigger()

    def _queue_all_keys(self):
        """The rules by which keys are computed have changed."""
        self.sudo().search([("active", "=", True)])._queue_keys()

    def _compute_all_keys(self):
        """Compute the keys of all contacts and leads now, on installation."""
        self._queue_all_keys()
        for company in self.sudo().search([("customer_key_job", "!=", False)]):
            while company.customer_key_job:
                company._compute_keys_batch()

    def _cron_compute_keys(self):
        """Work through the queue; a run that is killed goes on after its last batch."""
        for company in self.sudo().search([("customer_key_job", "!=", False)]):
            while company.customer_key_job:
                done = company._compute_keys_batch()
                remaining = 0 if not company.customer_key_job else BATCH
                if commit_progress(self.env, done, remaining) <= 0:
                    return

    def _compute_keys_batch(self):
        """Compute the keys of the next records; return how many."""
        self.ensure_one()
        job = self.customer_key_job
        records = (
            self.env[job["model"]]
            .with_company(self)
            .with_context(active_test=False)
            .search(
                [("id", ">", job["after"]), *self._key_domain()],
                order="id",
                limit=BATCH,
            )
        )
        before = records.mapped("mobile_key")
        for name in KEYS[job["model"]]:
            self.env.add_to_compute(records._fields[name], records)
        after = records.mapped("mobile_key")
        self._flush_unnoticed(records)
        count = job["count"][job["model"]]
        count[0] += len(records)
        count[1] += sum(old != new for old, new in zip(before, after, strict=True))
        if len(records) == BATCH:
            job["after"] = records[-1].id
        elif job["model"] == "res.partner":
            job.update(model="crm.lead", after=0)
        else:
            self._log_key_job(job["count"])
            job = False
        self.customer_key_job = job
        return len(records)

    def _flush_unnoticed(self, records):
        """Store computed keys; who changed a record last, and when, stays."""
        table, ids = records._table, records.ids
        self.env.cr.execute(
            SQL(
                "SELECT id, write_uid, write_date FROM %s WHERE id = ANY(%s)",
                SQL.identifier(table),
                ids,
            )
        )
        columns = list(zip(*self.env.cr.fetchall(), strict=True))
        records.flush_recordset()
        if columns:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE %s r SET write_uid = old.uid, write_date = old.at
                      FROM unnest(%s, %s, %s::timestamp[]) AS old(id, uid, at)
                     WHERE r.id = old.id AND r.write_date IS DISTINCT FROM old.at
                    """,
                    SQL.identifier(table),
                    *map(list, columns),
                )
            )
        records.invalidate_recordset(["write_uid", "write_date"])

    def _key_domain(self):
        """Records of this company, and shared ones that its people made."""
        others = self.search([("id", "!=", self.id)])
        shared = []
        if self.id < min(others.ids, default=0):
            # The main company: what nobody else's people made, the machine's too.
            shared = ["!", ("create_uid.company_id", "in", others.ids)]
        elif others:
            shared = [("create_uid.company_id", "=", self.id)]
        if not shared:
            return [("company_id", "in", [False, self.id])]
        return [
            "|",
            ("company_id", "=", self.id),
            "&",
            ("company_id", "=", False),
            *shared,
        ]

    def _log_key_job(self, count):
        partners, leads = count["res.partner"], count["crm.lead"]
        self.partner_id._message_log(
            body=self.env._(
                "Mobile numbers were read anew as numbers of %(country)s: %(partners)s "
                "contacts, %(changed)s of them with another key, and %(leads)s leads, "
                "%(leads_changed)s with another key.",
                country=self.country_id.name or self.env._("no country"),
                partners=partners[0],
                changed=partners[1],
                leads=leads[0],
                leads_changed=leads[1],
            )
        )
