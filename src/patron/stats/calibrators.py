"""Which curve leads from a forecast's probabilities to those that come true?

Three shapes, and none. `logistic` stretches and shifts the log-odds (Platt); `beta` bends both ends by themselves
(Kull); `isotonic` is any rising curve, drawn through the means of its steps so that it rises between them too. Which
of them is taken is measured: each is learned on four fifths of the people and judged on the last fifth. A forecast that
no curve betters by more than twice the error of that difference stays as it is.

Ref  Platt (1999), Probabilistic outputs for support vector machines, section 2.1
     Kull, Silva Filho & Flach (2017), Beta calibration, AISTATS: equation 3
     Barlow, Bartholomew, Bremner & Brunk (1972), Statistical Inference under Order Restrictions: pooling
     Breiman, Friedman, Olshen & Stone (1984), Classification and Regression Trees, section 3.4.3
     Oron & Flournoy (2017), Centered isotonic regression, Statistics in Biopharmaceutical Research 9(3), 258-267
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from patron.stats.logistic_regression import logistic_regression

Floats = NDArray[np.float64]

KINDS = ("none", "logistic", "beta", "isotonic")
FOLDS = 5
CLEARLY = 2.0  # standard errors
_LEAST = 1e-6  # a probability is never quite 0 or 1


@dataclass(frozen=True, kw_only=True)
class Calibrator:
    """A curve: its kind, and its weights, or the corners (`x`, `y`) of the isotonic one."""

    kind: str = "none"
    weights: tuple[float, ...] = ()
    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()

    def apply(self, predicted: Floats) -> Floats:
        """Return calibrated probabilities.

        Examples
        --------
        >>> Calibrator().apply(np.array([0.25])).tolist()
        [0.25]
        >>> Calibrator(kind="logistic", weights=(0.0, 2.0)).apply(np.array([0.25])).round(3).tolist()
        [0.1]
        """
        if self.kind == "none":
            return inside(predicted)
        if self.kind == "isotonic":
            return inside(np.interp(predicted, self.x, self.y))
        weights = np.asarray(self.weights)
        return inside(special.expit(weights[0] + _columns(self.kind, predicted) @ weights[1:]))


def fit_calibrator(kind: str, predicted: Floats, outcome: Floats) -> Calibrator:
    """Learn a curve of one kind from probabilities and what came."""
    if kind == "none":
        return Calibrator()
    if kind == "isotonic":
        return _isotonic(predicted, outcome)
    weights = logistic_regression(_columns(kind, predicted), outcome)
    if (weights[1:] < 0).any():  # a curve that falls would turn the ranking over
        return Calibrator() if kind == "logistic" else fit_calibrator("logistic", predicted, outcome)
    return Calibrator(kind=kind, weights=tuple(weights.tolist()))


def choose_calibrator(predicted: Floats, outcome: Floats, *, folds: int = FOLDS) -> Calibrator:
    """Learn the kind that foretells left-out people best, by mean log-likelihood; `none` where none does clearly.

    Parameters
    ----------
    predicted, outcome : arrays of shape (people,)
        In an order that has nothing to do with either; every fifth person is left out together.
    folds : int
        How many parts.
    """
    part = np.arange(len(predicted)) % folds
    losses = {kind: _losses(_left_out(kind, predicted, outcome, part), outcome) for kind in KINDS}
    best = min(KINDS, key=lambda kind: float(losses[kind].mean()))
    gain = losses["none"] - losses[best]
    clear = gain.mean() > CLEARLY * gain.std() / np.sqrt(len(gain))
    return fit_calibrator(best if clear else "none", predicted, outcome)


def log_loss(predicted: Floats, outcome: Floats) -> float:
    """Return minus the mean log-likelihood of what came.

    Examples
    --------
    >>> round(log_loss(np.array([0.5, 0.5]), np.array([0.0, 1.0])), 3)
    0.693
    """
    return float(_losses(predicted, outcome).mean())


def inside(predicted: Floats) -> Floats:
    """Return probabilities a hair away from 0 and 1."""
    return np.asarray(np.clip(predicted, _LEAST, 1 - _LEAST), dtype=np.float64)


def _losses(predicted: Floats, outcome: Floats) -> Floats:
    chance = inside(predicted)
    return np.asarray(-(outcome * np.log(chance) + (1 - outcome) * np.log1p(-chance)))


def _left_out(kind: str, predicted: Floats, outcome: Floats, part: NDArray[np.int64]) -> Floats:
    """Foretell each part by a curve that was learned on the others."""
    foretold = np.empty_like(predicted)
    for left in range(int(part.max()) + 1):
        out = part == left
        foretold[out] = fit_calibrator(kind, predicted[~out], outcome[~out]).apply(predicted[out])
    return foretold


def _columns(kind: str, predicted: Floats) -> Floats:
    chance = inside(predicted)
    if kind == "logistic":
        return np.asarray(special.logit(chance)[:, None])
    return np.column_stack([np.log(chance), -np.log1p(-chance)])


def _isotonic(predicted: Floats, outcome: Floats) -> Calibrator:
    """Pool neighbours that fall, and put each step's height at the mean of the predictions on it."""
    values, place, counts = np.unique(predicted, return_inverse=True, return_counts=True)
    means = np.bincount(place, outcome) / counts
    pooled = optimize.isotonic_regression(means, weights=counts)
    blocks = pooled.blocks
    sizes = np.add.reduceat(counts, blocks[:-1])
    centres = np.add.reduceat(values * counts, blocks[:-1]) / sizes
    # One more of each outcome in every step: a step of a dozen people without a yes does not mean never.
    heights = (np.add.reduceat(means * counts, blocks[:-1]) + 0.5) / (sizes + 1.0)
    heights = np.maximum.accumulate(heights)
    return Calibrator(kind="isotonic", x=tuple(centres.tolist()), y=tuple(heights.tolist()))
