"""What did messages bring, whatever a model believes? By the chance that each of them had of being sent.

In   the iterations of a learner: counts by segment and message, the chances they were sent with, and what was expected
Out  the response rate that a rule for choosing messages would have had, with its interval

Thompson sampling sends what looks good more often, so that plain means of what was sent mix an option with the
company it was sent in. The chance of each message is known, and so each rule that chooses among them can be read
without bias: its messages' answers by the inverse of their chance, around what was expected before they were sent.
Each iteration's reading is right whatever the ones before brought; they are put together with weights that were fixed
before it began, so that the interval holds although the chances followed the counts.

Ref  Dudík, Erhan, Langford & Li (2014), Doubly robust policy evaluation and optimization, Statistical Science 29(4),
     485-511: equation 3.3
     Hadad, Hirshberg, Zhan, Wager & Athey (2021), Confidence intervals for policy evaluation in adaptive experiments,
     PNAS 118(15), e2014602118: weights that keep each batch's share of the variance
     Zhang, Janson & Murphy (2020), Inference for batched bandits, NeurIPS 33
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.decisions.learning.iteration import Iteration
from patron.decisions.learning.message_parts import MessageParts

Floats = NDArray[np.float64]

FEWEST_RESPONSES = 10
"""Answers of a rule's messages, below which nothing is read: a normal interval needs some."""

RAREST = 1e-4
"""Response rates are taken to be at least so far from 0 and 1 when readings are weighed."""


@dataclass(frozen=True)
class Reading:
    """A response rate with its interval."""

    rate: float
    low: float
    high: float


def read_rule(iterations: Sequence[Iteration], rule: Floats, *, level: float = 0.95) -> Reading | None:
    """Return the response rate had messages been chosen by a rule; none where too few answered.

    Parameters
    ----------
    iterations : sequence of Iteration
        In the order of time; those whose chances are not known (NaN) are left out.
    rule : array of shape (segments, messages) or (messages,)
        With which chance the rule chooses each message; rows add up to 1. Fixed before the messages were sent.
    level : float
        Of the interval.
    """
    sent = [one for one in iterations if one.sends.sum() > 0 and not np.isnan(one.share).any()]
    if sum(float(one.responses[np.broadcast_to(rule, one.share.shape) > 0].sum()) for one in sent) < FEWEST_RESPONSES:
        return None
    value, variance, weight = (np.array(column) for column in zip(*(_read(one, rule) for one in sent), strict=True))
    share = weight / weight.sum()
    rate, error = float(share @ value), float(np.sqrt(share**2 @ variance))
    reach = float(special.ndtri(0.5 + level / 2)) * error
    return Reading(rate=rate, low=max(0.0, rate - reach), high=min(1.0, rate + reach))


def read_option(
    parts: MessageParts, iterations: Sequence[Iteration], part: int, option: int, *, level: float = 0.95
) -> Reading | None:
    """Return the response rate of messages with an option, all others as likely as each other."""
    has = parts.messages[:, part] == option
    return read_rule(iterations, has / has.sum(), level=level)


def _read(one: Iteration, rule: Floats) -> tuple[float, float, float]:
    """Return an iteration's reading, its variance, and its weight: one over the deviation that was to be expected."""
    chosen = np.broadcast_to(rule, one.share.shape)
    ratio = np.divide(chosen, one.share, out=np.zeros_like(one.share), where=chosen > 0)
    many = one.sends.sum(axis=1)
    weight = many / many.sum()
    each = np.maximum(many, 1.0)
    rest = ratio * (one.responses - one.sends * one.expected)
    value = (chosen * one.expected).sum(axis=1) + rest.sum(axis=1) / each
    # Answered: (1 - expected)^2; not: expected^2.
    squares = one.responses * (1 - one.expected) ** 2 + (one.sends - one.responses) * one.expected**2
    spread = ((ratio**2 * squares).sum(axis=1) / each - (rest.sum(axis=1) / each) ** 2) / each
    likely = one.expected.clip(RAREST, 1 - RAREST)
    foreseen = (chosen * ratio * likely * (1 - likely)).sum(axis=1) / each
    # A message that is seldom sent counts for many: until it is answered, what was seen knows nothing of that variance.
    variance = float(weight**2 @ np.maximum(spread, foreseen))
    return float(weight @ value), variance, 1 / float(np.sqrt(weight**2 @ foreseen))
