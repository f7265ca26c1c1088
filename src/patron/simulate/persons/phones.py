"""The telephone numbers of simulated people, in numbers kept free for fiction where a country has them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.simulate.habits import COUNTRIES
from patron.simulate.persons.persons import Persons
from patron.simulate.persons.texts import digits, drawn_way, joined, one_of, only, words
from patron.simulate.persons.towns import LANDS

HOUSEHOLD = 0.35  # share of people in a shared home who give its landline
ABROAD = 0.004  # share of people with a British or American number, from the ranges of films
AREAS = ("201", "206", "212", "303", "312", "404", "415", "503", "617", "702", "713", "808")

WAYS = ("same", "changed", "missing")
OF_FIRST = (0.85, 0.0, 0.15)
OF_SECOND = (0.72, 0.13, 0.15)
JUNK, JUNK_SHARE = ("0000000000", "000", "0123456789", "+49 000 000000"), 0.008

CHUNK, STRIDE = 10_000, 7_919  # numbers of a block of fiction, and a prime

Numbers = tuple[pa.Array, pa.Array]  # the country's prefix and the rest


def numbers(rng: np.random.Generator, people: Persons, *, turn: int = 0) -> Numbers:
    """Return a number of each person; a landline is one for the household, a mobile number one for a person.

    With another `turn` the numbers are others.
    """
    shared = people.homes.of("couple", "family") & (rng.random(len(people)) < HOUSEHOLD)
    owner = np.where(shared & (turn == 0), people.homes.holder, np.arange(len(people)))
    place = _rank(people.country, rng.random(len(people))) * 2 + turn
    prefix = words([land.dialling for land in LANDS.values()], people.country)
    mobile, landline = (_in_block(people.country, place[owner], kind) for kind in ("mobile", "landline"))
    number = pc.if_else(pa.array(shared & (turn == 0)), landline, mobile)
    abroad = np.where(rng.random(len(people)) < ABROAD, rng.integers(1, 3, len(people)), 0)
    british = joined("7700900", digits(rng.integers(0, 1000, len(people)), width=3))
    area = words(AREAS, rng.integers(0, len(AREAS), len(people)))
    american = joined(area, "55501", digits(rng.integers(0, 100, len(people)), width=2))
    return one_of(abroad, [prefix, "44", "1"]), one_of(abroad, [number, british, american])


def phones(
    rng: np.random.Generator, *, usual: Numbers, other: Numbers, first: NDArray[np.bool_]
) -> tuple[pa.Array, NDArray[np.int64], NDArray[np.bool_]]:
    """Write the number of each record in one of the ways in which people do.

    Returns
    -------
    tuple
        The numbers, the place in `WAYS` of each, and whether it is no number at all but filled in.
    """
    way = drawn_way(rng, first=first, of_first=OF_FIRST, of_second=OF_SECOND)
    changed = pa.array(way == WAYS.index("changed"))
    prefix, number = (pc.if_else(changed, new, old) for new, old in zip(other, usual, strict=True))
    text = only(_written(rng, prefix, number), way != WAYS.index("missing"))
    junk = rng.random(len(first)) < JUNK_SHARE
    return pc.if_else(pa.array(junk), words(JUNK, rng.integers(0, len(JUNK), len(first))), text), way, junk


def _written(rng: np.random.Generator, prefix: pa.Array, number: pa.Array) -> pa.Array:
    """Write numbers: those from abroad with the country's prefix, the others mostly without."""
    near = np.isin(prefix.to_numpy(zero_copy_only=False), [land.dialling for land in LANDS.values()])
    at_home = rng.choice(6, len(near), p=(0.3, 0.05, 0.25, 0.2, 0.1, 0.1))
    style = np.where(near, at_home, rng.integers(0, 2, len(near)))
    area, rest = pc.utf8_slice_codeunits(number, 0, 3), pc.utf8_slice_codeunits(number, 3)
    trunk = pc.if_else(pc.equal(prefix, "48"), "", "0")  # Poland dials without a zero
    return one_of(
        style,
        [
            joined("+", prefix, number), joined("00", prefix, " ", area, " ", rest), joined(trunk, number),
            joined(trunk, area, " ", rest), joined(trunk, area, "/", rest), joined("+", prefix, " ", area, "-", rest),
        ],
    )  # fmt: skip


def _in_block(country: NDArray[np.int64], place: NDArray[np.int64], kind: str) -> pa.Array:
    blocks = [getattr(LANDS[name], kind) for name in COUNTRIES]
    start, size = (np.array([block[at] for block in blocks], np.int64) for at in (2, 1))
    first = [block[0] for block in blocks]
    within = place - place % CHUNK + place % CHUNK * STRIDE % CHUNK  # every number once, neighbours far apart
    number = (start[country] + within) % 10 ** size[country]
    long, short = digits(number, width=6), digits(number % 100_000, width=5)
    return joined(words(first, country), pc.if_else(pa.array(size[country] == 6), long, short))


def _rank(group: NDArray[np.int64], chance: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the number of each person in the country, from 0, in an order of chance."""
    order = np.lexsort((chance, group))
    rank = np.empty(len(group), np.int64)
    rank[order] = np.arange(len(group)) - np.searchsorted(group[order], group[order])
    return rank
