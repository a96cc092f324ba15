"""Refusals of a real Odoo 12.0 (Python 3.7), as they came over both protocols.

Tracebacks are cut to one frame. Each sample: what was asked; name, message and
arguments of the error over JSON-RPC; code and text of the fault over XML-RPC.
"""

from typing import NamedTuple

FRAME = """Traceback (most recent call last):
  File "/usr/lib/odoo/service/model.py", line 39, in dispatch
    res = fn(db, uid, *params)
"""
CHECK = """Traceback (most recent call last):
  File "/usr/lib/odoo/addons/base/models/res_users.py", line 316, in _check_credentials
    [hashed] = self.env.cr.fetchone()
"""


class Sample(NamedTuple):
    name: str
    message: str
    arguments: list
    code: int
    text: str
    debug: str = ""

    def error(self):
        """Return the ``error`` of the JSON-RPC reply."""
        return {
            "code": 200,
            "message": "Odoo Server Error",
            "data": {
                "name": self.name,
                "debug": self.debug or f"{FRAME}{self.name}: {self.message}\n",
                "message": self.message,
                "arguments": self.arguments,
                "exception_type": "internal_error",
            },
        }


def _pair(name, sentence, code):
    """An exception with two arguments: the sentence and None."""
    text = str((sentence, None))
    if code == 1:
        text = f"{FRAME}{name}: {text}\n"
    return Sample(name, f"{sentence}\nNone", [sentence, None], code, text)


def _warning(sentence):
    """A UserError: its second argument is empty, XML-RPC has the first alone."""
    name = "odoo.exceptions.UserError"
    return Sample(name, f"{sentence}\n", [sentence, ""], 2, sentence)


def _raised(name, message, text=None, trace=FRAME):
    shown = name.removeprefix("builtins.")
    debug = f"{trace}{shown}: {text or message}\n"
    return Sample(name, message, [message], 1, debug, debug)


NO_RIGHT = _pair(
    "odoo.exceptions.AccessError",
    "Sorry, you are not allowed to access this document. Only users with the following "
    "access level are currently allowed to do that:\n- BPO service\n\t- "
    "Administration/Settings\n\n(Document model: cheryweb.quotation) - (Operation: "
    "read, User: 8)",
    4,
)
RECORD_RULE = _pair(
    "odoo.exceptions.AccessError",
    "The requested operation cannot be completed due to security restrictions. Please "
    "contact your system administrator.\n\n(Document type: Web, Operation: read) - "
    "(Records: [1, 2], User: 6)",
    4,
)
PRIVATE_METHOD = _pair(
    "odoo.exceptions.AccessError",
    "Private methods (such as _nope) cannot be called remotely.",
    4,
)
MISSING = _pair(
    "odoo.exceptions.MissingError",
    "One of the records you are trying to modify has already been deleted (Document "
    "type: Contact).\n\n(Records: (99999999,), User: 2)",
    2,
)
VALIDATION = _pair(
    "odoo.exceptions.ValidationError",
    "You cannot create recursive Partner hierarchies.",
    1,
)
MANDATORY = _pair(
    "odoo.exceptions.ValidationError",
    "The operation cannot be completed:\n- Create/update: a mandatory field is not set."
    "\n\nModel: Country state (res.country.state), Field: Country (country_id)",
    1,
)
NO_SENDER = _warning(
    "Unable to log message, please configure the sender's email address."
)
NO_MODEL = _warning("Object no.such doesn't exist")
NO_METHOD = _raised(
    "builtins.AttributeError", "type object 'sale.order' has no attribute 'has_access'"
)
WRONG_VALUE = _raised(
    "builtins.ValueError", "Wrong value for cheryweb.quotation.status: 'synced'"
)
UNKNOWN_FIELD = _raised(
    "builtins.ValueError",
    "Invalid field 'nofield' in leaf \"<osv.ExtendedLeaf: ('nofield', '=', 1) on "
    'res_partner (ctx: )>"',
)
WRONG_PASSWORD = Sample(
    "odoo.exceptions.AccessDenied", "Access denied", ["Access denied"], 3,
    "Access denied",
)  # fmt: skip
NO_ACCOUNT = _raised(
    "builtins.TypeError", "cannot unpack non-iterable NoneType object", trace=CHECK
)
NO_DATABASE = _raised(
    "psycopg2.OperationalError", 'FATAL:  database "nodb" does not exist\n'
)
NO_ODOO = _raised("builtins.KeyError", "res.users", "'res.users'")
NO_TABLE = _raised(
    "psycopg2.errors.UndefinedTable",
    'relation "res_users" does not exist\nLINE 1: SELECT "res_users".id FROM '
    '"res_users" LEFT JOIN "res_partne...\n                                   ^\n',
)
NO_MODULE_TABLE = _raised(
    "psycopg2.ProgrammingError",
    'relation "ir_module_module" does not exist\nLINE 1: SELECT ...\n    ^\n',
)
OTHER_VERSION = _raised(
    "psycopg2.errors.UndefinedColumn",
    "column res_partner.customer does not exist\nLINE 1: SELECT "
    '"res_partner"."id" as "id","res_partner"."customer" as "custom...\n      ^\n',
)
NOT_LOADED = Sample(
    "odoo.exceptions.Warning",
    "Currently, this database is not fully loaded and can not be used.",
    ["Currently, this database is not fully loaded and can not be used."],
    2,
    "Currently, this database is not fully loaded and can not be used.",
)
