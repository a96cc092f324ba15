"""What a fault of another Odoo means.

Odoo answers HTTP 200 to nearly every failure. Over JSON-RPC ``error.data.name`` is the
exception; over XML-RPC the code is 1 anything (with the whole traceback as its text),
2 a UserError, 3 AccessDenied, 4 AccessError. Samples of both series: tests.
"""

import ast
import re
from contextlib import suppress

from .errors import BadReply, Denied, Rejected, RemoteError, Unreachable

LOGIN_DENIED = (
    "Access Denied: the other Odoo does not accept this user name with this password "
    "or API key (wrong, or expired)."
)
LONGEST = 4000  # characters of a peer's text that are looked at
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
NO_MODEL = re.compile(r"Object ([\w.]+) doesn't exist")
NO_METHOD = re.compile(
    r"The method '([\w.]+)' does not exist|has no attribute '(\w+)'"
    r"|Private methods \(such as '?([\w.]+)'?\)"
)
MODEL = re.compile(r"\(([a-z]\w*(?:\.\w+)+)\)|[Dd]ocument(?: model| type): ?([\w.]+)")
RAISED = re.compile(r"^([A-Za-z_][\w.]*)(?::[ \t]?|$)", re.MULTILINE)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
LONG_NUMBER = re.compile(r"\+?\d[\d ().-]{7,}\d")


def jsonrpc_error(error: dict, uid, secret: str) -> RemoteError:
    data = error.get("data") if isinstance(error, dict) else None
    if not isinstance(data, dict):
        return BadReply("What answers at this address is not an Odoo.")
    arguments = data.get("arguments")
    texts = [data.get("message"), *(arguments if isinstance(arguments, list) else [])]
    text = next((text for text in texts if text and isinstance(text, str)), "")
    return _classify(str(data.get("name") or ""), text, uid, secret)


def xmlrpc_error(code, text: str, uid, secret: str) -> RemoteError:
    names = {2: "UserError", 3: "AccessDenied", 4: "AccessError"}
    if isinstance(code, int) and code in names:
        return _classify(names[code], text, uid, secret)
    return _classify(*_last_raised(text), uid, secret)


def _last_raised(traceback: str) -> tuple[str, str]:
    """Return the name and the message of the exception that ends a traceback."""
    head = traceback.rfind("Traceback (most recent call last)")
    found = None
    for found in RAISED.finditer(traceback, max(head, 0)):
        if found[1] != "Traceback":
            break
    else:
        return "", traceback if head < 0 else ""
    if head < 0 and "." not in found[1] and not found[1].endswith("Error"):
        return "", traceback
    text = traceback[found.end() :].strip()[:LONGEST]
    if text.startswith("("):  # Odoo 12: ('sentence', None)
        with suppress(ValueError, SyntaxError, LookupError, TypeError, RecursionError):
            text = str(ast.literal_eval(text)[0])
    return found[1], text


def _classify(name: str, text: str, uid, secret: str) -> RemoteError:
    text, short = text[:LONGEST], name.rpartition(".")[2]
    if found := DATABASE.search(text):
        return Denied(f"Database not found: {found[1]}.", what="database")
    if short == "AccessDenied":
        return Denied(LOGIN_DENIED, what="login")
    if uid and re.search(rf"res\.users\({uid},?\)", text):  # the uid we kept
        return Denied("Access Denied: this account no longer exists.", what="login")
    if short == "AccessError":
        model = MODEL.search(text)
        model = f" model {model[1] or model[2]}" if model else " this"
        return Denied(
            f"Access Denied: the account has no rights on{model} in the other Odoo.",
            what="model",
        )
    if "FATAL" in text and short == "OperationalError" and not PASSES.search(text):
        return Denied("The other Odoo cannot open this database.", what="database")
    if name.startswith("psycopg2.") and VALUE.search(short):
        return Rejected(
            "The other Odoo refused it: a value is missing, not unique or of a wrong "
            "kind."
        )
    if name.startswith("psycopg2.") or short in ("ConcurrencyError", "PoolError"):
        return Unreachable(
            "The database of the other Odoo is busy or down, or being upgraded."
        )
    if found := NO_MODEL.search(text):
        return Denied(
            f"The other Odoo has no model {found[1]}: an addon is missing there.",
            what="model",
        )
    if short == "AttributeError" or "Private methods" in text:
        method = NO_METHOD.search(text)
        method = next(filter(None, method.groups()), "") if method else ""
        return Denied(
            f"The other Odoo does not know this method ({method}): its addon is "
            "missing or older.",
            what="model",
        )
    return Rejected(clean(text, secret) or "The other Odoo refused it without saying.")


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
