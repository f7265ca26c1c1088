"""The rate of a deed over trials of which several are one person's, with an interval that knows it.

A person who opens one message opens the next one, too, so that a thousand messages to a hundred people tell less than a
thousand messages to a thousand. The variance of the rate is that of a ratio of sums over people, and the interval is
Wilson's with as many trials as would have that variance.

Ref  Cochran (1977), Sampling Techniques, 6.11 (a ratio of cluster totals)
     Korn & Graubard (1998), Survey Methodology 24, 193-201 (effective sample size in an interval for a proportion)
     Wilson (1927), JASA 22, 209-212
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_Z = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class Rates:
    """One entry a group; NaN where it has no trials."""

    rate: Floats
    low: Floats
    high: Floats


def clustered_rate(
    deeds: ArrayLike, trials: ArrayLike, *, people: ArrayLike, squares: tuple[ArrayLike, ArrayLike, ArrayLike]
) -> Rates:
    """Return the rates of several groups with their 95 % intervals.

    Parameters
    ----------
    deeds, trials : array
        The sums over people, one a group.
    people : array
        People with a trial.
    squares : three arrays
        The sums over people of deeds squared, deeds x trials, and trials squared.

    Examples
    --------
    >>> one_each = clustered_rate([20], [100], people=[100], squares=([20], [20], [100]))
    >>> one_each.low.round(2).tolist(), one_each.rate.tolist(), one_each.high.round(2).tolist()
    ([0.13], [0.2], [0.29])
    >>> # two of ten people did ten times, eight never:
    >>> alike = clustered_rate([20], [100], people=[10], squares=([200], [200], [1000]))
    >>> alike.low.round(2).tolist(), alike.high.round(2).tolist()
    ([0.05], [0.53])
    """
    done, all_of, count = (np.asarray(one, dtype=np.float64) for one in (deeds, trials, people))
    done_2, both, all_2 = (np.asarray(one, dtype=np.float64) for one in squares)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = done / all_of
        spread = np.maximum(done_2 - 2 * rate * both + rate**2 * all_2, 0) / all_of**2 * count / (count - 1)
        alike = rate * (1 - rate) / spread
        # Where nobody or everybody did it, or one person had all trials, people are all that can be counted.
        told = (rate > 0) & (rate < 1) & np.isfinite(alike) & (count > 1)
        n = np.where(told, np.minimum(alike, all_of), count)
        centre = (rate + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z / (1 + _Z**2 / n) * np.sqrt(rate * (1 - rate) / n + _Z**2 / (4 * n**2))
    low, high = np.minimum(np.maximum(centre - half, 0), rate), np.maximum(np.minimum(centre + half, 1), rate)
    return Rates(rate=rate, low=low, high=high)
