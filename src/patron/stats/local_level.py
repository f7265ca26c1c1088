"""Where does a level that drifts go from here, and how sure is that?

A local linear trend seen through noise of known and of unknown size: the level moves by a slope, which fades in the
steps ahead, and at random. How much it moves, and how large the unknown noise is, is averaged over a grid by its
likelihood, so that few observations give wide answers instead of certain ones.

Ref  Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter, chapters 3.2 (filter, likelihood
     by prediction errors) and 4.6 (forecasts)
     Gardner & McKenzie (1985), Forecasting trends in time series, Management Science 31(10), 1237-1246: fading slopes
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEP_SIZES = np.array([0.0, 0.01, 0.02, 0.04, 0.08, 0.16, 0.4, 1.0])  # of the level, standard deviations
NOISES = np.array([0.0, 0.03, 0.06, 0.12, 0.25, 0.5])  # besides the known one, standard deviations
STEP_PRIOR = 0.05  # how quickly large steps become implausible: exponential in the step's size
FADING = 0.98  # of the slope from one step ahead to the next
SLOPE = 0.02  # standard deviation of the first slope before anything is seen
VAGUE = 100.0  # variance of the first level


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """The level at some steps ahead: its mean, its covariance, and the variance of the unknown noise."""

    mean: Floats
    covariance: Floats
    noise: float


def local_level(values: Floats, variances: Floats, *, steps: int) -> Ahead:
    """Filter a series and look `steps` ahead.

    Parameters
    ----------
    values : array of shape (n,)
        The series; NaN where nothing was seen.
    variances : array of shape (n,)
        Known variance of each value's noise.
    steps : int
        How far ahead.

    Examples
    --------
    >>> still = local_level(np.zeros(24), np.full(24, 0.01), steps=2)
    >>> still.mean.round(3).tolist(), bool((np.diag(still.covariance) < 0.05).all())
    ([0.0, 0.0], True)
    """
    step, noise = (grid.ravel() for grid in np.meshgrid(STEP_SIZES, NOISES, indexing="ij"))
    level, slope, spread, height = _filtered(values, variances, step, noise)
    height = height - step / STEP_PRIOR
    weight = np.exp(height - height.max())
    weight = weight / weight.sum()
    ahead = np.arange(1, steps + 1)
    reach = np.cumsum(FADING**ahead)  # of the slope on the level, after so many steps
    means = level[:, None] + slope[:, None] * reach
    mean = weight @ means
    common = (
        spread[:, 0, 0, None, None]
        + spread[:, 0, 1, None, None] * (reach[:, None] + reach)
        + spread[:, 1, 1, None, None] * np.outer(reach, reach)
        + (step**2)[:, None, None] * np.minimum.outer(ahead, ahead)
    )
    between = (means - mean)[:, :, None] * (means - mean)[:, None, :]
    covariance = np.einsum("g,gij->ij", weight, common + between)
    return Ahead(mean=mean, covariance=covariance, noise=float(weight @ noise**2))


def _filtered(values: Floats, variances: Floats, step: Floats, noise: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the last level, slope, their covariance (grid, 2, 2) and the log-likelihood, at each point of the grid."""
    size = len(step)
    level, slope, height = np.zeros(size), np.zeros(size), np.zeros(size)
    seen = values[np.isfinite(values)]
    level += seen[0] if len(seen) else 0.0
    spread = np.zeros((size, 2, 2))
    spread[:, 0, 0], spread[:, 1, 1] = VAGUE, SLOPE**2
    move = np.array([[1.0, 1.0], [0.0, 1.0]])
    for value, variance in zip(values, variances, strict=True):
        level = level + slope
        spread = move @ spread @ move.T
        spread[:, 0, 0] += step**2
        if not np.isfinite(value):
            continue
        width = spread[:, 0, 0] + variance + noise**2
        error = value - level
        gain = spread[:, :, 0] / width[:, None]
        level, slope = level + gain[:, 0] * error, slope + gain[:, 1] * error
        spread = spread - gain[:, :, None] * spread[:, None, 0, :]
        height -= (np.log(width) + error**2 / width) / 2
    return level, slope, spread, height
