import logging

import psycopg2

from odoo.exceptions import UserError

from odoo.addons.remote_odoo.text import UNSEEN

from .folding import fold_values

_logger = logging.getLogger(__name__)

# Leads and orders that people worked with need these records.
BUSINESS_MODELS = ("crm.brand", "crm.lead", "crm.lost.reason")


def uninstall_hook(env):
    """Lost leads keep their reasons."""
    keep_business_records(env, "vehicle_crm")


def keep_business_records(env, module, *models):
    """Keep Odoo from deleting, with ``module``, the records that its data made.

    Those of ``models`` and of BUSINESS_MODELS become the company's own: their external
    ids are forgotten. What is in a table of the addon goes with that table all the
    same, without an error for each record that something still refers to.
    """
    env["ir.model.data"].sudo().search(
        [("module", "=", module), ("model", "in", (*BUSINESS_MODELS, *models))]
    ).unlink()


def fold_existing(env, model, domain=()):
    """Take what nobody sees out of the names and codes of the records of ``model``.

    For migrations. A record whose code would be another's then stays as it is, and the
    log has its id.
    """
    records = env[model].with_context(active_test=False, tracking_disable=True)
    names = [
        name
        for name, field in records._fields.items()
        if field.type == "char" and field.store and field.column_type[0] == "varchar"
        if not field.compute or not field.readonly
    ]
    found = " OR ".join(f'"{name}" ~ %s' for name in names)
    env.cr.execute(
        f'SELECT id FROM "{records._table}" WHERE {found} ORDER BY id',
        [f"[{UNSEEN}]"] * len(names),
    )
    ids = [row[0] for row in env.cr.fetchall()]
    for record in records.browse(ids).filtered_domain(list(domain)):
        vals = {name: record[name] for name in names if record[name]}
        folded = fold_values(record._fields, vals)
        try:
            with env.cr.savepoint():
                record.write(
                    {name: folded[name] for name in vals if folded[name] != vals[name]}
                )
        except (UserError, psycopg2.IntegrityError):
            _logger.warning("%s %s keeps characters that nobody sees", model, record.id)
    return len(ids)
