"""How each simulated record writes the name and the day of birth of its person."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.simulate.persons.name_pool import draw_family, family_names, given_names, in_form
from patron.simulate.persons.persons import Persons
from patron.simulate.persons.slips import slips
from patron.simulate.persons.texts import drawn_way, joined, one_of, only, rewritten, words

WAYS = ("same", "without_marks", "mistyped", "initial", "swapped", "married")
OF_FIRST = (0.94, 0.05, 0.004, 0.003, 0.003, 0.0)
OF_SECOND = (0.71, 0.13, 0.08, 0.02, 0.03, 0.03)
IN_ONE = 0.12  # share of records with the whole name in one field

BIRTH_WAYS = ("same", "mistyped", "filled_in", "missing")
BIRTHS_OF_FIRST = (0.55, 0.004, 0.006, 0.44)
BIRTHS_OF_SECOND = (0.53, 0.02, 0.01, 0.44)
FILLED_IN = ("1970-01-01", "1900-01-01")

JUNK, JUNK_SHARE = ("Gast", "Unknown", "Test", "n/a"), 0.004


def names(
    rng: np.random.Generator, people: Persons, *, who: NDArray[np.int64], first: NDArray[np.bool_]
) -> tuple[dict[str, pa.Array], NDArray[np.int64], NDArray[np.bool_]]:
    """Write the name of each record.

    Returns
    -------
    tuple
        The columns, the place in `WAYS` of each, and whether the name is nobody's, but filled in.
    """
    way = drawn_way(rng, first=first, of_first=OF_FIRST, of_second=OF_SECOND)
    given, family = _spelled(rng, people, who, way)
    mistyped = way == WAYS.index("mistyped")
    which = rng.random(len(way)) < 0.6
    family = _slipped(rng, family, mistyped & which)
    given = _slipped(rng, given, mistyped & ~which)
    given = pc.if_else(pa.array(way == WAYS.index("initial")), joined(pc.utf8_slice_codeunits(given, 0, 1), "."), given)
    swapped = pa.array(way == WAYS.index("swapped"))
    given, family = pc.if_else(swapped, family, given), pc.if_else(swapped, given, family)
    return _in_fields(rng, given, family, way)


def births(
    rng: np.random.Generator, *, born: NDArray[np.int64], first: NDArray[np.bool_]
) -> tuple[pa.Array, NDArray[np.int64]]:
    """Write the day of birth of each record, and return the place in `BIRTH_WAYS` of each."""
    way = drawn_way(rng, first=first, of_first=BIRTHS_OF_FIRST, of_second=BIRTHS_OF_SECOND)
    wrong = born + rng.choice([-1, 1, 10, -10, 365, -365, 3652, 31], len(born))
    nobody = np.array(FILLED_IN, "datetime64[D]").astype(np.int64)[rng.integers(0, len(FILLED_IN), len(born))]
    day = np.select([way == 1, way == 2], [wrong, nobody], born)
    return only(pa.array(day.astype("datetime64[D]"), pa.date32()), way != 3), way


def _spelled(
    rng: np.random.Generator, people: Persons, who: NDArray[np.int64], way: NDArray[np.int64]
) -> tuple[pa.Array, pa.Array]:
    """Return given and family names in the spelling of each record, and the family name of a marriage."""
    given, family = people.given[who], people.family[who]
    married = way == WAYS.index("married")
    other = in_form(draw_family(rng, culture=people.culture[who[married]]), people.woman[who[married]])
    plain = np.where(way == WAYS.index("without_marks"), rng.integers(2, 5, len(way)), 1)
    style = np.where((plain == 1) & people.at_home[who], 0, plain)
    first, last = given_names().mixed(given, style), family_names().mixed(family, style)
    old = last.filter(pa.array(married))
    new = family_names().written(other, "latin")
    kept = pa.array(rng.random(len(new)) < 0.3)
    return first, rewritten(last, married, pc.if_else(kept, joined(old, "-", new), new))


def _slipped(rng: np.random.Generator, texts: pa.Array, chosen: NDArray[np.bool_]) -> pa.Array:
    return rewritten(texts, chosen, slips(rng, texts.filter(pa.array(chosen))))


def _in_fields(
    rng: np.random.Generator, given: pa.Array, family: pa.Array, way: NDArray[np.int64]
) -> tuple[dict[str, pa.Array], NDArray[np.int64], NDArray[np.bool_]]:
    """Put the names into two fields, or both into one, there also the family name first."""
    count = len(way)
    one, junk = rng.random(count) < IN_ONE, rng.random(count) < JUNK_SHARE
    style = rng.choice(3, count, p=(0.6, 0.25, 0.15))
    straight = joined(given, " ", family)
    whole = one_of(style, [straight, joined(family, ", ", given), pc.utf8_upper(straight)])
    filled = words(JUNK, rng.integers(0, len(JUNK), count))
    return (
        {
            "name": only(pc.if_else(pa.array(junk), filled, whole), one | junk),
            "given_name": only(given, ~one & ~junk),
            "family_name": only(family, ~one & ~junk),
        },
        way,
        junk,
    )
