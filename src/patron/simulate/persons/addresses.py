"""Where each simulated record says that its person lives, and in which spelling."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.simulate.habits import COUNTRIES
from patron.simulate.persons.persons import NO_NAMESAKE, Persons
from patron.simulate.persons.spellings import two_letters
from patron.simulate.persons.texts import digits, drawn_way, joined, only, words
from patron.simulate.persons.towns import LANDS

WAYS = ("same", "rewritten", "moved", "missing")
OF_FIRST = (0.80, 0.17, 0.0, 0.03)
OF_SECOND = (0.52, 0.31, 0.12, 0.05)
SPELLINGS = 3  # home, shortened, without marks

LETTERS = ("", "a", "b", "c")
POSTAL_LETTERS = "ABCDEGHJKLMNPRTVWXZ"
_SHORT = (
    ("straße", "str."), ("Straße", "Str."), ("straat", "str."), ("laan", "ln"), ("avenue", "av."), ("boulevard", "bd"),
    ("rue ", "r. "), ("place", "pl."), ("chemin", "ch."), ("allée", "all."), ("ul. ", ""), ("platz", "pl."),
)  # fmt: skip
_ABROAD = {
    "München": "Munich", "Köln": "Cologne", "Wien": "Vienna", "Genève": "Geneva", "Warszawa": "Warsaw",
    "'s-Gravenhage": "Den Haag", "Zürich": "Zurich", "Hannover": "Hanover", "Frankfurt am Main": "Frankfurt",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Places:
    """An address an entry, in numbers."""

    town: NDArray[np.int64]  # among all towns
    street: NDArray[np.int64]  # among all streets
    house: NDArray[np.int64]
    letter: NDArray[np.int64]  # of the house
    code: NDArray[np.int64]  # end of the postal code
    country: NDArray[np.int64]

    def of(self, who: NDArray[np.int64]) -> Places:
        """Return the addresses at these places."""
        return Places(**{field.name: getattr(self, field.name)[who] for field in fields(self)})

    def but(self, other: Places, chosen: NDArray[np.bool_]) -> Places:
        """Return these addresses, those of `other` where chosen."""
        return Places(
            **{
                field.name: np.where(chosen, getattr(other, field.name), getattr(self, field.name))
                for field in fields(self)
            }
        )


def places(rng: np.random.Generator, people: Persons) -> Places:
    """Draw an address of each person: one for a household, in one town for namesakes."""
    drawn = somewhere(rng, people.country).of(people.homes.holder)
    myself = np.arange(len(people))
    known = people.namesake != NO_NAMESAKE
    town = drawn.town[np.where(known, np.minimum(myself, people.namesake), myself)]
    return Places(**{**{field.name: getattr(drawn, field.name) for field in fields(drawn)}, "town": town})


def somewhere(rng: np.random.Generator, country: NDArray[np.int64]) -> Places:
    """Draw an address in each of the countries."""
    count = len(country)
    towns = np.array([len(LANDS[name].towns) for name in COUNTRIES])
    streets = np.array([len(LANDS[name].streets) for name in COUNTRIES])
    return Places(
        town=(np.cumsum(towns) - towns)[country] + (rng.random(count) ** 1.5 * towns[country]).astype(np.int64),
        street=(np.cumsum(streets) - streets)[country] + rng.integers(0, streets[country]),
        house=1 + (rng.gamma(1.5, 18, count)).astype(np.int64),
        letter=rng.choice(len(LETTERS), count, p=(0.85, 0.08, 0.05, 0.02)),
        code=rng.integers(0, 1000, count),
        country=country,
    )


def postal(
    rng: np.random.Generator, *, homes: Places, first: NDArray[np.bool_]
) -> tuple[dict[str, pa.Array], NDArray[np.int64]]:
    """Write the address of each record: its columns, and the place in `WAYS` of each."""
    way = drawn_way(rng, first=first, of_first=OF_FIRST, of_second=OF_SECOND)
    written = homes.but(somewhere(rng, homes.country), way == WAYS.index("moved"))
    style = np.where(way == WAYS.index("rewritten"), rng.integers(1, SPELLINGS, len(first)), 0)
    told = way != WAYS.index("missing")
    columns = {
        "street": _street(rng, written, style),
        "city": _spelled(_town_names(), written.town, style),
        "region": words([region for land in LANDS.values() for _, region, _ in land.towns], written.town),
        "postal_code": _code(written, style),
    }
    return {name: only(column, told) for name, column in columns.items()}, way


def _street(rng: np.random.Generator, at: Places, style: NDArray[np.int64]) -> pa.Array:
    street = _spelled(_street_names(), at.street, style)
    apart = pa.array((style > 0) & (rng.random(len(style)) < 0.5))
    letter = words(LETTERS, at.letter)
    letter = pc.if_else(apart, pc.utf8_upper(joined(" ", letter)), letter)
    number = joined(pa.array(at.house).cast(pa.string()), pc.utf8_rtrim_whitespace(letter))
    ahead = np.array([LANDS[name].number_first for name in COUNTRIES])[at.country]
    text = pc.if_else(pa.array(ahead), joined(number, " ", street), joined(street, " ", number))
    return pc.if_else(pa.array((style == SPELLINGS - 1) & (at.code % 4 == 0)), pc.utf8_upper(text), text)


def _code(at: Places, style: NDArray[np.int64]) -> pa.Array:
    begins = [begin for land in LANDS.values() for _, _, begin in land.towns]
    wide = np.array([land.code - len(begin) for land in LANDS.values() for _, _, begin in land.towns])[at.town]
    end = pc.if_else(pa.array(wide == 3), digits(at.code, width=3), digits(at.code % 100, width=2))
    letters = words([f" {one}{two}" for one in POSTAL_LETTERS for two in POSTAL_LETTERS], at.code % 361)
    lettered = np.array([LANDS[name].letters for name in COUNTRIES])[at.country]
    code = joined(words(begins, at.town), end, pc.if_else(pa.array(lettered), letters, ""))
    close = pc.replace_substring_regex(code, "[ -]", "")
    return pc.if_else(pa.array(style > 0), close, code)


def _spelled(names: tuple[str, ...], places: NDArray[np.int64], style: NDArray[np.int64]) -> pa.Array:
    return words(names, places + style * (len(names) // SPELLINGS))


@lru_cache(maxsize=1)
def _street_names() -> tuple[str, ...]:
    home = [street for land in LANDS.values() for street in land.streets]
    return (*home, *map(_shortened, home), *map(two_letters, home))


@lru_cache(maxsize=1)
def _town_names() -> tuple[str, ...]:
    home = [town for land in LANDS.values() for town, _, _ in land.towns]
    return (*home, *(_ABROAD.get(town, town) for town in home), *map(two_letters, home))


def _shortened(street: str) -> str:
    for long, short in _SHORT:
        street = street.replace(long, short)
    return street
