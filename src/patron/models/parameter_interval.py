"""How sure is a forecast, given that the parameters were estimated?

The error of the parameters' logarithms, which the fit knows, is carried over to what is computed from them by its slope
(delta method; central differences, two evaluations a parameter). An amount or a count is carried over on its log scale,
a chance on its logit scale, so that no end leaves its range.

Ref  Oehlert (1992), A note on the delta method, The American Statistician 46(1), 27-29
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.models.estimator import Estimator

Floats = NDArray[np.float64]
Model = TypeVar("Model", bound=Estimator)

STEP = 1e-4  # on the log scale of a parameter


def log_interval(model: Model, answer: Callable[[Model], Floats], *, level: float) -> tuple[Floats, Floats]:
    """Return the ends of the interval of positive answers; an answer of 0 is sure."""
    value = answer(model)
    relative = np.divide(_error(model, answer), value, out=np.zeros_like(value), where=value > 0)
    reach = _reach(level) * relative
    return value * np.exp(-reach), value * np.exp(reach)


def logit_interval(model: Model, answer: Callable[[Model], Floats], *, level: float) -> tuple[Floats, Floats]:
    """Return the ends of the interval of chances; a chance of 0 or 1 is sure."""
    chance = answer(model)
    inside = chance * (1 - chance)
    reach = _reach(level) * np.divide(_error(model, answer), inside, out=np.zeros_like(chance), where=inside > 0)
    logit = special.logit(chance)
    return np.asarray(special.expit(logit - reach)), np.asarray(special.expit(logit + reach))


def _error(model: Model, answer: Callable[[Model], Floats]) -> Floats:
    """Return the standard error of each answer."""
    estimated = np.flatnonzero(np.diag(model.log_covariance_) > 0)  # what was given is known
    covariance = model.log_covariance_[np.ix_(estimated, estimated)]
    steps = np.eye(len(model.log_covariance_))[estimated] * STEP
    if not len(estimated):
        return np.zeros_like(answer(model))
    slopes = [(answer(model.moved(side)) - answer(model.moved(-side))) / (2 * STEP) for side in steps]
    table = np.stack(slopes, axis=-1)
    return np.asarray(np.sqrt(np.maximum(np.einsum("...i,ij,...j->...", table, covariance, table), 0.0)))


def _reach(level: float) -> float:
    return float(special.ndtri((1 + level) / 2))
