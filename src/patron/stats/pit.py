"""Are forecasts of counts right as distributions?

A count's randomised probability integral transform lies uniformly between the forecast distribution's values just below
and at the count. When the forecasts are right, these numbers are uniform between 0 and 1.

Ref  Czado, Gneiting & Held (2009), Predictive model assessment for count data, Biometrics 65, 1254-1261
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def randomised_pit(below: ArrayLike, at: ArrayLike, *, rng: np.random.Generator) -> Floats:
    """Return one uniform number for each count, if its forecast was right.

    Parameters
    ----------
    below, at : array of float
        The forecast's P(N <= count - 1) and P(N <= count).
    rng : Generator
        Chooses the place in between.
    """
    low, high = np.asarray(below, dtype=np.float64), np.asarray(at, dtype=np.float64)
    return low + rng.random(low.shape) * (high - low)


def distance_from_uniform(values: ArrayLike) -> float:
    """Return the largest gap between the values' distribution function and the uniform one (Kolmogorov's distance).

    Examples
    --------
    >>> distance_from_uniform([0.25, 0.75]), distance_from_uniform([0.0, 0.0])
    (0.25, 1.0)
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    steps = np.arange(len(ordered) + 1) / len(ordered)
    return float(max(np.max(steps[1:] - ordered), np.max(ordered - steps[:-1])))
