"""What a fault of another Odoo means.

Odoo answers HTTP 200 to nearly every failure. Over JSON-RPC ``error.data.name`` is the
exception; over XML-RPC the code is 1 anything (with the whole traceback as its text),
2 a UserError, 3 AccessDenied, 4 AccessError. Samples of 12, 18 and 19: tests.
"""

import ast
import re
from contextlib import suppress
from dataclasses import dataclass

from .errors import BadReply, Denied, Rejected, RemoteError, Unreachable

LOGIN_DENIED = (
    "Access Denied: the other Odoo does not accept this user name with this password "
    "or API key (wrong, or expired)."
)
BUSY = (
    "The database of the other Odoo is busy or down, is being upgraded, or is of "
    "another version than the Odoo that answers."
)
LONGEST = 4000  # characters of a peer's text that are looked at
LONGEST_TRACEBACK = 100_000
DATABASE = re.compile(r'database "([^"]+)" does not exist')
# Errors of a database that lie in the values sent. Any other passes: a conflict, a
# restart, a table that an upgrade is changing.
VALUE = re.compile(
    r"Violation$|^(Integrity|Data)Error$|^Invalid|(OutOfRange|Overflow|Truncation)$"
    r"|Character|^DivisionByZero$"
)
# A refusal to open the database that passes by itself; no other is a wrong name.
PASSES = re.compile(
    r"starting up|shutting down|recovery mode|not yet accepting|too many clients"
    r"|too many connections|connection slots|terminating connection"
    r"|not currently accepting|Connection refused|No such file or directory"
)
NO_TABLE = re.compile(r"\W(res_users|ir_module_module)\W")  # that every Odoo has
NO_MODEL = re.compile(r"Object ([\w.]+) doesn't exist")
NO_METHOD = re.compile(
    r"The method '([\w.]+)' does not exist|has no attribute '(\w+)'"
    r"|Private methods \(such as '?([\w.]+)'?\)"
)
MODEL = re.compile(r"\(([a-z]\w*(?:\.\w+)+)\)|[Dd]ocument model: ?([\w.]+)")
DESCRIPTION = re.compile(r"[Dd]ocument type: ?([^,()\n]{1,60})")  # Odoo 12's rules
RAISED = re.compile(r"^([A-Za-z_][\w.]*)(?::[ \t]?|$)", re.MULTILINE)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
LONG_NUMBER = re.compile(r"\+?\d[\d ().-]{7,}\d")


@dataclass
class Raised:
    """What the other Odoo raised. ``name``: the exception; ``trace``: what is known of
    where it was raised."""

    name: str
    text: str
    trace: str = ""

    def __post_init__(self):
        self.name, self.text = self.name[:200], _sentence(self.text)[:LONGEST]
        self.short = self.name.rpartition(".")[2]


def jsonrpc_error(error: dict, uid, secret: str) -> RemoteError:
    """Classify ``error`` of a JSON-RPC reply."""
    data = error.get("data") if isinstance(error, dict) else None
    if not isinstance(data, dict):
        return BadReply("What answers at this address is not an Odoo.")
    arguments = data.get("arguments")
    texts = [data.get("message"), *(arguments if isinstance(arguments, list) else [])]
    text = next((text for text in texts if text and isinstance(text, str)), "")
    raised = Raised(_text(data, "name"), text, _text(data, "debug")[-LONGEST:])
    return _classify(raised, uid, secret)


def xmlrpc_error(code, text: str, uid, secret: str) -> RemoteError:
    """Classify a fault of XML-RPC."""
    names = {2: "UserError", 3: "AccessDenied", 4: "AccessError"}
    if isinstance(code, int) and code in names:
        return _classify(Raised(names[code], text), uid, secret)
    return _classify(_last_raised(text[-LONGEST_TRACEBACK:]), uid, secret)


def _text(data: dict, name: str) -> str:
    return data[name] if isinstance(data.get(name), str) else ""


def _last_raised(traceback: str) -> Raised:
    """Return the exception that ends a traceback."""
    head = traceback.rfind("Traceback (most recent call last)")
    found = None
    for found in RAISED.finditer(traceback, max(head, 0)):
        if found[1] != "Traceback":
            break
    else:
        return Raised("", traceback if head < 0 else "")
    if head < 0 and "." not in found[1] and not found[1].endswith("Error"):
        return Raised("", traceback)
    trace = traceback[max(head, 0) : found.start()][-LONGEST:]
    return Raised(found[1], traceback[found.end() :], trace)


