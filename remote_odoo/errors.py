"""What can go wrong with another Odoo, sorted by what to do next.

The text of an error is one clean sentence: no traceback, no secret.
"""

import traceback
from pathlib import Path


class RemoteError(Exception):
    """Base of all; never raised itself.

    ``parks``: the connection cannot be used, so that its messages wait for a probe.
    False where the other Odoo answered and refused this one call only.
    """

    failure = "bad_reply"
    parks = True


class Unreachable(RemoteError):
    """Nothing was done there, as far as can be told. Try again later.

    ``sent``: the request went out and a server before the Odoo gave up on it; the Odoo
    itself may still be at it.
    """

    failure = "unreachable"

    def __init__(self, message: str, sent: bool = False):
        super().__init__(message)
        self.sent = sent


class Untrusted(Unreachable):
    """Its certificate cannot be trusted; nothing was sent."""


class OutcomeUnknown(RemoteError):
    """Sent, no answer: it may be done. Ask again with the same key."""

    failure = "unknown"


class TooSlow(OutcomeUnknown):
    """It took the call and did not answer in the time that it had."""


class Busy(OutcomeUnknown):
    """It answered that it is at this very record just now: ask again in a moment."""

    parks = False


class Denied(RemoteError):
    """A person must act: ``what`` is ``login``, ``database`` or ``model``."""

    failure = "denied"

    def __init__(self, message: str, what: str = "login"):
        super().__init__(message)
        self.what = what

    @property
    def parks(self) -> bool:
        return self.what != "model"


class Rejected(RemoteError):
    """The other Odoo refused these values and said why."""

    failure = "rejected"
    parks = False


class OtherDatabase(RemoteError):
    """Another database speaks for this one: a copy, or the one that a backup is of.

    ``stamp`` is what it left at the other Odoo. A person must say who goes on.
    """

    failure = "displaced"

    def __init__(self, stamp: str):
        super().__init__(
            "Another database uses this connection as if it were this one: a copy of "
            "this database, or the one that this backup was made of. Nothing was sent."
        )
        self.stamp = stamp


class BadReply(RemoteError):
    """What answers is not an Odoo."""


class TooLarge(BadReply):
    """The reply has more bytes than one to this call may have: ask for less."""


def where(error: BaseException) -> str:
    """Name any exception and its place; its text may hold customer data."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
