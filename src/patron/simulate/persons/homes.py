"""Who lives with whom: people alone, couples, families and flatmates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

KINDS = ("alone", "couple", "family", "flat")
SHARES = (0.76, 0.12, 0.08, 0.04)  # of the households
SMALLEST, LARGEST = (1, 2, 3, 2), (1, 2, 5, 4)  # customers in a household


@dataclass(frozen=True, kw_only=True, eq=False)
class Homes:
    """One entry a person in every array."""

    household: NDArray[np.int64]  # its number, from 0
    place: NDArray[np.int64]  # of the person in it; 0 is the holder, 1 a partner in couples and families
    kind: NDArray[np.int64]  # place in KINDS

    @property
    def count(self) -> int:
        """How many households."""
        return int(self.household.max()) + 1

    @property
    def holder(self) -> NDArray[np.int64]:
        """The holder of each person's household."""
        first = np.zeros(self.count, np.int64)
        chief = np.flatnonzero(self.place == 0)
        first[self.household[chief]] = chief
        return first[self.household]

    def of(self, *kinds: str) -> NDArray[np.bool_]:
        """Mark the people in households of these kinds."""
        return np.isin(self.kind, [KINDS.index(kind) for kind in kinds])


def homes(rng: np.random.Generator, *, country: NDArray[np.int64]) -> Homes:
    """Draw the households; nobody lives with somebody of another country.

    Examples
    --------
    >>> drawn = homes(np.random.default_rng(1), country=np.zeros(1000, np.int64))
    >>> bool((drawn.holder[drawn.place == 0] == np.flatnonzero(drawn.place == 0)).all())
    True
    """
    people = len(country)
    kind = rng.choice(len(KINDS), people, p=SHARES)
    size = rng.integers(np.array(SMALLEST)[kind], np.array(LARGEST)[kind], endpoint=True)
    flat = np.repeat(np.arange(people), size)[:people]
    order = np.lexsort((rng.random(people), country))
    where = country[order]
    opens = np.diff(flat, prepend=-1).astype(np.bool_) | np.diff(where, prepend=-1).astype(np.bool_)
    number = np.cumsum(opens) - 1
    place = np.arange(people) - np.flatnonzero(opens)[number]
    members = np.bincount(number)[number]
    lives = np.where(members == 1, 0, kind[flat])  # who was cut off from a larger household lives alone
    turn = np.argsort(order)
    return Homes(household=number[turn], place=place[turn], kind=lives[turn])
