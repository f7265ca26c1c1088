"""Towns, states, postal codes and countries as match keys.

Meta's page asks for towns in a to z. A name with other Latin letters is sent so, and as it is written in UTF-8, because
other pages of Meta's take that; one in another alphabet is sent not at all: spelt in Latin letters it would be a town
that nobody wrote, and without its letters the hash of nothing.
"""

from __future__ import annotations

import re
import unicodedata

from patron.activation.match_keys.us_states import US_STATES
from patron.activation.match_keys.variants import Variants, distinct, or_hashed
from patron.identity.normalise.blocked import is_placeholder
from patron.identity.normalise.country import region
from patron.identity.normalise.latin import ascii_letters
from patron.identity.normalise.postal_code import postal_code
from patron.identity.normalise.value import USED

_BESIDE = re.compile(r"[,(\[/].*$|\b\w*\d\w*\b|\bcedex\b", re.IGNORECASE)
"""What stands beside a town's name: its state, its district, the number of its quarter."""

_UK = ("GB", "JE", "GG", "IM")
_UK_WHOLE = re.compile("(?P<district>[A-Z]{1,2}[0-9][0-9A-Z]?)(?P<inward>[0-9][A-Z]{2})")
_LONG_US = re.compile(r"(\d{5})[-\s]?(\d{4})")
_BETWEEN = {"GB": -3, "JE": -3, "GG": -3, "IM": -3, "CA": 3, "IE": 3, "NL": 4}
"""Where a blank stands in the codes of countries that write letters and digits."""


@or_hashed
def meta_cities(text: str) -> Variants:
    """Return what Meta is to be told of a town.

    Examples
    --------
    >>> meta_cities("New York, NY"), meta_cities("Z\u00fcrich"), meta_cities("\u6771\u4eac")
    (('newyork',), ('zurich', 'z\u00fcrich'), ())
    """
    return _latin(_BESIDE.sub(" ", text)) if not is_placeholder(text) else ()


@or_hashed
def meta_states(text: str, country: str | None = None) -> Variants:
    """Return what Meta is to be told of a state: two letters in the United States, elsewhere its name or letters.

    Examples
    --------
    >>> meta_states("California", "US"), meta_states("Bavaria", "US"), meta_states("Nordrhein-Westfalen", "DE")
    (('ca',), (), ('nordrheinwestfalen',))
    """
    if is_placeholder(text):
        return ()
    names = _latin(text)
    if region(country) != "US":
        return names
    return distinct(US_STATES.get(name, "") for name in names)


@or_hashed
def meta_zips(text: str, country: str | None = None) -> Variants:
    """Return what Meta is to be told of a postal code.

    The first five digits in the United States; area, district and sector in the United Kingdom; elsewhere all of it,
    without blanks. One of Meta's pages takes hyphens out and the other does not: what has one is sent both ways.

    Examples
    --------
    >>> meta_zips("94035-1234", "US"), meta_zips("SW1A 1AA", "GB"), meta_zips("00-950", "PL")
    (('94035',), ('sw1a1',), ('00950', '00-950'))
    """
    land = region(country)
    found = postal_code(text, country=land)
    if found.status != USED:
        return ()
    if land in _UK:
        whole = _UK_WHOLE.fullmatch(found.value)
        return (f"{whole['district']}{whole['inward'][0]}".lower(),) if whole else (found.value.lower(),)
    if land is None and (long := _LONG_US.fullmatch(text)) and "-" in text:  # nobody else writes 5+4
        return (long[1],)
    return distinct([found.value.lower(), "" if land == "US" else _hyphenated(text, found.value).lower()])


@or_hashed
def google_postal_codes(text: str, country: str | None = None) -> Variants:
    """Return what Google is to be told of a postal code, which it does not want hashed.

    Five digits, or five and four, in the United States; elsewhere the code as its country writes it.

    Examples
    --------
    >>> google_postal_codes("940351234", "US"), google_postal_codes("sw1a1aa", "GB")
    (('94035-1234',), ('SW1A 1AA',))
    """
    land = region(country)
    found = postal_code(text, country=land)
    if found.status != USED:
        return ()
    if land == "US" and (long := _LONG_US.fullmatch(text)):
        return (f"{long[1]}-{long[2]}",)
    at = _BETWEEN.get(land or "")
    if at is not None and not found.value.isdigit():
        return (f"{found.value[:at]} {found.value[at:]}".strip(),)
    return distinct([found.value, "" if land == "US" else _hyphenated(text, found.value)])


def country_code(text: str | None) -> str | None:
    """Return the ISO code of a country in capital letters, as Google takes it."""
    return region(text)


@or_hashed
def meta_countries(text: str) -> Variants:
    """Return what Meta is to be told of a country.

    Examples
    --------
    >>> meta_countries("Deutschland"), meta_countries("Atlantis")
    (('de',), ())
    """
    return distinct([(region(text) or "").lower()])


def _hyphenated(text: str, digits: str) -> str:
    """Return a code as it was written, where that is its digits with one hyphen; nothing otherwise."""
    written = "".join(text.split())
    return written if written.count("-") == 1 and written.replace("-", "") == digits else ""


def _latin(text: str) -> Variants:
    """Return the letters of a name in Latin script: in a to z, and as they are written."""
    lower = unicodedata.normalize("NFC", text.lower())
    letters = "".join(mark for mark in lower if unicodedata.category(mark)[0] in "LM")
    if not letters or not all(_is_latin(mark) for mark in letters):
        return ()
    plain = "".join(mark for mark in ascii_letters(letters) if "a" <= mark <= "z")
    return distinct([plain, letters])


def _is_latin(mark: str) -> bool:
    return unicodedata.category(mark)[0] == "M" or unicodedata.name(mark, "").startswith("LATIN ")
