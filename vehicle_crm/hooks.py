import logging

import psycopg2

from odoo.exceptions import UserError
from odoo.tools import sql

from odoo.addons.remote_odoo.text import UNSEEN

from .folding import fold_values

_logger = logging.getLogger(__name__)

# Leads and orders that people worked with need these records.
BUSINESS_MODELS = ("crm.brand", "crm.lead", "crm.lost.reason")
# The module of the external ids of lost reasons while the addon is not installed.
KEPT = "__vehicle_crm__"


def pre_init_hook(env):
    """Take the lost reasons back that an earlier installation left."""
    _move_lost_reasons(env, KEPT, "vehicle_crm")
    add_empty_columns(
        env, "crm_lead", step="varchar", mobile="varchar", mobile_key="varchar"
    )
    add_empty_columns(env, "res_partner", mobile_key="varchar")


def post_init_hook(env):
    """Existing contacts and leads get the keys by which customers are matched."""
    env["res.company"]._compute_all_keys()


def uninstall_hook(env):
    """Lost leads keep their reasons."""
    _move_lost_reasons(env, "vehicle_crm", KEPT)
    keep_business_records(env, "vehicle_crm")


def _move_lost_reasons(env, module, new_module):
    env["ir.model.data"].sudo().search(
        [("module", "=", module), ("model", "=", "crm.lost.reason")]
    ).module = new_module


def add_empty_columns(env, table, **columns):
    """Add the columns of computed fields that are empty on every existing row.

    Otherwise Odoo computes them on installation, and so changes who edited each lead
    of the company last, and when.

    :param str table: name of the table
    :param columns: PostgreSQL type by name of the column
    """
    for name, kind in columns.items():
        if not sql.column_exists(env.cr, table, name):
            sql.create_column(env.cr, table, name, kind)


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
