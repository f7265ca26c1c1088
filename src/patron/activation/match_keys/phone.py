"""Telephone numbers as match keys: E.164, for Google with the plus sign, for Meta without.

A number without its country's prefix needs the customer's country; where that is not known it makes no key, because a
guess would be somebody else's number. The extension behind a switchboard is left out: platforms know numbers of people.
"""

from __future__ import annotations

from patron.activation.match_keys.hashing import is_hashed
from patron.activation.match_keys.variants import Variants, or_hashed
from patron.identity.normalise.country import region
from patron.identity.normalise.phone import phone
from patron.identity.normalise.value import USED


@or_hashed
def google_phones(text: str, country: str | None = None) -> Variants:
    """Return what Google is to be told of a number.

    Examples
    --------
    >>> google_phones("(800)555-0100", "US"), google_phones("07700 900123", "GB"), google_phones("07700 900123")
    (('+18005550100',), ('+447700900123',), ())
    """
    found = phone(text, country=region(country))
    number = found.value.partition(";")[0]
    return (number,) if found.status == USED and not is_hashed(number) else ()


@or_hashed
def meta_phones(text: str, country: str | None = None) -> Variants:
    """Return what Meta is to be told of a number: the country's code and the number, digits alone.

    Examples
    --------
    >>> meta_phones("1 (650) 551-2212", "US")
    ('16505512212',)
    """
    return tuple(number.removeprefix("+") for number in google_phones(text, country))
