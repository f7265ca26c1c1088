"""How many new customers come a month, and how many will?

In the first months of the data everybody looks new, since nobody's earlier purchases are seen. How many of those who
look new are old shows later on: as many as buy after a silence that is as long as the data were then.

The rest is a level that drifts, times the season; counts scatter around it as far as they did before.

Ref  `stats.local_level`
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.models.months import Window
from patron.stats.local_level import local_level

Floats = NDArray[np.float64]

BELIEVED = 0.6  # of those who look new: where more than this share is old, the rest tells little of the newcomers
WIDEST = 1.0  # variance of the number's logarithm: beyond, its mean is made of chances that nobody believes
WATCHED = 12  # months, the latest, whose silences stand for those before the data


@dataclass(frozen=True, kw_only=True)
class Arrivals:
    """The new customers of some windows ahead: expected number, and covariance (windows, windows)."""

    expected: Floats
    covariance: Floats


def truly_new(new: Floats, gaps: Floats, purchases: Floats) -> Floats:
    """Return how many of the customers who look new in each month are.

    Parameters
    ----------
    new : array of shape (months,)
        Customers whose first known purchase was in the month.
    gaps : array of shape (months, months)
        Purchases by months since the purchase before (rows) and month (columns).
    purchases : array of shape (months,)
        All purchases of the month.

    Examples
    --------
    >>> gaps = np.zeros((4, 4))
    >>> gaps[1] = [0, 10, 10, 10]  # ten regulars, who buy each month
    >>> truly_new(np.array([12.0, 2.0, 2.0, 2.0]), gaps, np.array([12.0, 12.0, 12.0, 12.0])).round(1).tolist()
    [2.0, 2.0, 2.0, 2.0]
    """
    size = len(new)
    watched = np.arange(max(1, size - WATCHED), size)
    if not len(watched):
        return new
    share = np.zeros(size)
    for age in range(size):
        # Whose purchase before lies further back than the data would reach had they begun `age` months earlier.
        seen = watched[watched > age]
        if len(seen) and purchases[seen].sum():
            share[age] = gaps[age + 1 :, seen].sum() / purchases[seen].sum()
    return np.asarray(np.clip(new - share * purchases, 0.0, None))


def arrivals(
    new: Floats, true: Floats, *, days: Floats, factors: Floats, windows: Sequence[Window], ahead_factors: Floats,
    skipped: int = 0,
) -> Arrivals:  # fmt: skip
    """Forecast the new customers of the windows ahead.

    Parameters
    ----------
    new, true : array of shape (months,)
        Customers of each whole month who look new, and how many of them are (`truly_new`).
    days : array of shape (months,)
        How many days each month has; 0 for one that tells nothing.
    factors : array of shape (months,)
        The season's factor of each month.
    windows : sequence of Window
        The windows ahead.
    ahead_factors : array of shape (windows,)
        The season's factor of each window.
    skipped : int
        How many months lie between the last whole one and the first window.
    """
    used = (days > 0) & (true >= (1 - BELIEVED) * new)
    rate = np.where(used, np.log((true + 0.5) / (days.clip(1) * factors)), np.nan)
    variance = (new + 0.5) / (true + 0.5) ** 2
    place = np.array([skipped + window.month - windows[0].month for window in windows])
    ahead = local_level(rate, variance, steps=int(place.max()) + 1)
    covariance = _believable(ahead.covariance[np.ix_(place, place)])
    base = np.array([window.days for window in windows]) * ahead_factors
    expected = base * np.exp(ahead.mean[place] + np.diag(covariance) / 2)
    relative = np.expm1(covariance + np.diag(np.full(len(place), ahead.noise)))
    return Arrivals(expected=expected, covariance=np.outer(expected, expected) * relative + np.diag(expected))


def _believable(covariance: Floats) -> Floats:
    """Return the covariance with no variance beyond `WIDEST`; correlations stay."""
    shrunk = np.sqrt(np.minimum(1.0, WIDEST / np.diag(covariance)))
    return np.asarray(covariance * np.outer(shrunk, shrunk))
