"""Every public method of the suite, and what it answers."""

import inspect

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.remote_odoo.compat import call_kw

OURS = (
    "remote_odoo",
    "vehicle_crm",
    "bpo_crm",
    "bpo_crm_distributor_sync",
    "dealer_crm",
    "dealer_crm_bpo_bridge",
)
HIDDEN = "These records do not exist, or you may not open them."


class Undo(Exception):
    """Ends a call whose effects are not wanted."""


def is_ours(cls):
    return cls.__module__.startswith(tuple(f"odoo.addons.{name}." for name in OURS))


def definitions(model_class, name):
    """The functions of our addons that define or override this method."""
    for cls in model_class.__mro__:
        function = vars(cls).get(name)
        if is_ours(cls) and inspect.isfunction(inspect.unwrap(function or object)):
            yield function


def public_methods(env):
    """Yield ``(model name, method name)`` of whatever RPC reaches through our addons.

    Not the methods of every model, as ``write``: the access rights say who may. Those
    that we declare public all the same are in.
    """
    for model_name in sorted(env):
        model_class = type(env[model_name])
        if model_class._abstract:
            continue
        for name in dir(model_class):
            if name.startswith("_"):
                continue
            ours = list(definitions(model_class, name))
            declared = any(hasattr(f, "_remote_odoo_public") for f in ours)
            if ours and (declared or not hasattr(type(env["base"]), name)):
                if not getattr(getattr(model_class, name), "_api_private", False):
                    yield model_name, name


def answer(records, method, args=(), kwargs=None, ids=None):
    """Call as RPC does and undo it; return ``(outcome, text)``.

    :return: ``ok``, ``hidden`` (the sentence that says nothing), ``denied`` (another
        AccessError), ``refused`` (a sentence about the work), or the name of an error
        that no caller should meet; and the whole text of the answer
    """
    env = records.env
    try:
        with mute_logger("odoo.sql_db"), env.cr.savepoint():
            first = () if is_model_method(records, method) else (ids or records.ids,)
            result = call_kw(records.browse(), method, [*first, *args], kwargs or {})
            env.flush_all()
            raise Undo(repr(result))
    except Undo as done:
        found = "ok", str(done)
    except AccessError as error:
        text = str(error)
        found = "hidden" if text.startswith(HIDDEN) else "denied", text
    except UserError as error:
        found = "refused", str(error)
    except Exception as error:  # noqa: BLE001 - to be shown beside all others
        found = f"{type(error).__name__}: {error}"[:80], repr(error)
    env.invalidate_all()
    return found


def is_model_method(records, method):
    function = getattr(type(records), method)
    return getattr(function, "_api", None) in ("model", "model_create") or getattr(
        function, "_api_model", False
    )
