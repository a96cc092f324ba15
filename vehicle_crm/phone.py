"""One key for one telephone number, however it was typed. Pure functions."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import Leniency, PhoneNumberMatcher, PhoneNumberType

DEFAULT_REGION = "PH"
LONGEST = 200  # no number is further on, and looking there takes seconds
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
# What separates two numbers in one field; a lone "-" or space does not.
_SEPARATOR = re.compile(r"[/;,|\n]|\s(?:or|and|o|at)\s|\s-\s", re.IGNORECASE)
_EXTENSION = re.compile(
    r"\s*(?:\bext(?:n|ension)?\b|\bloc(?:al)?\b|\blocal|\bext|#|\bx)[\s.:]*\d{1,6}\s*$",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)  # a page of an import asks twice for each
def mobile_key(text: str | None, *regions: str | None, mobile_only: bool = False):
    """Return the number in ``text`` as E.164, or None when there is none.

    ``regions`` are country codes tried in order for a number without a country;
    the Philippines come last. A field with several numbers gives the first one. A
    number that no country knows keeps its digits, so that the same typing still
    meets itself. ``mobile_only`` leaves out land lines and unknown numbers: a
    switchboard is not a person.
    """
    text = (text or "")[:LONGEST].strip()
    if sum(character.isdigit() for character in text) < 7:
        return None
    tried = list(
        dict.fromkeys(region for region in (*regions, DEFAULT_REGION) if region)
    )
    # Plain numbers first: looking for numbers between words is slow.
    for find in (_plain_numbers, _numbers_between):
        for region in tried:
            for number in find(text, region):
                if not mobile_only or phonenumbers.number_type(number) in _MOBILE:
                    number.extension = None
                    return phonenumbers.format_number(
                        number, phonenumbers.PhoneNumberFormat.E164
                    )
    return None if mobile_only else _digits(text)


def _plain_numbers(text, region):
    """Yield the valid numbers that are the whole text or a part of it."""
    for part in dict.fromkeys((text, *_parts(text))):
        if not _has_letters(part) and (number := _parse(part, region)):
            yield number


def _numbers_between(text, region):
    """Yield the valid numbers between words, or side by side, in their order."""
    for part in _parts(text):
        for match in PhoneNumberMatcher(part, region, leniency=Leniency.VALID):
            yield match.number
        words = part.split()
        if not _has_letters(part) and sum(map(str.isdigit, part)) > 15:
            for end in range(1, len(words)):
                if number := _parse(" ".join(words[:end]), region):
                    yield number


def _parse(text, region):
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _parts(text):
    for part in _SEPARATOR.split(text):
        part = _EXTENSION.sub("", part).strip()
        if part:
            yield part


def _digits(text):
    for part in _parts(text):
        digits = "".join(character for character in part if character.isdigit())
        if not _has_letters(part) and 7 <= len(digits) <= 15 and len(set(digits)) > 1:
            return digits
    return None


def _has_letters(text):
    return any(character.isalpha() for character in text)
