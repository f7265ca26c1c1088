"""How well does a score put customers in order?

The Gini coefficient here is the outcome's concentration when customers stand in the order of the score, over the one
when they stand in the order of the outcome: 1 is a perfect ranking, 0 a random one. Equal scores are equal: the order
of the rows never matters.

Ref  Yitzhaki & Olkin (1991), Concentration indices and concentration curves, IMS Lecture Notes 19, 380-392
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from patron.stats.forecast_error import NOT_DEFINED, Figure, interval

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Groups:
    """Means of groups of customers, the group of the highest score first."""

    group: Ints
    customers: Ints
    score: Floats
    outcome: Floats
    low: Floats  # 95 % interval of the outcome's mean; NaN for a group of one
    high: Floats


def gini(scores: ArrayLike, outcome: ArrayLike, *, level: float = 0.95) -> Figure:
    """Return the Gini coefficient of a ranking, with an interval from its influence function.

    Parameters
    ----------
    scores : array of float
        The higher, the more is expected.
    outcome : array of float
        What came.
    level : float
        Of the interval.

    Returns
    -------
    Figure
        None where it is not defined: all outcomes are equal.

    Examples
    --------
    >>> gini([3, 2, 1], [30, 20, 10]).value, gini([1, 2, 3], [30, 20, 10]).value, gini([1, 1, 1], [30, 20, 10]).value
    (1.0, -1.0, 0.0)
    """
    found = _gini(scores, outcome)
    if found is None:
        return NOT_DEFINED
    value, influence = found
    figure = interval(value, influence, level=level)
    if figure.low is None or figure.high is None:
        return figure
    return Figure(value=value, low=max(-1.0, figure.low), high=min(1.0, figure.high))


def gini_gain(scores: ArrayLike, other: ArrayLike, outcome: ArrayLike, *, level: float = 0.95) -> Figure:
    """Return by how much the Gini coefficient of a ranking is above that of another, on the same outcomes.

    Examples
    --------
    >>> gini_gain([3, 2, 1], [1, 1, 1], [30, 20, 10]).value
    1.0
    """
    mine, others = _gini(scores, outcome), _gini(other, outcome)
    if mine is None or others is None:
        return NOT_DEFINED
    return interval(mine[0] - others[0], mine[1] - others[1], level=level)


def _gini(scores: ArrayLike, outcome: ArrayLike) -> tuple[float, Floats] | None:
    """Return the coefficient and each row's influence on it; None where all outcomes are equal."""
    came = np.asarray(outcome, dtype=np.float64)
    if not came.size or np.ptp(came) == 0:
        return None
    top, top_influence = _concentration(np.asarray(scores, dtype=np.float64), came)
    most, most_influence = _concentration(came, came)
    value = top / most
    return value, (top_influence - value * most_influence) / most


def _concentration(scores: Floats, outcome: Floats) -> tuple[float, Floats]:
    """Return the mean of outcome x (2 F(score) - 1), F the mid-distribution function, and each influence on it."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    n = len(outcome)
    share = (np.cumsum(counts) - counts / 2) / n
    own = outcome * (2 * share[place] - 1)
    total = np.bincount(place, outcome, minlength=len(counts))
    above = (total.sum() - np.cumsum(total) + total / 2) / n
    value = float(own.mean())
    influence = own + 2 * above[place] - outcome.mean()
    return value, influence - influence.mean()


def quantile_groups(scores: ArrayLike, *, groups: int = 10) -> Ints:
    """Return each score's group, 1 for the highest; equal scores share the group of their middle place.

    Examples
    --------
    >>> quantile_groups([5.0, 9.0, 1.0, 5.0], groups=4).tolist()
    [3, 1, 4, 3]
    """
    values = np.asarray(scores, dtype=np.float64)
    _, place, counts = np.unique(-values, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - counts / 2  # half a place before the middle of the equal ones, from the top
    return np.asarray(1 + np.floor(groups * middle[place] / len(values)), dtype=np.int64)


def group_means(groups: ArrayLike, scores: ArrayLike, outcome: ArrayLike) -> Groups:
    """Return the mean score and outcome of each group that is there, with the sampling interval of the outcome.

    Examples
    --------
    >>> group_means([1, 1, 2], [9, 7, 1], [4, 6, 0]).outcome.tolist()
    [5.0, 0.0]
    """
    score, came = np.asarray(scores, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    names, place, counts = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    mean = np.bincount(place, came) / counts
    squares = np.bincount(place, (came - mean[place]) ** 2)
    freedom = np.where(counts > 1, counts - 1, np.nan)
    reach = special.stdtrit(freedom, 0.975) * np.sqrt(squares / freedom / counts)
    return Groups(
        group=names.astype(np.int64), customers=counts.astype(np.int64), score=np.bincount(place, score) / counts,
        outcome=mean, low=mean - reach, high=mean + reach,
    )  # fmt: skip
