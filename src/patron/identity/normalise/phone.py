"""Telephone numbers, as E.164 writes them.

A number is `used` when it is possible: a known calling code and a length that its country gives out. Whether it is
given out is not asked, because the tables of that are always a little old. An extension stays (RFC 3966 writes
``;ext=``): behind a switchboard it is the extension that belongs to one person.
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from patron.identity.normalise.blocked import is_made_up_number, is_placeholder
from patron.identity.normalise.phone_plan import read
from patron.identity.normalise.value import BLOCKED, INVALID, NOTHING, USED, Normal, clean

_SIGNS = {ord(sign): None for sign in " -./()\u00a0\u2010\u2011\u2012\u2013\u2014\u202f"}
_HASHED = re.compile("[0-9a-fA-F]{64}")
_LONGEST = 100  # marks; far beyond any number with its extension


def phone(text: str, *, country: str | None = None) -> Normal:
    """Normalise one telephone number.

    Parameters
    ----------
    text : str
        The number as it was written.
    country : str, optional
        ISO code of the country whose plan holds for a number without the country's prefix.

    Examples
    --------
    >>> phone("(800)555-0100", country="US"), phone("030 / 901 820", country="DE").value
    (Normal(value='+18005550100', status='used'), '+4930901820')
    >>> phone("+44 20 7183 8750 ext. 12").value
    '+442071838750;ext=12'
    >>> phone("000000", country="DE").status, phone("12", country="DE").status, phone("030 901820").status
    ('blocked', 'invalid', 'invalid')
    """
    digits = text.translate(_SIGNS)
    if len(digits) >= 5 and digits.isascii() and (digits.isdigit() or (digits[0] == "+" and digits[1:].isdigit())):
        known = read(digits, country)
        if known is not None:
            code, number = known
            return Normal(f"+{code}{number}", BLOCKED if is_made_up_number(number) else USED)
    return _by_library(clean(text), country)


def _by_library(written: str, country: str | None) -> Normal:
    if not written:
        return NOTHING
    if _HASHED.fullmatch(written):
        return Normal(written.lower(), USED)
    try:
        number = phonenumbers.parse(written[:_LONGEST], country)
    except NumberParseException:
        return _no_number(written)
    national = phonenumbers.national_significant_number(number)
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return _no_number(written)
    value = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if number.extension:
        value += f";ext={number.extension}"
    return Normal(value, BLOCKED if is_made_up_number(national) else USED)


def _no_number(written: str) -> Normal:
    digits = "".join(mark for mark in written if mark.isdecimal())
    made_up = is_placeholder(written) or (len(digits) > 2 and is_made_up_number(digits))
    return Normal(written.lower(), BLOCKED if made_up else INVALID)
