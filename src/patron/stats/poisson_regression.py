"""By what factor, that depends on features, do counts differ from what was expected?

Counts have the mean expected x exp(features . weights). The weights are drawn towards zero, that is towards "as
expected", by a normal prior whose width is itself learned: the one under which the counts are likeliest (empirical
Bayes, by Laplace's approximation). So few counts change little, and counts that are as expected next to nothing.

Ref  McCullagh & Nelder (1989), Generalized Linear Models, section 6.2 (log-linear) and 9.2 (quasi-likelihood)
     MacKay (1992), Bayesian interpolation, Neural Computation 4(3), 415-447: the evidence of a prior's width
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WIDTHS = np.geomspace(0.003, 3.0, 13)  # standard deviations of the prior that are tried
STEPS = 50
FAR = 20.0  # log factors beyond this overflow sooner than they help
ARRIVED = 1e-10


@dataclass(frozen=True, kw_only=True)
class PoissonRegression:
    """The weights, the width of the prior that was chosen, and the weights' covariance."""

    weights: Floats
    width: float
    covariance: Floats


def poisson_regression(features: Floats, counts: Floats, expected: Floats, *, dispersion: float) -> PoissonRegression:
    """Learn weights of features from counts beside their expectation.

    Parameters
    ----------
    features : array of shape (groups, features)
        Standardised, so that one prior suits all; a column of ones for the level.
    counts : array of shape (groups,)
        Sum of a group's counts.
    expected : array of shape (groups,)
        Sum of their expectations, positive.
    dispersion : float
        Variance of a count over its mean: counts that scatter more than Poisson ones count for less.

    Examples
    --------
    >>> level = np.ones((2, 1))
    >>> found = poisson_regression(level, np.array([900.0, 1100.0]), np.array([450.0, 550.0]), dispersion=1.0)
    >>> round(float(np.exp(found.weights[0])), 2)  # twice what was expected
    2.0
    """
    weights = np.zeros(features.shape[1])
    found: list[tuple[float, PoissonRegression]] = []
    for width in WIDTHS.tolist():
        weights, curvature, height = _top(features, counts / dispersion, expected / dispersion, width, weights)
        evidence = height - float(np.linalg.slogdet(curvature * width**2)[1]) / 2
        covariance = np.asarray(np.linalg.inv(curvature), dtype=np.float64)
        found.append((evidence, PoissonRegression(weights=weights, width=width, covariance=covariance)))
    return max(found, key=lambda one: one[0])[1]


def _top(
    features: Floats, counts: Floats, expected: Floats, width: float, start: Floats
) -> tuple[Floats, Floats, float]:
    """Climb by Newton's method; return the weights, the curvature there, and the height with the prior's part."""
    weights = start
    height, slope, curvature = _height(features, counts, expected, width, weights)
    for _ in range(STEPS):
        step = np.linalg.solve(curvature, slope)
        gain = float(slope @ step)
        share = 1.0
        while share > 1e-6:
            trial = weights + share * step
            after = _height(features, counts, expected, width, trial)
            if after[0] >= height:
                break
            share /= 2
        else:
            break
        weights, (height, slope, curvature) = trial, after
        if gain < ARRIVED:
            break
    return weights, curvature, height


def _height(
    features: Floats, counts: Floats, expected: Floats, width: float, weights: Floats
) -> tuple[float, Floats, Floats]:
    """Return the penalised log-likelihood, its gradient, and the negative of its Hessian."""
    log_factor = np.clip(features @ weights, -FAR, FAR)
    mean = expected * np.exp(log_factor)
    height = float((counts * log_factor - mean).sum()) - float(weights @ weights) / (2 * width**2)
    slope = features.T @ (counts - mean) - weights / width**2
    curvature = features.T @ (features * mean[:, None]) + np.eye(len(weights)) / width**2
    return height, slope, curvature
