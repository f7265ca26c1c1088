"""What a learner believes of each option, and what its own messages alone tell of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.decisions.learning.learner import VariantLearner
from patron.decisions.learning.option_prior import weight_prior
from patron.decisions.learning.read_options import Reading, read_option

Floats = NDArray[np.float64]

LEAST_PRECISION = 1e-6
"""Of what messages tell of an option: nothing at all."""


@dataclass(frozen=True, kw_only=True)
class OptionEffect:
    """One option: rates are of messages with it, all others as likely as each other."""

    part: str
    option: str
    sends: int
    responses: int
    rate: float
    low: float
    high: float
    chance_best: float  # that the best message has it
    effect: float  # log odds against the mean of its part's options, as its own messages alone tell
    variance: float
    expected: float  # the same, as it was expected before
    past_triggers: int
    reading: Reading | None  # by inverse propensity


def option_effects(learner: VariantLearner) -> list[OptionEffect]:
    """Return one row an option, in the order of the parts."""
    parts, plan, prior = learner.parts, learner.plan, learner.prior
    sends, responses = learner.counts
    whole = sends.sum(axis=1) / sends.sum() if sends.sum() else np.full(len(sends), 1 / len(sends))
    rates = np.tensordot(plan.draws, whole, axes=(1, 0)) / np.where(plan.factor > 0, plan.factor, 1.0)
    best = whole @ plan.chance_best
    own = iter(_own(learner))
    found: list[OptionEffect] = []
    for place, (part, options) in enumerate(parts.parts.items()):
        for number, option in enumerate(options):
            has = parts.messages[:, place] == number
            drawn = rates[:, has].mean(axis=1)
            low, high = np.quantile(drawn, (0.025, 0.975))
            effect, variance = next(own)
            found.append(
                OptionEffect(
                    part=part,
                    option=option,
                    sends=int(sends[:, has].sum()),
                    responses=int(responses[:, has].sum()),
                    rate=float(drawn.mean()),
                    low=float(low),
                    high=float(high),
                    chance_best=float(best[has].sum()),
                    effect=effect,
                    variance=variance,
                    expected=prior.mean.get((part, option), 0.0) if prior else 0.0,
                    past_triggers=prior.triggers.get((part, option), 0) if prior else 0,
                    reading=read_option(parts, learner.iterations, place, number),
                )
            )  # fmt: skip
    return found


def _own(learner: VariantLearner) -> list[tuple[float, float]]:
    """Return for each option what the counts add to the prior: belief over prior, as normal densities.

    So what one trigger was led to expect by others is not handed on to others as its own.
    """
    belief, prior = learner.belief, weight_prior(learner.parts, learner.prior)
    before = belief.variance[prior.group] * prior.relative
    found: list[tuple[float, float]] = []
    for first, size in zip(np.cumsum([1, *learner.parts.sizes]), learner.parts.sizes, strict=False):
        if size == 1:  # nothing to compare it with
            found.append((0.0, 1 / LEAST_PRECISION))
            continue
        own = slice(int(first), int(first) + size)
        if size == 1:  # an option without another is the mean of its part: nothing is learned of it
            found.append((0.0, float(before[own][0])))
            continue
        against = np.eye(size) - 1 / size  # the mean of the part's options
        variance = np.einsum("ij,jk,ik->i", against, belief.covariance[own, own], against)
        prior_variance = against**2 @ before[own]
        precision = np.maximum(1 / variance - 1 / prior_variance, LEAST_PRECISION)
        mean = (against @ belief.mean[own] / variance - against @ prior.mean[own] / prior_variance) / precision
        found += zip(mean.tolist(), (1 / precision).tolist(), strict=True)
    return found
