"""By how much does revenue differ from a forecast beyond what chance among customers explains?

Months have shocks of their own (weather, campaigns, a season that is not known), and a forecast may miss the level of
all months ahead alike. The first shows in the months so far, around trend and season; the second in what came of the
forecasts that would have been made on earlier days.

In   `RevenueOutlook` of earlier days, and what came since
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.models.months import last_whole_month, month_of
from patron.models.revenue_outlook import Part, RevenueOutlook, whole_months
from patron.models.revenue_sums import Sums

Floats = NDArray[np.float64]

LEAST_MONTHS = 3  # that must have come of a forecast before it tells of the level
LEVEL = 0.04**2  # variance of the level's logarithm, before any forecast was tested, in a shop that is known for long
SHORT = 0.2**2  # besides, where a year is known; with more years as much less as their square is more
LEVEL_WEIGHT = 2.0  # of both, in independent forecasts
LEAST_LEVEL = 0.02**2
LEAST_MONTH = 0.02**2
YEAR_DAYS = 365.0


@dataclass(frozen=True, kw_only=True)
class Came:
    """What each whole month after an origin brought: of customers who were present on it, and of later ones."""

    present: Floats
    new: Floats


@dataclass(frozen=True, kw_only=True)
class Shocks:
    """Variances on the log scale: of each month's own shock, and of the level of each part."""

    month: float
    present: float
    new: float


def came(later: Sums, origin_month: int) -> Came:
    """Return what was known on a later day of the whole months after `origin_month`."""
    start = month_of(later.first)
    place = origin_month + 1 - start
    until = last_whole_month(later.origin) + 1 - start
    everything = later.amount + np.diag(later.new_amount)
    return Came(present=everything[:place, place:until].sum(axis=0), new=everything[place:, place:until].sum(axis=0))


def shocks(outlook: RevenueOutlook, at: Sums, earlier: Sequence[tuple[int, RevenueOutlook]]) -> Shocks:
    """Estimate the shocks from all that was known on a day.

    Parameters
    ----------
    outlook : RevenueOutlook
        Of the day.
    at : Sums
        Of the day.
    earlier : sequence of (int, RevenueOutlook)
        Outlooks of earlier days that end a month, each with that month's number.
    """
    month = _month(outlook, at)
    prior = LEVEL + SHORT * (YEAR_DAYS / max((at.origin - at.first).days, 1)) ** 2
    tested = [(one, came(at, origin)) for origin, one in earlier]
    return Shocks(
        month=month,
        present=_level([(one.present, then.present) for one, then in tested], month, prior),
        new=_level([(one.new, then.new) for one, then in tested], month, prior),
    )


def shaken(outlook: RevenueOutlook, found: Shocks) -> RevenueOutlook:
    """Return the outlook with the shocks in its covariances; both parts share those of a month."""
    parts = [
        Part(
            expected=part.expected,
            covariance=part.covariance
            + level * np.outer(part.expected, part.expected)
            + found.month * np.diag(part.expected**2),
        )
        for part, level in ((outlook.present, found.present), (outlook.new, found.new))
    ]
    shared = 2 * found.month * np.diag(outlook.present.expected * outlook.new.expected)
    return outlook.with_parts(*parts, shared=shared)


def _month(outlook: RevenueOutlook, at: Sums) -> float:
    """Return what the months' scatter around trend and season leaves over sampling.

    Sampling is relatively larger the less a month brought, so that it is taken of the past months themselves.
    """
    season = outlook.season
    if not season.months:
        return season.variance
    near = slice(0, LEAST_MONTHS)
    dispersion = float(np.diag(outlook.covariance)[near].sum() / max(float(outlook.expected[near].sum()), 1e-9))
    months, days = whole_months(at)
    brought = at.revenue[: len(months)][days > 0]
    sampling = dispersion * float((1 / np.maximum(brought, 1e-9)).mean())
    return max(season.noise - sampling, LEAST_MONTH) + season.variance


def _level(tested: Sequence[tuple[Part, Floats]], month: float, prior: float) -> float:
    """Return the mean square of the log errors over all months that came, beyond what was expected of it."""
    squares, lengths = [], []
    for part, actual in tested:
        length = min(len(actual), len(part.expected))
        told, brought = float(part.expected[:length].sum()), float(actual[:length].sum())
        if length < LEAST_MONTHS or min(told, brought) <= 0:
            continue
        variance = float(part.covariance[:length, :length].sum()) / told**2 + month / length
        squares.append(np.log(brought / told) ** 2 - variance)
        lengths.append(length)
    if not squares:
        return prior
    # Forecasts of overlapping months are no independent tests.
    weight = len(squares) / float(np.mean(lengths))
    level = (float(np.mean(squares)) * weight + prior * LEVEL_WEIGHT) / (weight + LEVEL_WEIGHT)
    return max(level, LEAST_LEVEL)
