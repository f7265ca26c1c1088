"""Orders by day, and what the days around one let us expect of it. Plain arithmetic, no tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEAR = 8
"""Weeks with orders on either side of a week that say what it should hold: two months follow the season, and leave
the median standing when a whole month among them is half empty."""

MANY = 21
"""Orders a week from which the median of a weekday says something: three a day."""


@dataclass(frozen=True)
class Days:
    """Orders by day without a gap: `counts[0]` is the first day's, `counts[-1]` the last day's."""

    first: int  # days since 1970
    counts: Ints

    @classmethod
    def count(cls, day: Ints, orders: Ints, *, until: date) -> Days:
        """Add up orders by day, from the first day with one up to `until`."""
        first = int(day.min())
        last = max(int(day.max()), day_number(until))
        return cls(first, np.bincount(day - first, orders, last - first + 1).astype(np.int64))

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def numbers(self) -> Ints:
        """Every day, since 1970."""
        return self.first + np.arange(len(self))

    @property
    def weekdays(self) -> Ints:
        """Weekday of every day, 0 for Monday."""
        return (self.numbers + 3) % 7

    def date(self, place: int) -> date:
        """Return the day at a place."""
        return date_of(self.first + int(place))

    @cached_property
    def expected(self) -> Floats:
        """Orders that each day's weekday has in the nearest weeks with orders.

        Weeks are taken by their rank among those that have orders, so that a month without any does not make itself
        expected. Where orders are so few that a weekday's median says nothing, its share of the week stands for it.
        """
        table, weeks, weekdays = self._by_week()
        filled = np.flatnonzero(np.nansum(table, axis=1) > 0)
        found = np.zeros_like(table)
        for week in range(len(table)):
            place = int(np.searchsorted(filled, week))
            after = place + 1 if place < len(filled) and filled[place] == week else place
            near = np.concatenate([filled[max(place - NEAR, 0) : place], filled[after : after + NEAR]])
            found[week] = usual_week(table[near if len(near) else filled])
        return np.asarray(found[weeks, weekdays])

    def _by_week(self) -> tuple[Floats, Ints, Ints]:
        """Return the counts as weeks of Monday to Sunday (NaN outside the data), and where each day stands there."""
        places = np.arange(len(self)) + int(self.weekdays[0])
        table = np.full((int(places[-1]) // 7 + 1, 7), np.nan)
        table[places // 7, places % 7] = self.counts
        return table, places // 7, places % 7


def usual_week(weeks: Floats) -> Floats:
    """Return what each weekday usually has, shape (7,), from some weeks, shape (weeks, 7).

    Examples
    --------
    >>> usual_week(np.array([[40, 50, 0.0, 60, 40, 5, 0], [42, 0.0, 0, 62, 38, 5, 0], [41, 52, 0, 61, 39, 5, 0]]))
    array([41., 50.,  0., 61., 39.,  5.,  0.])
    """
    medians = median_by_column(weeks)
    whole = weeks[~np.isnan(weeks).any(axis=1)]
    total = float(np.median(whole.sum(axis=1))) if len(whole) else float(np.nansum(weeks, axis=1).mean())
    sums = np.nansum(weeks, axis=0)
    if not sums.sum() or (total >= MANY and medians.sum() >= total / 2):
        return medians
    return np.asarray(total * sums / sums.sum())


def median_by_column(weeks: Floats) -> Floats:
    """Return the median of each column without its NaNs; 0 where there is nothing else."""
    known = np.where(np.isnan(weeks).all(axis=0), 0.0, weeks)
    return np.asarray(np.nanmedian(known, axis=0))


def spread(values: Floats) -> float:
    """Return the standard deviation that the median absolute deviation stands for in a normal distribution."""
    return float(1.4826 * np.median(np.abs(values - np.median(values)))) if len(values) else 0.0


def dispersion(counts: Ints, expected: Floats) -> float:
    """Return how many times Poisson's the variance of counts is, from the middle half of them; at least 1."""
    usable = (expected >= 1) & (counts > 0)
    if not usable.any():
        return 1.0
    residuals = (counts[usable] - expected[usable]) / np.sqrt(expected[usable])
    return float(max(1.0, (1.4826 * np.median(np.abs(residuals))) ** 2))


def zero_weight(scatter: float) -> float:
    """Return by how much of its mean the logarithm of a count's chance to be zero falls.

    A count of mean m and variance d times m (negative binomial) is zero with the chance exp(-m log d / (d - 1)), which
    is exp(-m) for d = 1, the Poisson distribution.

    Examples
    --------
    >>> zero_weight(1.0), round(zero_weight(5.0), 3)
    (1.0, 0.402)
    """
    return float(np.log(scatter) / (scatter - 1)) if scatter > 1.001 else 1.0


def runs(marked: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the runs of true values as (first, last) places.

    Examples
    --------
    >>> runs(np.array([True, False, True, True]))
    [(0, 0), (2, 3)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8)))
    return [(int(start), int(stop) - 1) for start, stop in edges.reshape(-1, 2)]


def day_number(day: date) -> int:
    """Return the days since 1970."""
    return (day - date(1970, 1, 1)).days


def date_of(number: int) -> date:
    """Return the day that is so many days since 1970."""
    return date(1970, 1, 1) + timedelta(days=int(number))
