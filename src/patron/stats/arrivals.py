"""How many of those who seem to come in the first weeks were there before anybody looked?

A shop that has been selling for years delivers its last two. In the first weeks nearly every customer looks new,
because nobody was seen before; then the number falls to those who really are. What is above that level came earlier.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST = 0.03
"""Share below which the estimate is not told: it is what seasons and growth do to the number of new customers."""

FIRST = 4
"""Weeks at the beginning of the data that must be far above the later level."""

FAR_ABOVE = 2.0
"""Times the later level: growth, a season or a campaign alone doubles new customers in few shops."""

WEEKS = 26
"""Weeks of data without which a beginning cannot be told from the rest."""

CUSTOMERS = 100
"""Customers without which the number of new ones is noise."""

YEAR, QUARTER = 52, 13  # weeks


@dataclass(frozen=True)
class Beginning:
    """How new customers came: in all, in the first weeks, and how many of them began before the data."""

    customers: int
    early: int
    weekly: float  # new customers in a later week
    before: float

    @property
    def share(self) -> float:
        """Share of customers known before."""
        return self.before / self.customers


def beginning(new: NDArray[np.int64]) -> Beginning | None:
    """Estimate the customers known before from new customers by day; none when the first weeks are like the others.

    The level of a week is that of the same week a year later, which has its season; with a quarter of a third year,
    divided by the growth from the second year to the third. With less than two years it is the median week of the last
    third.
    """
    weeks = len(new) // 7
    if weeks < WEEKS:
        return None
    counts = new[: 7 * weeks].reshape(weeks, 7).sum(axis=1).astype(np.float64)
    level = later_level(counts)
    before = float((counts[: len(level)] - level).sum())
    noise = 4 * float(np.sqrt((counts[: len(level)] + level).sum()))
    early, usual = float(counts[:FIRST].sum()), float(level[:FIRST].sum())
    everyone = int(new.sum())
    steady = everyone >= CUSTOMERS and float(np.median(level)) > 0
    if not steady or early < FAR_ABOVE * usual or before < max(noise, LEAST * everyone):
        return None
    return Beginning(everyone, int(early), float(np.median(level)), before)


def later_level(counts: Floats) -> Floats:
    """Return what new customers a week the first year would have without a past, at most a year of weeks."""
    weeks = len(counts)
    if weeks < 2 * YEAR:
        third = counts[-(weeks // 3) :]
        return np.full(min(YEAR, 2 * weeks // 3), float(np.median(third)))
    later = counts[YEAR : 2 * YEAR]
    third = counts[2 * YEAR : 3 * YEAR]
    if len(third) < QUARTER:
        return np.asarray(later)
    return np.asarray(later * min(1.0, later[: len(third)].sum() / max(third.sum(), 1.0)))


def chance_of_earlier(new: NDArray[np.int64]) -> Floats:
    """Return by day of arrival the chance that such a customer came before the first day; 0 where all are new.

    Parameters
    ----------
    new : array of int, one entry a day
        How many were first seen on each day, from the first day to the last one known.
    """
    chance = np.zeros(len(new))
    if beginning(new) is None:
        return chance
    weeks = len(new) // 7
    counts = new[: 7 * weeks].reshape(weeks, 7).sum(axis=1).astype(np.float64)
    level = later_level(counts)
    seen = counts[: len(level)]
    above = np.divide(seen - level, seen, out=np.zeros_like(level), where=seen > level)
    chance[: 7 * len(level)] = np.repeat(above, 7)
    return chance
