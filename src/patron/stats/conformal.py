"""By how much must predicted quantiles be moved so that they hold as many outcomes as they say?

Ref  Romano, Patterson & Candès (2019), Conformalized quantile regression, NeurIPS 32: one-sided, equation 7
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from patron.errors import ArgumentError
from patron.language import failure

Floats = NDArray[np.float64]


def conformal_shift(outcome: ArrayLike, predicted: ArrayLike, *, quantile: float) -> float:
    """Return what to add to predicted quantiles of outcomes that the prediction had not seen.

    With it the next outcome lies at or below its predicted quantile with a chance of at least `quantile`, and at most
    1 / (n + 1) more, whatever the distribution, where outcomes are exchangeable.

    Parameters
    ----------
    outcome, predicted : array of shape (n,)
        Held-out outcomes, and their predicted quantiles.
    quantile : float
        The share of outcomes that is to lie below, between 0 and 1.

    Raises
    ------
    ArgumentError
        There are too few outcomes for such a quantile: n + 1 must be 1 / (1 - quantile) or more.

    Examples
    --------
    >>> conformal_shift([1.0, 2.0, 3.0, 4.0], [2.0, 2.0, 2.0, 2.0], quantile=0.8)
    2.0
    """
    errors = np.sort(np.asarray(outcome, dtype=np.float64) - np.asarray(predicted, dtype=np.float64))
    place = math.ceil((len(errors) + 1) * quantile - 1e-9)
    if not 1 <= place <= len(errors):
        raise failure(ArgumentError, "headroom.too_few_held_out", came=len(errors), quantile=quantile)
    return float(errors[place - 1])
