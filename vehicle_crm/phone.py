"""One key for one mobile number, however it was typed. Pure functions.

A mobile number says who somebody is. A land line, a fragment, and what people type to
get past a form (:func:`is_filler`) do not, so they have no key.
"""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType

from odoo.addons.remote_odoo.text import fold

DEFAULT_REGION = "PH"
LONGEST = 200  # no number is further on, and looking there takes seconds
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_FEWEST, _MOST = 7, 15  # digits of a number, E.164
_TOO_MANY = 3  # digits after a number that make it doubtful
# Kinds of numbers in the library's data that are no mobile numbers.
_OTHER_KINDS = (
    "fixed_line",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "voip",
    "uan",
)

# What separates two numbers in one field; a lone "-" or space may be within one.
_SEPARATOR = re.compile(r"[/;,|]|\s(?:or|and|und|et|y|o|at)\s|\s-\s", re.IGNORECASE)
# Digits with what stands within a number; a "+" begins a number.
_RUN = re.compile(r"\+?[(\s]*\d[\d\s().-]*")
_LETTERS_AS_DIGITS = re.compile(
    r"(?<![^\s/;,|])[\dOolI+().-]*[OolI][\dOolI+().-]*(?![^\s/;,|])"
)
_AS_DIGITS = str.maketrans("OolI", "0011")
# 9175550101.0 and 9,175,550,101.00; 9.175550101E9.
_DECIMALS = re.compile(r"(\+?\d{1,3}(?:([,.' ])\d{3})(?:\2\d{3})*|\+?\d+)[.,]0{1,6}")
_SCIENTIFIC = re.compile(r"(\d)[.,](\d+)e\+?0?(\d{1,2})", re.IGNORECASE)


def mobile_key(text, *regions, ignore=frozenset()):
    """Return the first mobile number in ``text`` as E.164, or None when it has none.

    :param text: what was typed or came in, also a number; None and False are nothing
    :param str regions: country codes, tried in order for a number without a country;
        the Philippines come last
    :param ignore: digits of numbers that are nobody's, as :func:`tail` gives them
    """
    for key in mobile_numbers(text, *regions):
        if not any(_ends_with(key, digits) for digits in ignore):
            return key
    return None


def mobile_numbers(text, *regions):
    """Return all mobile numbers in ``text`` as E.164, in their order, without fillers.

    A number that the library does not know is one if it has the length of the
    country's mobile numbers and their first digits: new prefixes come every year.
    """
    return _mobile_numbers(as_text(text)[:LONGEST], regions)


def as_text(value):
    """Return a number as people write it: digits without the ``.0`` of a spreadsheet.

    What is no number of a spreadsheet stays as it is, on one line.
    """
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = fold(str(value))
    if found := _DECIMALS.fullmatch(text):
        return re.sub(r"[^\d+]", "", found[1])
    if found := _SCIENTIFIC.fullmatch(text):
        digits = found[1] + found[2].rstrip("0")
        # With fewer digits than the exponent says the rest was rounded away.
        if len(digits) in (int(found[3]), int(found[3]) + 1):
            return digits.ljust(int(found[3]) + 1, "0")
    return text


def is_filler(digits):
    """Whether nobody has this number: one digit all along, or rising digits.

    :param str digits: the number without country and without its leading 0
    """
    rest = digits[1:]
    if len(rest) >= _FEWEST and len(set(rest)) == 1:
        return True
    return _rises(digits) or (rest.startswith("123456789") and _rises(rest))


def tail(text):
    """Return the digits that a spelling of a number ends with in every other one."""
    return "".join(filter(str.isdigit, as_text(text))).lstrip("0")


def _ends_with(key, digits):
    # Beside the digits no more than a country code of up to three.
    return len(digits) >= 5 and key.endswith(digits) and len(key) - len(digits) <= 4


def _rises(digits):
    return len(digits) >= _FEWEST and digits in "01234567890"


@lru_cache(maxsize=2048)  # a page of an import asks twice for each
def _mobile_numbers(text, regions):
    text = _with_digits(text)
    if sum(map(str.isdigit, text)) < _FEWEST:
        return ()
    tried = dict.fromkeys(region for region in (*regions, DEFAULT_REGION) if region)
    for region in tried:
        found = list(_find(text, region))
        if found:  # a land line here is none of the next country's mobile numbers
            return tuple(
                dict.fromkeys(
                    key for key, digits in found if key and not is_filler(digits)
                )
            )
    return ()


