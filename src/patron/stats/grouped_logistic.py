"""How do the odds of an outcome depend on many columns, when columns of one kind have effects of a like size?

A logistic regression whose weights are normal about a prior mean. Columns come in groups (main effects, pairs, ...),
and each group's variance is learned from the same counts: where pairs hardly matter, theirs are drawn to nought. The
belief about the weights is normal at its mode (Laplace), which is all that Thompson sampling needs.

Ref  MacKay (1992), Bayesian interpolation, Neural Computation 4(3), 415-447: variances by the evidence
     Bishop (2006), Pattern Recognition and Machine Learning, section 4.4 (Laplace) and eq. 9.63 (the step in variances)
     Chapelle & Li (2011), An empirical evaluation of Thompson sampling, NIPS 24: logistic regression by Laplace
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, special

from patron.errors import ArgumentError
from patron.language import failure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROUNDS = 60
ARRIVED = 1e-3
"""Change of the weights, in standard deviations of their belief, and relative change of the variances, to stop at."""

WIDEST_STEP = 4.0  # of a weight at once, in log odds: a first step from far away must not overshoot


@dataclass(frozen=True, kw_only=True)
class WeightPrior:
    """What is believed of the weights before a count is seen.

    Weight j is normal about ``mean[j]`` with variance ``variance[group[j]] * relative[j]``; the variance of a group is
    itself scaled inverse chi-square about what stands here, worth as many weights as `strength` says. A group of
    infinite strength keeps its variance.
    """

    mean: Floats
    group: Ints
    relative: Floats
    variance: Floats  # one a group
    strength: Floats


@dataclass(frozen=True, kw_only=True)
class WeightBelief:
    """What is believed of the weights after the counts: normal, and each group's variance."""

    mean: Floats
    covariance: Floats
    variance: Floats


def grouped_logistic(
    columns: Floats, trials: Floats, successes: Floats, prior: WeightPrior, *, start: WeightBelief | None = None
) -> WeightBelief:
    """Return what the counts make of the prior.

    Parameters
    ----------
    columns : array of shape (cells, weights)
        No column of ones is added.
    trials, successes : array of shape (cells,)
        Counts of each cell.
    prior : WeightPrior
    start : WeightBelief, optional
        Where to begin: the belief before the last counts came saves steps.

    Raises
    ------
    ArgumentError
        Counts that cannot be: negative, not finite, or more successes than trials.

    Examples
    --------
    >>> prior = WeightPrior(mean=np.zeros(2), group=np.array([0, 0]), relative=np.ones(2),
    ...                     variance=np.array([100.0]), strength=np.array([np.inf]))
    >>> belief = grouped_logistic(np.eye(2), np.array([1000.0, 1000.0]), np.array([500.0, 200.0]), prior)
    >>> special.expit(belief.mean).round(2).tolist()
    [0.5, 0.2]
    """
    if not (np.isfinite(trials).all() and (successes >= 0).all() and (successes <= trials).all()):
        came = int((~np.isfinite(trials) | (successes < 0) | ~(successes <= trials)).sum())
        raise failure(ArgumentError, "learning.counts", argument="responses", came=came)
    seen = trials > 0
    columns, trials, successes = columns[seen], trials[seen], successes[seen]
    mean = prior.mean.copy() if start is None else start.mean.copy()
    variance = prior.variance.copy() if start is None else start.variance.copy()
    for _ in range(ROUNDS):
        mean, covariance, moved = _step(columns, trials, successes, prior, mean, variance)
        learned = _variances(mean, covariance, prior)
        changed = float(np.abs(np.log(learned / variance)).max())
        variance = learned
        if moved < ARRIVED and changed < 10 * ARRIVED:
            break
    return WeightBelief(mean=mean, covariance=covariance, variance=variance)


def _step(
    columns: Floats, trials: Floats, successes: Floats, prior: WeightPrior, mean: Floats, variance: Floats
) -> tuple[Floats, Floats, float]:
    """Return the weights after a Newton step, their covariance, and how far they moved in standard deviations."""
    precision = 1.0 / (variance[prior.group] * prior.relative)
    chance = special.expit(columns @ mean)
    slope = columns.T @ (successes - trials * chance) - precision * (mean - prior.mean)
    bend = (columns.T * (trials * chance * (1 - chance))) @ columns
    bend[np.diag_indices_from(bend)] += precision
    factor = linalg.cho_factor(bend, lower=True)
    covariance = linalg.cho_solve(factor, np.eye(len(mean)))
    step = covariance @ slope
    step *= min(1.0, WIDEST_STEP / max(float(np.abs(step).max()), 1e-12))
    moved = float(np.abs(step / np.sqrt(np.diag(covariance))).max())
    return mean + step, covariance, moved


def _variances(mean: Floats, covariance: Floats, prior: WeightPrior) -> Floats:
    """Return each group's variance: what its weights are expected to spread, drawn to the prior's."""
    squares = ((mean - prior.mean) ** 2 + np.diag(covariance)) / prior.relative
    groups = len(prior.variance)
    total, count = np.bincount(prior.group, squares, groups), np.bincount(prior.group, minlength=groups)
    fixed = ~np.isfinite(prior.strength)
    strength = np.where(fixed, 1.0, prior.strength)
    learned = (strength * prior.variance + total) / (strength + count)
    return np.where(fixed, prior.variance, learned)
