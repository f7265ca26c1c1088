"""How far should a noisy estimate of one group be drawn towards the mean of all groups?

Normal-normal empirical Bayes: the groups' true values vary with a variance that is estimated from moments; a group
keeps the weight between / (between + its own sampling variance).

Ref  Hedges & Olkin (1985), Statistical Methods for Meta-Analysis, chapter 9 (the moment estimator)
     Efron & Morris (1975), Data analysis using Stein's estimator, JASA 70, 311-319
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from patron.errors import ArgumentError
from patron.language import failure

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Shrunk:
    """Groups drawn towards their mean."""

    mean: float  # of the true values
    between: float  # their variance
    weight: Floats  # how much of each estimate is kept
    estimate: Floats  # weight x own + (1 - weight) x mean
    variance: Floats  # of each shrunk estimate, given mean and between


def shrink(estimates: ArrayLike, variances: ArrayLike) -> Shrunk:
    """Shrink the groups' estimates towards their common mean.

    Parameters
    ----------
    estimates : array of float
        One a group.
    variances : array of float
        Sampling variance of each, positive.

    Raises
    ------
    ArgumentError
        No groups, unequal lengths, or values that are not finite and positive.

    Examples
    --------
    >>> shrunk = shrink([1.0, 3.0], [1.0, 1.0])  # they differ by no more than chance allows: half is kept
    >>> shrunk.between, shrunk.weight.tolist(), shrunk.estimate.tolist()
    (1.0, [0.5, 0.5], [1.5, 2.5])
    """
    own, noise = np.asarray(estimates, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if own.ndim != 1 or own.shape != noise.shape or not own.size:
        raise failure(ArgumentError, "models.shrink_shapes", came=f"{own.shape} / {noise.shape}")
    if not (np.isfinite(own).all() and np.isfinite(noise).all() and (noise > 0).all()):
        raise failure(ArgumentError, "models.shrink_values", came=int((~(noise > 0) | ~np.isfinite(own)).sum()))
    between = between_variance(len(own), float(own.sum()), float(own @ own), float(noise.sum()))
    precision = 1 / (between + noise)
    mean = float(precision @ own / precision.sum())
    weight = between * precision
    return Shrunk(
        mean=mean, between=between, weight=weight, estimate=weight * own + (1 - weight) * mean, variance=weight * noise
    )


def between_variance(groups: int, total: float, squares: float, noise: float) -> float:
    """Return the variance of the groups' true values from additive moments; 0 when they differ by no more than chance.

    Parameters
    ----------
    groups : int
        How many.
    total, squares, noise : float
        Sums over the groups of the estimates, of their squares, and of their sampling variances.
    """
    if groups < 2:
        return 0.0
    return max(0.0, (squares - total**2 / groups) / (groups - 1) - noise / groups)