def _with_digits(text):
    """Write digits of any script and letters that stand for digits as 0 to 9."""
    text = "".join(
        str(unicodedata.decimal(character, None) or 0)
        if character.isdecimal()
        else "-"
        if unicodedata.category(character) == "Pd" or character == "\u2212"
        else character
        for character in unicodedata.normalize("NFKC", text)
    )
    text = re.sub(r"\S*(?:@|://)\S*", " ", text)  # digits of an address are no number
    text = re.sub(r"[_*'’·•~]", " ", text)
    if re.search(r"\d", text):
        text = _LETTERS_AS_DIGITS.sub(_letters_as_digits, text)
    return re.sub(r"(\+\s*\d{1,3}\s*)\(0\)", r"\1", text)


def _letters_as_digits(match):
    # A word of its own ("o" between two numbers) needs a digit beside its letters.
    word = match[0]
    return word.translate(_AS_DIGITS) if len(word) > 1 else word


def _find(text, region):
    """Yield ``(key or None, national digits)`` of each number; None: not a mobile."""
    parts = [part for part in _SEPARATOR.split(text) if part.strip()]
    found = [number for part in parts for number in _in_part(part, region)]
    if not any(key for key, _digits in found) and len(parts) > 1:
        # 0917/555/0101 and 0917,5550101 are one number.
        if not any(map(str.isalpha, text)):
            whole = _classify("".join(re.findall(r"[\d+]", text)), region)
            if whole and whole[0]:
                return [whole]
    return found


def _in_part(part, region):
    for run in _RUN.findall(part):
        groups = re.findall(r"\d+", run)
        plus = "+" if run.startswith("+") else ""
        yield from _numbers(groups, plus, region) or _glued(groups, plus, region)


def _numbers(groups, plus, region):
    """Return the numbers that groups of digits make, or [] if some digits are left.

    Up to three digits too many mean that somebody mistyped, and a part of that is
    another's number. More are an extension or a land line of the same town.
    """
    digits = "".join(groups)
    if number := _classify(plus + digits, region):
        return [number]
    for cut in range(1, len(groups)):
        first = _classify(plus + "".join(groups[:cut]), region)
        if not first:
            continue
        rest = _numbers(groups[cut:], "", region)
        if rest or len("".join(groups[cut:])) > _TOO_MANY:
            return [first, *rest]
    return []


def _glued(groups, plus, region):
    """Return two numbers without anything between them, or []."""
    digits = "".join(groups)
    if len(digits) <= _MOST or len(digits) > 3 * _MOST:
        return []
    for cut in range(_FEWEST, min(_MOST, len(digits) - _FEWEST) + 1):
        first = _classify(plus + digits[:cut], region)
        second = first and _numbers([digits[cut:]], "", region)
        if second:
            return [first, *second]
    return []


def _classify(typed, region):
    """Return ``(key or None, national digits)``, or None for what is no number.

    :param str typed: digits, with or without a leading "+"
    """
    digits = typed.lstrip("+")
    if not _FEWEST <= len(digits) <= _MOST + 2:
        return None
    spellings = [typed]
    if typed.startswith("+"):
        spellings.append(digits)
    elif digits.startswith("00"):
        spellings.append("+" + digits[2:])
    guess = None
    for spelling in spellings:
        number = _parse(spelling, region)
        if number is None:
            continue
        if phonenumbers.is_valid_number(number):
            return _answer(number, phonenumbers.number_type(number) in _MOBILE)
        if guess is None and _is_like_mobile(number):
            guess = number
    if guess is not None:
        return _answer(guess, True)
    if len(digits) > 10 and digits[0] != "0" and typed == digits:
        # With its country and without the "+".
        number = _parse("+" + digits, region)
        if number is not None and phonenumbers.is_valid_number(number):
            return _answer(number, phonenumbers.number_type(number) in _MOBILE)
    return None


def _parse(text, region):
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _answer(number, mobile):
    key = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return key if mobile else None, phonenumbers.national_significant_number(number)


def _is_like_mobile(number):
    region = phonenumbers.region_code_for_country_code(number.country_code)
    digits = phonenumbers.national_significant_number(number)
    return any(_only_mobiles(region, digits[:count], len(digits)) for count in (1, 2))


@lru_cache(maxsize=512)
def _only_mobiles(region, first, length):
    """Whether numbers of this length that begin so are mobiles, if they are anything.

    Asked of the library's data with a thousand numbers that begin so.
    """
    data = PhoneMetadata.metadata_for_region(region, None)
    if data is None or length not in (
        data.mobile and data.mobile.possible_length or ()
    ):
        return False
    mobile = _pattern(data.mobile)
    others = [
        pattern
        for kind in _OTHER_KINDS
        if (pattern := _pattern(getattr(data, kind, None)))
    ]
    found = False
    for middle in range(1000):
        digits = f"{first}{middle:03d}".ljust(length, "5")[:length]
        if mobile and mobile.fullmatch(digits):
            found = True
        elif any(pattern.fullmatch(digits) for pattern in others):
            return False
    return found


def _pattern(description):
    pattern = description and description.national_number_pattern
    return re.compile(pattern) if pattern else None
