"""What is believed of a message's options before one is sent: effects of the same options in past triggers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from patron.decisions.learning.message_parts import CONTEXT, LEVEL, MAIN, PAIR, SEGMENT, MessageParts
from patron.stats.grouped_logistic import WeightPrior

LEVEL_MEAN = -3.5
"""Log odds of a response to nobody knows what: 3 %."""

VARIANCE = {LEVEL: 4.0, MAIN: 0.04, PAIR: 0.005, SEGMENT: 0.1, CONTEXT: 0.01}
"""Of the log odds, where nothing else is known: an option moves responses by a fifth, a pair by some 7 % more."""

STRENGTH = {LEVEL: np.inf, MAIN: 4.0, PAIR: 10.0, SEGMENT: 4.0, CONTEXT: 10.0}
"""How many weights' worth of belief each of these variances has."""


@dataclass(frozen=True)
class OptionPrior:
    """What past triggers lead to expect of options, in log odds against the mean of the options of their part.

    An option that is not named here is expected to be like the others.
    """

    mean: Mapping[tuple[str, str], float] = field(default_factory=dict)  # by part and option
    variance: Mapping[tuple[str, str], float] = field(default_factory=dict)
    triggers: Mapping[tuple[str, str], int] = field(default_factory=dict)  # how many told of it
    weight: Mapping[str, float] = field(default_factory=dict)  # how much each way of being alike counts


def weight_prior(parts: MessageParts, prior: OptionPrior | None) -> WeightPrior:
    """Return the prior of the model's weights, with what past triggers tell of the options."""
    mean, relative = np.zeros(len(parts.group)), np.ones(len(parts.group))
    variance = np.array([VARIANCE[group] for group in range(len(VARIANCE))])
    mean[0] = LEVEL_MEAN
    if prior is not None:
        for place, (part, options) in enumerate(parts.parts.items()):
            for number, option in enumerate(options):
                column = parts.option_column(place, number)
                mean[column] = prior.mean.get((part, option), 0.0)
                relative[column] = prior.variance.get((part, option), VARIANCE[MAIN]) / VARIANCE[MAIN]
    strength = np.array([STRENGTH[group] for group in range(len(STRENGTH))])
    return WeightPrior(mean=mean, group=parts.group, relative=relative, variance=variance, strength=strength)
