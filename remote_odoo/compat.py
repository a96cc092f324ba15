"""Every difference between Odoo 18.0 and 19.0 that the suite meets."""

from odoo import models

try:
    from odoo.fields import Domain

    AND, OR = Domain.AND, Domain.OR
except ImportError:  # 18.0
    from odoo.osv.expression import AND, OR

try:
    from odoo.service.model import call_kw  # what RPC goes through
except ImportError:  # 18.0
    from odoo.api import call_kw

__all__ = [
    "AND",
    "OR",
    "Constraint",
    "call_kw",
    "commit_progress",
    "group_users",
    "line_uom",
    "try_lock",
]

try:
    Constraint = models.Constraint
except AttributeError:  # 18.0

    class Constraint:
        """Declare ``_name = Constraint(sql, message)`` as in 19.0."""

        def __init__(self, definition, message=""):
            self.definition, self.message = definition, message

        def __set_name__(self, owner, name):
            owner._sql_constraints = [
                *vars(owner).get("_sql_constraints", ()),
                (name.removeprefix("_"), self.definition, self.message),
            ]


def commit_progress(env, processed=0, remaining=None):
    """Commit a cron batch and report it; return the seconds left in this run."""
    cron = env["ir.cron"]
    if hasattr(cron, "_commit_progress"):
        return cron._commit_progress(processed, remaining=remaining)
    progress = env["ir.cron.progress"].sudo()  # 18.0
    progress = progress.browse(env.context.get("ir_cron_progress_id"))
    if progress:
        if remaining is None:
            remaining = max(progress.remaining - processed, 0)
        cron._notify_progress(done=progress.done + processed, remaining=remaining)
    env.cr.commit()
    return float("inf")


def try_lock(records):
    """Return the records that no other transaction holds, locked for update."""
    if not records or hasattr(records, "try_lock_for_update"):
        return records and records.try_lock_for_update()
    records.env.cr.execute(  # 18.0
        f'SELECT id FROM "{records._table}" WHERE id IN %s FOR UPDATE SKIP LOCKED',
        [tuple(records.ids)],
    )
    locked = {row[0] for row in records.env.cr.fetchall()}
    return records.filtered(lambda record: record.id in locked)


def group_users(group):
    """Return the users of a group, also those who have it by another group."""
    return group.all_user_ids if "all_user_ids" in group._fields else group.users


def line_uom(line):
    """Return the unit in which an order line counts."""
    return line["product_uom_id" if "product_uom_id" in line._fields else "product_uom"]
