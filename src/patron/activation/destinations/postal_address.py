"""Postal addresses, from what people typed to what a post office reads; or why a letter could not arrive.

What is compared (`identity.normalise`) decides whether a value is one; what is printed stays what was typed, in its own
letters, with the blanks and the case put right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from babel import Locale

from patron.activation.destinations.postal_layout import NO_CODES, WITH_REGION, code_as_written, laid_out
from patron.identity.normalise import BLOCKED, USED, address, is_placeholder, postal_code, street
from patron.identity.normalise.city import city as town_of
from patron.identity.normalise.country import country as country_of
from patron.identity.normalise.value import clean
from patron.language import LANGUAGE

PARTICLES = frozenset((
    "van", "der", "den", "de", "du", "von", "zu", "zum", "zur", "of", "the", "and", "la", "le", "les", "del", "della",
    "di", "da", "dos", "das", "y", "e", "i", "ten", "ter", "am", "an",
))  # fmt: skip
"""Words that stay small within a name or a street."""

LONGEST_LINE = 60  # marks; a window envelope shows no more

SHORT = 4  # letters of a region's abbreviation, at most

_FOUR_MORE = re.compile(r"([0-9]{5})[ -]?([0-9]{4})")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


@dataclass(frozen=True, kw_only=True)
class PostalAddress:
    """An address that a letter can be sent to."""

    lines: tuple[str, ...] = field(repr=False)  # as they are printed, the country last where it is another
    name: str = field(repr=False)
    street: str = field(repr=False)
    postal_code: str = field(repr=False)
    city: str = field(repr=False)
    region: str = field(repr=False)
    country: str  # ISO code
    house: str = field(repr=False)  # the same for all who live there


def postal_address(facts: Mapping[str, Any], *, home: str) -> PostalAddress | str:
    """Return the address of a person, or in one word why there is none.

    Parameters
    ----------
    facts : mapping
        `name`, or `given_name` and `family_name`; `street`, `postal_code`, `city`, `region`, `country`.
    home : str
        ISO code of the country that letters are posted in: holds where none is said, and is not printed.

    Examples
    --------
    >>> ann = {"name": "ANN SMITH", "street": "12 high  street", "postal_code": "ls14ap", "city": "Leeds"}
    >>> postal_address(ann, home="GB").lines
    ('Ann Smith', '12 High Street', 'LEEDS', 'LS1 4AP')
    >>> postal_address(ann | {"postal_code": "99999"}, home="GB"), postal_address({"name": "Ann"}, home="GB")
    ('wrong_postal_code', 'no_street')
    """
    told = {name: _tidy(str(value)) for name, value in facts.items() if isinstance(value, str | int)}
    land = country_of(told["country"]) if told.get("country") else None
    country = home if land is None else land.value
    if land is not None and land.status != USED:
        return "no_country"
    name = told.get("name") or " ".join(told[part] for part in ("given_name", "family_name") if told.get(part))
    code = _code(told.get("postal_code", ""), country)
    region = _region(told.get("region", ""), country)
    if wrong := _wrong(name, told, region, country):
        return wrong
    if code is None:
        return "wrong_postal_code"
    parts = {"N": _cased(name), "S": _cased(told["street"]), "C": told["city"].upper(), "Z": code, "R": region}
    lines = laid_out(country, parts)
    if country != home:
        lines.append(_in_words(country).upper())
    if any(len(line) > LONGEST_LINE for line in lines):
        return "too_long"
    return PostalAddress(
        lines=tuple(lines), name=parts["N"], street=parts["S"], postal_code=code, city=parts["C"], region=region,
        country=country, house=_house(told, code, country),
    )  # fmt: skip


def _wrong(name: str, told: Mapping[str, str], region: str, country: str) -> str | None:
    """Return what of an address is missing; a placeholder is as good as nothing."""
    if not name or is_placeholder(name) or not any(mark.isalpha() for mark in name):
        return "no_name"
    if not told.get("street") or street(told["street"]).status == BLOCKED:
        return "no_street"
    if not told.get("city") or town_of(told["city"]).status != USED:
        return "no_city"
    return "no_region" if country in WITH_REGION and not region else None


def _code(text: str, country: str) -> str | None:
    """Return the postal code as it is written; empty where the country has none, and none where it is wrong."""
    if country in NO_CODES:
        return ""
    if country == "US" and (found := _FOUR_MORE.fullmatch(text)):
        return f"{found[1]}-{found[2]}"
    code = postal_code(text, country=country) if text else None
    if code is None:
        return None
    return code_as_written(code.value, country) if code.status == USED else None


def _region(text: str, country: str) -> str:
    """Return a region; few letters in one case stand for a longer name, as CDMX or ca."""
    short = len(text) <= SHORT and text.isalpha() and text in (text.upper(), text.lower())
    return text.upper() if short or country in WITH_REGION else _cased(text)


def _house(told: Mapping[str, str], code: str, country: str) -> str:
    key = address(told["street"], postal_code=code.replace(" ", ""), city=told["city"])
    return f"{country} {key.value}"


def _tidy(text: str) -> str:
    """Return a text in one line, in its own letters, without what nobody sees and commas at its ends."""
    return clean(text).strip(",; ")


def _cased(text: str) -> str:
    """Put capitals where somebody typed all large or all small; what has both was meant so."""
    if text != text.upper() and text != text.lower():
        return text
    words = text.split(" ")
    return " ".join(
        word.lower() if place and word.lower() in PARTICLES else _WORD.sub(_capital, word)
        for place, word in enumerate(words)
    )


def _capital(word: re.Match[str]) -> str:
    parts = re.split("(['’])", word[0])
    if len(parts) == 3 and len(parts[0]) == 1:  # O'Brien, D'Angelo; not Ann's
        return f"{parts[0].upper()}{parts[1]}{parts[2].capitalize()}"
    return word[0].capitalize()


def _in_words(country: str) -> str:
    return str(Locale(LANGUAGE).territories.get(country, country))


__all__ = ["LONGEST_LINE", "PostalAddress", "postal_address"]
