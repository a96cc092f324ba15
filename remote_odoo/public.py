"""What all methods share that RPC may call: :func:`public`, and its rule.

Nothing is said of a record that the caller may not read. Missing records, those of
other people and those of other companies answer with one and the same error, so that
nobody learns by it which records there are or what is in them. :func:`check_known` is
the one place of this rule.
"""

import functools
import inspect

from odoo.api import NewId
from odoo.exceptions import AccessError, UserError, ValidationError

from .payload import PayloadError

LARGEST_ID = 2**31 - 1
# Longer than any text of ours; what is sent on has limits of its own.
LONGEST = 100_000
_TAKES_ALL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def public(one=False, guarded=True, **checks):
    """Declare a method that RPC may call: check context, records and arguments first.

    The method meets only records that its caller may read, arguments of the kind that
    was declared, and companies of its caller. What is wrong raises an error with a
    sentence: AccessError for records and companies, ValidationError for arguments.

    :param bool one: the method works on exactly one record
    :param bool guarded: False for a method that itself looks at what its caller may
        know of the records
    :param checks: for each argument a check of ``remote_odoo.payload``; its result is
        what the method gets, so an optional argument that is not given may be False
    """

    def decorate(method):
        signature = inspect.signature(method)
        named = {
            name
            for name, parameter in list(signature.parameters.items())[1:]
            if parameter.kind not in _TAKES_ALL
        }
        if unknown := named ^ set(checks):
            raise TypeError(f"{method.__qualname__}: no check, or argument, {unknown}")

        @functools.wraps(method)
        def checked(self, *args, **kwargs):
            _check_context(self.env)
            if guarded:
                check_known(self)
            if one and len(self) != 1:
                raise UserError(
                    self.env._("Choose one record; %s were chosen.", len(self))
                )
            try:
                given = signature.bind(self, *args, **kwargs)
            except TypeError:
                raise ValidationError(
                    self.env._(
                        "%(method)s was called with arguments that it does not have. "
                        "Nothing was done.",
                        method=method.__name__,
                    )
                ) from None
            try:
                for name, check in checks.items():
                    if name in given.arguments:
                        given.arguments[name] = check(given.arguments[name], name)
            except PayloadError as error:
                raise ValidationError(
                    self.env._("%s Nothing was done.", error)
                ) from error
            return method(*given.args, **given.kwargs)

        checked._remote_odoo_public = True
        return checked

    return decorate


def check_known(records, known=None):
    """AccessError unless the caller may know of every one of these records.

    One sentence, whatever the reason is: it names no record.

    :param known: function that returns those of its records that the caller may know
        of; by default those that he may read
    """
    if not all(map(_is_id, records._ids)):
        _refuse_unknown(records.env)
    records = records._origin  # what is not saved yet, nobody else has
    if records.env.su or not records:
        return
    existing = records.exists()
    found = known(existing) if known else existing._filtered_access("read")
    if len(found) < len(set(records._ids)):
        _refuse_unknown(records.env)


def _refuse_unknown(env):
    raise AccessError(
        env._(
            "These records do not exist, or you may not open them. Nothing was done. "
            "Reload the page; if you need them, ask your manager for access."
        )
    )


def _is_id(record_id):
    if isinstance(record_id, NewId):  # nothing that RPC can send
        return True
    return type(record_id) is int and 0 < record_id <= LARGEST_ID


def _check_context(env):
    """What a caller may put into the context and Odoo takes as it is, with sudo."""
    context, plain = env.context, env(context={})
    for name in ("lang", "tz"):
        if context.get(name) and not isinstance(context[name], str):
            raise ValidationError(
                plain._("context: %s is a text. Nothing was done.", name)
            )
    companies = context.get("allowed_company_ids")
    if not companies:
        return
    known = isinstance(companies, list | tuple) and all(
        type(company) is int for company in companies
    )
    if not known or not (env.su or set(companies) <= set(env.user._get_company_ids())):
        raise AccessError(
            plain._("The companies of this call are not among yours. Nothing was done.")
        )
