"""Lines of text in the values of a record, folded. Pure functions."""

import re

from odoo.addons.remote_odoo.text import UNSEEN, fold

from .phone import as_text

_UNSEEN = re.compile(f"[{UNSEEN}]")
TELEPHONES = {"mobile", "phone"}


def fold_value(name, value):
    """Return the value of a line of text without what a reader cannot see, or False.

    :param str name: the name of the field
    :param value: what is not text stays, but numbers in a telephone field are digits
    """
    if name in TELEPHONES:
        return as_text(value) or False
    if not isinstance(value, str):
        return value
    # Plain blanks are seen: what people typed stays.
    return (fold(value) if _UNSEEN.search(value) else value.strip() and value) or False


def fold_values(fields, vals):
    """Return ``vals`` with each stored line of text folded.

    :param fields: the ``_fields`` of the model; texts of several lines and HTML stay
    """
    folded = {
        name: fold_value(name, value)
        for name, value in vals.items()
        if value
        and (field := fields.get(name)) is not None
        and field.type == "char"
        and field.store
    }
    return {**vals, **folded}
