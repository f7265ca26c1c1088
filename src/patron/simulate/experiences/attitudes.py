"""Three latent types of person, by what they think of the shop: what each says, does and is like.

Which of them somebody is depends on the hidden type of customer, so that attitude and behaviour go together: those who
send much back or cool down are often critics, those who stay with a brand are often enthusiasts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.simulate.people import People
from patron.simulate.types import TYPES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Attitude:
    """One latent type."""

    name: str
    rating: float  # mean before rounding, from 1 to 5
    nps: float  # from 0 to 10
    ces: float  # from 1 to 7
    csat: float  # from 1 to 5
    reviews: float  # chance of a review an order
    answers: float  # chance of an answer to a survey an order
    refers: float  # weight among those by whom others come
    member: float  # share in the loyalty programme
    shares: float  # times of sharing in a year
    lifestyle: str  # the psychographic trait that goes with it


ATTITUDES = (
    Attitude(name="enthusiast", rating=4.8, nps=9.4, ces=6.2, csat=4.7, reviews=0.14, answers=0.16, refers=6.0,
             member=0.70, shares=0.5, lifestyle="belonging"),
    Attitude(name="content", rating=4.0, nps=7.6, ces=5.2, csat=4.0, reviews=0.05, answers=0.09, refers=1.0,
             member=0.40, shares=0.05, lifestyle="convenience"),
    Attitude(name="critic", rating=2.4, nps=3.8, ces=3.4, csat=2.6, reviews=0.12, answers=0.11, refers=0.1,
             member=0.15, shares=0.02, lifestyle="thrift"),
)  # fmt: skip

USUAL = (0.25, 0.55, 0.20)
"""Shares of the three among customers of a type that is not named here."""

BY_TYPE = {
    "brand loyalist": (0.60, 0.35, 0.05), "growing newcomer": (0.50, 0.45, 0.05),
    "weekly family": (0.45, 0.50, 0.05), "regular replenisher": (0.35, 0.60, 0.05),
    "serial returner": (0.05, 0.35, 0.60), "bargain hunter": (0.10, 0.50, 0.40),
    "fading enthusiast": (0.10, 0.40, 0.50),
}  # fmt: skip


def attitudes(rng: np.random.Generator, *, people: People) -> Ints:
    """Draw the place in ATTITUDES of each customer."""
    ladder = np.cumsum([BY_TYPE.get(kind.name, USUAL) for kind in TYPES], axis=1)
    chance = rng.random((len(people), 1))
    return np.asarray((chance >= ladder[people.kind, :-1]).sum(axis=1), dtype=np.int64)


def means(name: str) -> Floats:
    """Return one number of every attitude, shape (attitudes,)."""
    return np.array([float(getattr(one, name)) for one in ATTITUDES])
