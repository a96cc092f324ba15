"""A stamp at a plain Odoo that shows who spoke last: no addon is needed there.

Copies of a database are equal, their keys and passwords too. What tells them apart is
what they did since: before a call that creates something, a database leaves a stamp
that nobody else knows, and looks for stamps that it does not know. They are filters of
the service account (``ir.filters``), which every account may make and only it sees.

Whoever leaves a stamp commits it before it looks, so of two that come at the same
moment at least the later one sees both, and stops.
"""

from collections.abc import Callable, Collection

from .errors import BadReply, Denied, OtherDatabase, Rejected
from .payload import PayloadError, Schema, check_payload, group, integer, items, text

MODEL = "ir.filters"
OWNER_FIELDS = ("user_id", "user_ids")  # the latter since 19.0
LIMIT = 300  # stamps that are looked at; one is usual
ROWS: Schema = {
    "rows": items(
        group({"id": integer(1, required=True), "name": text(200, required=True)}),
        LIMIT,
    )
}


def owner_fields(call: Callable) -> list[str]:
    """Ask the peer which of its fields hold the owner of a filter."""
    known = call(MODEL, "fields_get", list(OWNER_FIELDS), ["type"])
    if not isinstance(known, dict):
        raise BadReply("The other Odoo answered something unexpected.")
    return sorted(set(OWNER_FIELDS) & set(known))


def leave(
    call: Callable,
    uid: int,
    owners: Collection[str],
    title: str,
    stamp: str,
    known: Collection[str],
) -> bool:
    """Leave a stamp; raise ``OtherDatabase`` when one of somebody else is there.

    :param call: ``OdooClient.call``
    :param uid: the service account there
    :param owners: what ``owner_fields`` said
    :param title: begins the name of the filter; the same in every copy of a database
    :param stamp: the new one, which our database has stored before this call
    :param known: all stamps that our database may have left there
    :return: whether ours is the only one there now, so that earlier ones can be
        forgotten; a peer that refuses stamps is served all the same
    """
    owner = {"user_ids": [(6, 0, [uid])]} if "user_ids" in owners else {"user_id": uid}
    domain = [("name", "=like", f"{title} %"), ("create_uid", "=", uid)]
    try:
        call(MODEL, "create", {"name": f"{title} {stamp}", "model_id": MODEL, **owner})
        found = _stamps(call(MODEL, "search_read", domain, ["name"], limit=LIMIT))
    except Rejected:
        return False
    except Denied as error:
        if error.what != "model":
            raise
        return False
    foreign = next((other for other in found.values() if other not in known), None)
    # Step back from somebody else's, else clear away our earlier ones.
    done = [key for key, value in found.items() if (value == stamp) == bool(foreign)]
    alone = True
    try:
        if done:
            call(MODEL, "unlink", done)
    except (Rejected, Denied):  # the earlier ones stay, and stay known
        alone = False
    if foreign:
        raise OtherDatabase(foreign)
    return alone


def _stamps(rows) -> dict[int, str]:
    """Return the stamps of these filters by id."""
    try:
        rows = check_payload({"rows": rows}, ROWS, "reply")["rows"]
    except PayloadError as error:
        raise BadReply("The other Odoo answered something unexpected.") from error
    return {row["id"]: row["name"].rpartition(" ")[2] for row in rows}
