"""A line of text as people paste it, made fit to be compared. Pure: no env."""

import re

# What PostgreSQL, XML or the encoding of a page cannot hold: NUL, other control
# characters (tab, line feed and carriage return stay), halves of a surrogate pair, and
# the two code points that are no character.
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

# What a reader cannot see and a comparison does: zero-width characters, marks of
# direction, soft hyphens, fillers, tags. They come with text copied from a web page, a
# chat or a spreadsheet. U+2028 and U+2029 are not here: they count as spaces.
_INVISIBLE = (
    "\x80-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff"
)
# The two joiners decide which letters are shown within words of these scripts: Arabic
# and its neighbours, the Indic ones, Myanmar, Khmer, Mongolian. Elsewhere they are
# noise.
_JOINERS = "\u200c\u200d"
_JOINING = (
    "\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af"
    "\ufb50-\ufdff\ufe70-\ufefc"
)
_UNSEEN = re.compile(
    f"[{_INVISIBLE}]|(?<![{_JOINING}])[{_JOINERS}]|\u200c(?![{_JOINING}])"
)
# A variation selector changes the character before it; alone it is nothing.
_LONE_SELECTOR = re.compile("(?:^|(?<=\\s))[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_BRAILLE_BLANK = "\u2800"
# For a search in the database: a character that may have to be folded.
UNSEEN = (
    f"{_INVISIBLE}{_JOINERS}{_BRAILLE_BLANK}"
    "\u00a0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
)


def fold(value: str) -> str:
    """Return ``value`` as one line without what a reader cannot see.

    Every kind of white space, NBSP and line ends too, becomes one space; none is left
    at the ends. A text of nothing else is empty. For what identifies something: a
    name, an e-mail address, a city, a code, a reference; never for free text.
    """
    if value.isascii() and value.isprintable() and "  " not in value:
        return value.strip()  # most are
    value = UNSTORABLE.sub("", value)
    if not value.isascii():
        value = _UNSEEN.sub("", value).replace(_BRAILLE_BLANK, " ")
        value = _LONE_SELECTOR.sub("", value)
    return " ".join(value.split())
