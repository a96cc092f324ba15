"""The e-mail addresses in a field as people fill it. Pure functions."""

import re

from odoo.addons.remote_odoo.text import fold

LONGEST = 254  # characters of an address
_SEARCHED = 2000  # no address is further on in a field
_AT = re.compile(r"\s*(?:[@\uff20\ufe6b]|[\[({]\s*at\s*[\])}])\s*", re.IGNORECASE)
# What separates two addresses or stands around one; it is in none without quotes.
_APART = r"\s<>()\[\],;:\"/\\|"
_ADDRESS = re.compile(
    rf"(?<![^{_APART}])[^{_APART}@]+@[^\W_](?:[\w.-]*\w)?(?![\w.-]*@)"
)


def addresses(text):
    """Return the usable addresses in ``text``, in their order, without doubles.

    Taken out: names, ``mailto:``, brackets, quotes, dots at the end, and what a reader
    cannot see. In lower case, as Odoo compares them: a local part that is not ASCII
    stays. Addresses without a dot in their domain (``sam@localhost``) come last.
    """
    if not isinstance(text, str) or not text:
        return []
    text = _AT.sub("@", fold(text[:_SEARCHED]))
    found = []
    for match in _ADDRESS.findall(text):
        local, _at, domain = match.rpartition("@")
        local = local.strip("'`.*")
        domain = domain.lower()
        if not local or ".." in domain or len(local) + len(domain) >= LONGEST:
            continue
        found.append(f"{local.lower() if local.isascii() else local}@{domain}")
    return sorted(dict.fromkeys(found), key=lambda it: "." not in it.rpartition("@")[2])


def is_filler(address):
    """Whether an address is typed to get past a form: its name is one character all
    along (``xxx@…``), or digits that rise (``123@…``)."""
    local = address.partition("@")[0]
    return len(local) > 2 and (len(set(local)) == 1 or local in "01234567890")


def word(address):
    """Return the name in an address as the table of role words has it: letters only,
    without a tag and up to three digits at the end (``no-reply+5@…``, ``test12@…``)."""
    local = address.partition("@")[0].partition("+")[0].lower()
    return re.sub(r"[\W_]", "", re.sub(r"(?<!\d)\d{1,3}$", "", local))
