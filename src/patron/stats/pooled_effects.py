"""What are the true effects in several segments, once it is allowed for how little each estimate is sure of itself?

The true effects are taken to be normal about a mean, both of which are unknown: flat priors on the mean and on the
standard deviation between segments, which is integrated out on a grid. So an interval does not shrink to nothing where
chance happens to explain all differences.

Ref  Rubin (1981), Estimation in parallel randomized experiments, Journal of Educational Statistics 6(4), 377-401
     Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., eq. 5.17, 5.20 and 5.21
     Gelman (2006), Prior distributions for variance parameters, Bayesian Analysis 1(3), 515-534: the flat prior on the
     standard deviation
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from patron.errors import ArgumentError
from patron.language import failure

Floats = NDArray[np.float64]

GRID = 80
WIDEST = 4.0
"""How far the grid reaches, in standard deviations of the estimates or standard errors, whichever are larger."""


@dataclass(frozen=True, kw_only=True)
class PooledEffects:
    """The effects drawn to their mean."""

    estimate: Floats
    low: Floats
    high: Floats
    mean: float  # of the true effects
    between: float  # their standard deviation


def pooled_effects(estimates: ArrayLike, variances: ArrayLike, *, level: float = 0.95) -> PooledEffects:
    """Draw each segment's effect to the mean of all, as far as chance may have moved it.

    Parameters
    ----------
    estimates : array of float
        One a segment, two or more.
    variances : array of float
        Sampling variance of each, positive.
    level : float
        Of the intervals.

    Raises
    ------
    ArgumentError
        Fewer than two segments, unequal lengths, or values that are not finite and positive.

    Examples
    --------
    >>> pooled = pooled_effects([2.0, 0.0, 1.0, 9.0], [1.0, 1.0, 1.0, 100.0])  # the last is hardly known
    >>> pooled.estimate.round(1).tolist()
    [1.6, 0.5, 1.0, 1.7]
    """
    own, noise = np.asarray(estimates, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if own.ndim != 1 or own.shape != noise.shape or len(own) < 2:
        raise failure(ArgumentError, "models.shrink_shapes", came=f"{own.shape} / {noise.shape}")
    if not (np.isfinite(own).all() and np.isfinite(noise).all() and (noise > 0).all()):
        raise failure(ArgumentError, "models.shrink_values", came=int((~(noise > 0) | ~np.isfinite(own)).sum()))
    between = np.linspace(0.0, 1.0, GRID) * WIDEST * max(float(own.std()), float(np.median(np.sqrt(noise))))
    precision = 1 / (noise + between[:, None] ** 2)  # (grid, segments)
    total = precision.sum(axis=1)
    middle = precision @ own / total
    fit = np.log(precision).sum(axis=1) - np.log(total) - (precision * (own - middle[:, None]) ** 2).sum(axis=1)
    belief = np.exp((fit - fit.max()) / 2)
    belief /= belief.sum()
    kept = between[:, None] ** 2 * precision
    means = kept * own + (1 - kept) * middle[:, None]
    spread = kept * noise + (1 - kept) ** 2 / total[:, None]
    estimate = belief @ means
    deviation = np.sqrt(belief @ (spread + (means - estimate) ** 2))
    reach = float(special.ndtri(0.5 + level / 2)) * deviation
    return PooledEffects(
        estimate=estimate, low=estimate - reach, high=estimate + reach, mean=float(belief @ middle),
        between=float(belief @ between),
    )  # fmt: skip
