"""The people behind the customer records: name, sex, day of birth and home."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.simulate.habits import COUNTRIES, pick
from patron.simulate.persons.cultures import LIVES_IN
from patron.simulate.persons.homes import Homes, homes
from patron.simulate.persons.name_pool import draw_family, draw_given, in_form

YEAR = 365.25  # days
AT_HOME = 0.2  # share of people from Cyrillic cultures who write their names so
NO_NAMESAKE = -1


@dataclass(frozen=True, kw_only=True, eq=False)
class Persons:
    """One entry a person in every array."""

    country: NDArray[np.int64]  # place in COUNTRIES
    culture: NDArray[np.int64]  # place in CULTURES
    woman: NDArray[np.bool_]
    given: NDArray[np.int64]  # place among the given names
    family: NDArray[np.int64]  # place among the family names, in the person's form
    born: NDArray[np.int64]  # days since 1970
    at_home: NDArray[np.bool_]  # writes the name in the letters of home
    homes: Homes
    namesake: NDArray[np.int64]  # a stranger in the same town who has the same name; NO_NAMESAKE for most
    junior: NDArray[np.bool_]  # has the name of the household's holder, and is not the holder
    twin: NDArray[np.bool_]  # was born on the day of a brother or sister

    def __len__(self) -> int:
        return len(self.country)


NAMESAKES = 0.002  # share of people who share name and town with a stranger
JUNIORS = 0.01  # share of children who have the name of the parent
TWINS = 0.10  # share of fourth members of families


def persons(rng: np.random.Generator, *, country: NDArray[np.int64], last_day: int) -> Persons:
    """Draw the people; `last_day` counts from 1970."""
    drawn = homes(rng, country=country)
    holder, kin, child = drawn.holder, drawn.of("couple", "family"), _children(drawn)
    culture = _cultures(rng, country)
    foreign = (drawn.place == 1) & (rng.random(len(country)) < 0.15)
    culture = np.where(kin & ~foreign, culture[holder], culture)
    woman = rng.random(len(country)) < 0.5
    pair = kin & (drawn.place == 1) & (rng.random(len(country)) < 0.92)
    woman = np.where(pair, ~woman[holder], woman)
    given = draw_given(rng, culture=culture, woman=woman, along=np.where(kin, drawn.place, 0), like=holder)
    family = draw_family(rng, culture=culture)
    shared = kin & (child | (drawn.place == 0) | (rng.random(len(country)) < 0.75))
    family = np.where(shared, family[holder], family)
    born = _births(rng, drawn, last_day=last_day)
    junior = child & (woman == woman[holder]) & (rng.random(len(country)) < JUNIORS)
    given = np.where(junior, given[holder], given)
    born, twin = _twins(rng, drawn, born)
    like, namesake = _namesakes(rng, drawn, country)
    at_home = rng.random(len(country)) < AT_HOME
    return Persons(
        country=country, culture=culture[like], woman=woman[like], given=given[like],
        family=in_form(family, woman)[like], born=born, at_home=at_home[like], homes=drawn,
        namesake=namesake, junior=junior, twin=twin,
    )  # fmt: skip


def _children(drawn: Homes) -> NDArray[np.bool_]:
    return np.asarray(drawn.of("family") & (drawn.place > 1))


def _cultures(rng: np.random.Generator, country: NDArray[np.int64]) -> NDArray[np.int64]:
    shares = np.array([LIVES_IN[name] for name in COUNTRIES])
    return pick(rng, (shares / shares.sum(axis=1, keepdims=True))[country])


def _births(rng: np.random.Generator, drawn: Homes, *, last_day: int) -> NDArray[np.int64]:
    """Draw days of birth: parents about thirty years before their children, partners of nearly the same age."""
    count, holder = len(drawn.place), drawn.holder
    age = 18 + 60 * rng.beta(1.6, 2.2, count)
    age = np.where(drawn.of("flat"), rng.uniform(19, 33, count), age)
    age = np.where(drawn.of("family"), rng.uniform(44, 62, count), age)
    age = np.where(drawn.of("couple", "family") & (drawn.place == 1), age[holder] + rng.normal(0, 3, count), age)
    age = np.where(_children(drawn), np.minimum(rng.uniform(16, 27, count), age[holder] - 20), age)
    return np.asarray(last_day - np.rint(np.maximum(age, 16) * YEAR).astype(np.int64))


def _twins(
    rng: np.random.Generator, drawn: Homes, born: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Let some fourth members of families be born on the day of the third."""
    third = np.full(drawn.count, -1)
    at = np.flatnonzero(drawn.of("family") & (drawn.place == 2))
    third[drawn.household[at]] = at
    chosen = np.flatnonzero(drawn.of("family") & (drawn.place == 3))
    chosen = chosen[rng.random(len(chosen)) < TWINS]
    other = third[drawn.household[chosen]]
    born = born.copy()
    born[chosen] = born[other]
    twin = np.zeros(len(born), np.bool_)
    twin[chosen] = twin[other] = True
    return born, twin


def _namesakes(
    rng: np.random.Generator, drawn: Homes, country: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair strangers of a country who live alone: whose name each one has, and who the other one is."""
    alone = np.flatnonzero(drawn.of("alone"))
    alone = alone[np.lexsort((rng.random(len(alone)), country[alone]))]
    pairs = round(NAMESAKES * len(country) / 2)
    turn = np.sort(rng.permutation(len(alone) // 2)[:pairs]) * 2
    one, two = alone[turn], alone[turn + 1]
    same = country[one] == country[two]
    one, two = one[same], two[same]
    like, other = np.arange(len(country)), np.full(len(country), NO_NAMESAKE)
    like[two] = one
    other[one], other[two] = two, one
    return like, other
