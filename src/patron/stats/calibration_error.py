"""When the forecast said one in five, was it one in five?

The expected calibration error is the mean distance between what was predicted and what came, over groups of equal size
in the order of the prediction. Even a perfect forecast has one, because outcomes are drawn: its mean over outcomes
simulated from the predictions themselves is the floor that no forecast of this size gets below.

Ref  Naeini, Cooper & Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian binning, AAAI 29
     Brier (1950), Verification of forecasts expressed in terms of probability, Monthly Weather Review 78(1), 1-3
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from patron.stats.ranking import quantile_groups

Floats = NDArray[np.float64]

GROUPS = 10
DRAWS = 100


def calibration_error(predicted: ArrayLike, outcome: ArrayLike, *, groups: int = GROUPS) -> float:
    """Return the expected calibration error, as a share.

    Parameters
    ----------
    predicted : array of float
        Probabilities.
    outcome : array of 0 and 1
        What came.
    groups : int
        Of equal size; equal predictions are in one group.

    Examples
    --------
    >>> calibration_error([0.2, 0.2, 0.8, 0.8], [0, 0, 1, 1], groups=2)
    0.2
    """
    forecast, came = np.asarray(predicted, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    place = quantile_groups(forecast, groups=groups)
    return round(_error(place, forecast, came), 12)


def perfect_calibration_error(predicted: ArrayLike, *, seed: int, groups: int = GROUPS, draws: int = DRAWS) -> float:
    """Return the calibration error that a perfect forecast with these probabilities has on average.

    Parameters
    ----------
    predicted : array of float
        Probabilities, taken to be true.
    seed : int
        Of the simulated outcomes.
    groups, draws : int
        As above; how often outcomes are drawn.
    """
    forecast = np.asarray(predicted, dtype=np.float64)
    place, rng = quantile_groups(forecast, groups=groups), np.random.default_rng(seed)
    errors = [_error(place, forecast, rng.random(len(forecast)) < forecast) for _ in range(draws)]
    return float(np.mean(errors))


def brier_score(predicted: ArrayLike, outcome: ArrayLike) -> float:
    """Return the mean squared distance between probability and outcome.

    Examples
    --------
    >>> brier_score([0.5, 1.0], [1, 1])
    0.125
    """
    return float(np.mean((np.asarray(predicted, dtype=np.float64) - np.asarray(outcome, dtype=np.float64)) ** 2))


def _error(place: NDArray[np.int64], predicted: Floats, outcome: NDArray[np.float64] | NDArray[np.bool_]) -> float:
    gap = np.bincount(place, predicted) - np.bincount(place, outcome)
    return float(np.abs(gap).sum()) / len(predicted)
