"""How much of what messages can bring is already had, what would another iteration add, and is it enough?

The best message is not known; what it brings is known as a distribution. What is already had is what the message that
would be sent from now on is expected to bring more than the first one, as a share of what the best one is expected to.
What another iteration would add is what its counts are expected to change in that choice (the expected value of
sample information): the belief after counts that were not yet seen is drawn from the belief before.

Ref  Raiffa & Schlaifer (1961), Applied Statistical Decision Theory, chapter 5: the value of sample information
     Frazier, Powell & Dayanik (2009), The knowledge-gradient policy for correlated normal beliefs, INFORMS Journal on
     Computing 21(4), 599-613: how a normal belief moves with counts
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.decisions.learning.message_parts import MessageParts
from patron.decisions.learning.message_plan import MessagePlan
from patron.stats.grouped_logistic import WeightBelief

Floats = NDArray[np.float64]

ENOUGH = 0.95
"""Share of the reachable effect with which learning stops."""

LITTLE = 0.005
"""Share of what is had that another iteration must add at least."""

AHEAD_DRAWS = 500

REASONS = ("begin", "go_on", "enough", "little_left")


@dataclass(frozen=True, kw_only=True)
class LearningStatus:
    """How far the learning is; what is had and reachable is per message sent, in what a response is worth."""

    iterations: int
    sends: int
    responses: int
    best: dict[str, str]  # the message to send, of everybody where segments differ
    chance_best: float  # that it is the best of all
    first_rate: float  # what the first message brings
    best_rate: float  # what the messages that would be sent bring
    reachable_rate: float  # what the best ones are expected to bring, whichever they are
    share_had: float  # (best - first) / (reachable - first)
    next_sends: int
    next_gain: float  # what the messages that would be sent after another iteration bring more
    next_share_had: float
    stop: bool
    reason: str


def learning_status(
    parts: MessageParts,
    plan: MessagePlan,
    belief: WeightBelief,
    *,
    counts: tuple[Floats, Floats],
    next_sends: float,
    generator: np.random.Generator,
    iterations: int,
) -> LearningStatus:
    """Return how far the learning is; segments count by what was sent to them.

    `counts` are sends and responses, of shape (segments, messages).
    """
    sends, responses = counts
    weight = sends.sum(axis=1) / sends.sum() if sends.sum() else np.full(len(sends), 1 / len(sends))
    best = plan.recommended
    places = np.arange(len(best))
    first, had = float(weight @ plan.worth[:, 0]), float(weight @ plan.worth[places, best])
    reachable = float(weight @ plan.draws.max(axis=2).mean(axis=0))
    gain = _gain(parts, plan, belief, weight=weight, sends=next_sends, generator=generator)
    share = _share(had, first, reachable)
    reason = _reason(share, gain, had, iterations)
    whole = weight @ plan.worth
    return LearningStatus(
        iterations=iterations, sends=int(sends.sum()), responses=int(responses.sum()),
        best=dict(zip(parts.names, parts.options(int(whole.argmax())), strict=True)),
        chance_best=float(weight @ plan.chance_best[places, best]), first_rate=first, best_rate=had,
        reachable_rate=reachable, share_had=share, next_sends=int(next_sends), next_gain=gain,
        next_share_had=_share(min(had + gain, reachable), first, reachable), stop=reason in REASONS[2:], reason=reason,
    )  # fmt: skip


def _share(had: float, first: float, reachable: float) -> float:
    """Return the share of the reachable effect; 1 where nothing is reachable."""
    return max(0.0, (had - first) / (reachable - first)) if reachable > first else 1.0


def _reason(share: float, gain: float, had: float, iterations: int) -> str:
    if not iterations:
        return "begin"
    if share >= ENOUGH:
        return "enough"
    return "little_left" if gain < LITTLE * had else "go_on"


def _gain(
    parts: MessageParts, plan: MessagePlan, belief: WeightBelief, *, weight: Floats, sends: float,
    generator: np.random.Generator,
) -> float:  # fmt: skip
    """Return what the messages chosen after another iteration are expected to bring more than those chosen now."""
    if sends <= 0:
        return 0.0
    columns, rate = parts.columns, plan.rate.ravel()
    to_come = (sends * weight[:, None] * plan.share).ravel() * rate * (1 - rate)
    after = np.linalg.inv(np.linalg.inv(belief.covariance) + (columns.T * to_come) @ columns)
    learned = belief.covariance - after
    sizes, axes = np.linalg.eigh((learned + learned.T) / 2)
    moves = generator.standard_normal((AHEAD_DRAWS, len(sizes))) * np.sqrt(sizes.clip(min=0)) @ axes.T
    spread = np.einsum("ij,jk,ik->i", columns, after, columns)
    # The mean of a rate whose log odds are normal, as for a small rate: exp(half the variance) times.
    ahead = (
        special.expit((belief.mean + moves) @ columns.T + spread / 2).reshape(AHEAD_DRAWS, *plan.rate.shape)
        * plan.factor
    )
    return float(weight @ (ahead.max(axis=2).mean(axis=0) - ahead.mean(axis=0).max(axis=1)))
