"""Streets, told apart into name, house number and dwelling; and the address that they make with the town.

``Haupt-Strasse 12 a, Whg. 3`` and ``Hauptstr. 12A`` are one house, ``12 High St`` and ``12, High Street`` another. The
dwelling is part of the street and not of the address: one system asks for it and the next does not.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from patron.identity.normalise.blocked import is_placeholder
from patron.identity.normalise.latin import ascii_letters
from patron.identity.normalise.street_words import (
    BOXES,
    COMPASS,
    FIRST,
    FLOORS,
    LAST,
    NUMBER_SIGNS,
    UNITS,
    street_word,
)
from patron.identity.normalise.value import BLOCKED, INVALID, NOTHING, USED, Normal, clean

_APOSTROPHES = re.compile("['’‘`´]")
_AROUND_SIGNS = re.compile("(?<=[0-9])(?:[ ]*([-/])[ ]*(?=[0-9])|[ ]+(?=(?:bis|ter|quater)\\b))")
_WORDS = re.compile("[0-9]+(?:[a-z]{1,4}(?![a-z]))?(?:[-/][0-9]+[a-z]?(?![a-z0-9]))?|[a-z]+")
_ORDINAL = re.compile("[0-9]+(?:st|nd|rd|th|er|eme)")
_LEAST_WORDS = 3
"""A house without a number has a name of its own: Rose Cottage, Church Lane. High Street alone is no house."""


class House(NamedTuple):
    """A street told apart."""

    street: str
    number: str
    unit: str
    status: str

    @property
    def value(self) -> str:
        """The street with house number and dwelling."""
        return " ".join(part for part in (self.street, self.number, self.unit and f"unit {self.unit}") if part)

    @property
    def key(self) -> str:
        """The house: what an address is made of; empty where it does not say which house."""
        which = self.number or len(self.street.split()) >= _LEAST_WORDS
        return f"{self.street} {self.number}".strip() if self.status == USED and which and self.street else ""


def street(text: str) -> Normal:
    """Normalise street, house number and dwelling.

    Examples
    --------
    >>> [street(text).value for text in ("Hauptstraße 12 a", "Haupt-Str. 12A", "Flat 2, 12 North St.", "5th Ave 1")]
    ['haupt str 12a', 'haupt str 12a', 'n str 12 unit 2', '5th av 1']
    """
    found = house(text)
    return Normal(found.value, found.status) if found.value else NOTHING


def address(text: str, *, postal_code: str = "", city: str = "") -> Normal:
    """Return the key of a house: street, house number and the normalised postal code, or the town without one.

    Examples
    --------
    >>> address("12, rue de la Paix", postal_code="75002").value
    'rue paix 12, 75002'
    >>> address("12, rue de la Paix").status, address("rue de la Paix", city="paris").status
    ('invalid', 'invalid')
    """
    found, place = house(text), postal_code or city
    if not found.value:
        return NOTHING
    value = ", ".join(part for part in (found.key or found.value, place) if part)
    if found.status == BLOCKED:
        return Normal(value, BLOCKED)
    return Normal(value, USED if found.key and place else INVALID)


def house(text: str) -> House:
    """Tell a street apart into its name, house number and dwelling.

    Examples
    --------
    >>> house("ul. Długa 12/3")
    House(street='dluga', number='12', unit='3', status='used')
    """
    written = clean(text)
    lower = _APOSTROPHES.sub("", ascii_letters(written.replace("°", " ").replace("º", " "))).replace("#", " unit ")
    words, unit = _without_unit(_WORDS.findall(_AROUND_SIGNS.sub(r"\1", lower)))
    rest, number, behind = _without_number(words)
    number, _, door = number.partition("/")
    name = _name(rest)
    if not name:
        return House(written.casefold(), "", "", BLOCKED if written and is_placeholder(written) else INVALID)
    status = BLOCKED if is_placeholder(" ".join(rest)) else USED if any(mark.isalpha() for mark in name) else INVALID
    return House(name, number.lstrip("0"), unit or behind or door, status)


def _without_unit(words: list[str]) -> tuple[list[str], str]:
    """Take the dwelling and the floor out."""
    if UNITS.isdisjoint(words) and FLOORS.isdisjoint(words):
        return words, ""
    kept: list[str] = []
    unit, place = "", 0
    while place < len(words):
        word, after = words[place], words[place + 1] if place + 1 < len(words) else ""
        if word in UNITS and after and (after[0].isdigit() or len(after) == 1) and not _is_ordinal(after):
            unit, place = after, place + 2
        elif word[0].isdigit() and after in FLOORS:
            place += 2
        else:
            kept.append(word)
            place += 1
    return kept, unit


def _without_number(words: list[str]) -> tuple[list[str], str, str]:
    """Take the house number out: the first word, or the first of those at the end, or else the last within.

    Numbers behind that of the house are those of a dwelling: Calle Mayor 5, 3 B.
    """
    places = [place for place, word in enumerate(words) if word[0].isdigit() and not _is_ordinal(word)]
    if not places:
        return words, "", ""
    if words[0] in BOXES:
        return [word for word in words if not word[0].isdigit()], "".join(words[place] for place in places), ""
    place = 0 if places[0] == 0 and len(words) > 1 else _first_of_run(words, places)
    number, end = _lettered(words, place)
    behind = end < len(words) and place > 0 and end in places
    unit, stop = _lettered(words, end) if behind else ("", end)
    start = place - 1 if place and words[place - 1] in NUMBER_SIGNS else place
    return words[:start] + words[stop:], number, unit


def _first_of_run(words: list[str], places: list[int]) -> int:
    """Return where the numbers at the end begin, should one follow the other; at most two do."""
    last, before = places[-1], places[-2] if len(places) > 1 else -1
    follows = before >= 0 and (before == last - 1 or (before == last - 2 and len(words[last - 1]) == 1))
    return before if follows and before > 0 else last


def _lettered(words: list[str], place: int) -> tuple[str, int]:
    """Return the number at `place` with the letter behind it, and where the next word is."""
    number, end = words[place], place + 1
    letter = words[end] if end < len(words) else ""
    if len(letter) == 1 and letter.isalpha() and number[-1].isdigit() and _belongs(letter, words, end):
        return number + letter, end + 1
    return number, end


def _belongs(letter: str, words: list[str], place: int) -> bool:
    """Tell whether a letter behind the number is a part of it, and neither north nor the kind of the street."""
    last = place == len(words) - 1
    return last or not (letter in COMPASS or letter in FIRST)


def _is_ordinal(word: str) -> bool:
    return _ORDINAL.fullmatch(word) is not None


def _name(words: list[str]) -> str:
    keys: list[str] = []
    end = len(words) - 1
    while end > 0 and words[end] in COMPASS:
        end -= 1
    for place, word in enumerate(words):
        if place == 0 and word in FIRST and end:
            keys.append(FIRST[word])
        elif place == end and place and word in LAST:
            keys.append(LAST[word])
        elif word == "st":
            keys.append("saint")
        else:
            keys.extend((word,) if word[0].isdigit() else street_word(word))
    return " ".join(keys) if keys else " ".join(words)
