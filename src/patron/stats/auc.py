"""How often does the one who did it stand above the one who did not?

The area under the ROC curve, with the interval that DeLong's variance gives, for one score and for the difference of
two scores of the same people. Equal scores count half.

Ref  DeLong, DeLong & Clarke-Pearson (1988), Comparing the areas under two or more correlated ROC curves,
     Biometrics 44(3), 837-845: equations 2 to 5
     Sun & Xu (2014), Fast implementation of DeLong's algorithm, IEEE Signal Processing Letters 21(11): by mid-ranks
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from patron.stats.mid_ranks import mid_ranks

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Auc:
    """An area (or a difference of two) with its interval; None where one of the two outcomes does not occur."""

    value: float | None
    low: float | None = None
    high: float | None = None


def auc(scores: ArrayLike, outcome: ArrayLike, *, level: float = 0.95) -> Auc:
    """Return the area under the ROC curve.

    Parameters
    ----------
    scores : array of float
        The higher, the likelier.
    outcome : array of 0 and 1
        What came.
    level : float
        Of the interval.

    Examples
    --------
    >>> auc([0.9, 0.8, 0.3, 0.1], [1, 0, 1, 0]).value, auc([1, 1], [0, 1]).value, auc([1, 2], [1, 1]).value
    (0.75, 0.5, None)
    """
    came = np.asarray(outcome) > 0
    if came.all() or not came.any():
        return Auc(value=None)
    positive, negative = _placements(np.asarray(scores, dtype=np.float64), came)
    value = float(positive.mean())
    reach = _quantile(level) * math.sqrt(_variance(positive) + _variance(negative))
    return Auc(value=value, low=max(0.0, value - reach), high=min(1.0, value + reach))


def auc_difference(scores: ArrayLike, others: ArrayLike, outcome: ArrayLike, *, level: float = 0.95) -> Auc:
    """Return how much larger the area of `scores` is than that of `others`, which score the same people.

    Examples
    --------
    >>> auc_difference([0.9, 0.8, 0.3, 0.1], [0.1, 0.1, 0.1, 0.1], [1, 0, 1, 0]).value
    0.25
    """
    came = np.asarray(outcome) > 0
    if came.all() or not came.any():
        return Auc(value=None)
    first, second = (_placements(np.asarray(one, dtype=np.float64), came) for one in (scores, others))
    value = float(first[0].mean() - second[0].mean())
    spread = math.sqrt(_variance(first[0] - second[0]) + _variance(first[1] - second[1]))
    reach = _quantile(level) * spread
    return Auc(value=value, low=value - reach, high=value + reach)


def _placements(scores: Floats, came: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return for each who did it the share of the others below, and for each of the others the share above."""
    ranks = mid_ranks(scores)
    many, few = int(came.sum()), int((~came).sum())
    positive = (ranks[came] - mid_ranks(scores[came])) / few
    negative = 1 - (ranks[~came] - mid_ranks(scores[~came])) / many
    return positive, negative


def _variance(placements: Floats) -> float:
    """Return the variance of a mean of placements; of one alone nothing is known, so the widest there is."""
    return float(placements.var(ddof=1)) / len(placements) if len(placements) > 1 else 0.25


def _quantile(level: float) -> float:
    return float(special.ndtri((1 + level) / 2))