def _sentence(text: str) -> str:
    """Return the text of an exception without its second argument.

    An exception of Odoo 12 has two. As text it is ``('sentence', None)``, with the line
    feeds escaped; over JSON-RPC it is the sentence, a line feed and ``None``.
    """
    text = text.strip()
    if text.startswith(("('", '("')) and len(text) < LONGEST:
        with suppress(ValueError, SyntaxError, MemoryError, RecursionError):
            parts = ast.literal_eval(text)
            if isinstance(parts, tuple) and parts and isinstance(parts[0], str):
                text = parts[0]
    return text.removesuffix("\nNone").strip()


def _classify(raised: Raised, uid, secret: str) -> RemoteError:
    return (
        _database_error(raised)
        or _access_error(raised, uid)
        or _missing_error(raised)
        or Rejected(
            clean(raised.text, secret) or "The other Odoo refused it without saying."
        )
    )


def _database_error(raised: Raised) -> RemoteError | None:
    """The database is another one, is not there, or is busy; or it refuses a value."""
    text, short = raised.text, raised.short
    if found := DATABASE.search(text):
        return Denied(f"Database not found: {found[1][:64]}.", what="database")
    no_users = short == "KeyError" and text.strip("'\"") == "res.users"
    database = raised.name.startswith("psycopg2.")
    if no_users or (database and NO_TABLE.search(text.partition("\nLINE")[0])):
        return Denied("This database there is not one of an Odoo.", what="database")
    if "FATAL" in text and short == "OperationalError" and not PASSES.search(text):
        return Denied("The other Odoo cannot open this database.", what="database")
    if "database is not fully loaded" in text:
        return Unreachable("The other Odoo is still loading this database.")
    if database and VALUE.search(short):
        return Rejected(
            "The other Odoo refused it: a value is missing, not unique or of a wrong "
            "kind."
        )
    if database or short in ("ConcurrencyError", "PoolError"):
        return Unreachable(BUSY)
    return None


def _access_error(raised: Raised, uid) -> RemoteError | None:
    """The account is not let in, or not to these records."""
    text, short = raised.text, raised.short
    if short == "AccessDenied":
        return Denied(LOGIN_DENIED, what="login")
    kept = uid and re.search(rf"res\.users\({uid},?\)", text)  # the uid we kept
    if kept or (short == "TypeError" and "_check_credentials" in raised.trace):
        return Denied("Access Denied: this account no longer exists.", what="login")
    if short != "AccessError" or "Private methods" in text:
        return None
    if model := MODEL.search(text):
        model = model[1] or model[2]
        said = f"the account has no rights on model {model} in the other Odoo."
    elif found := DESCRIPTION.search(text):
        name = found[1].strip()
        said = (
            f"a rule of the other Odoo keeps the account from these records ({name})."
        )
    else:
        said = "the account has no rights on this in the other Odoo."
    return Denied(f"Access Denied: {said}", what="model")


def _missing_error(raised: Raised) -> RemoteError | None:
    """The other Odoo lacks a model or a method: an addon."""
    if found := NO_MODEL.search(raised.text):
        return Denied(
            f"The other Odoo has no model {found[1]}: an addon is missing there.",
            what="model",
        )
    if raised.short == "AttributeError" or "Private methods" in raised.text:
        method = NO_METHOD.search(raised.text)
        method = next(filter(None, method.groups()), "") if method else ""
        return Denied(
            f"The other Odoo does not know this method ({method}): its addon is "
            "missing or older.",
            what="model",
        )
    return None


def clean(text: str, secret: str) -> str:
    """Keep a peer's own sentence, without a traceback, a secret, or a way to reach
    a person."""
    text = text.partition("\nTraceback")[0].partition("\nDETAIL")[0]
    if "Traceback (most recent call last)" in text:
        return ""
    if len(secret) > 3:
        text = text.replace(secret, "***")
    text = LONG_NUMBER.sub("…", EMAIL.sub("…", text))
    return " ".join(text.split())[:500]
