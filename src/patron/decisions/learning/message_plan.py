"""With which chance is each message sent next? Thompson sampling, with a floor under every message.

The chances of a plan are fixed before the first message is sent, and what is sent is drawn from them: so the chance of
every message that somebody got is known exactly, and readings by inverse propensity are right afterwards.

Ref  Thompson (1933), Biometrika 25, 285-294
     Scott (2010), A modern Bayesian look at the multi-armed bandit, Applied Stochastic Models in Business and Industry
     26, 639-658: allotting by the chance of being best; several factors
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.stats.grouped_logistic import WeightBelief

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DRAWS, FEWEST_DRAWS = 2_000, 200
LARGEST = 20_000_000
"""Numbers in a table of draws and messages; beyond, fewer draws are made."""


@dataclass(frozen=True, kw_only=True)
class MessagePlan:
    """What is sent next, and what is believed of every message: arrays of shape (segments, messages)."""

    chance_best: Floats
    share: Floats  # (1 - floor) * chance_best + floor / messages: what is drawn from
    rate: Floats  # mean of the belief about the response rate
    low: Floats  # of its 95 % interval
    high: Floats
    worth: Floats  # mean of rate x what a response is worth: what a message is chosen by
    factor: Floats  # what a response to each message is worth, (messages,)
    draws: Floats  # of rate x worth, (draws, segments, messages)

    @property
    def recommended(self) -> Ints:
        """The message of each segment that is expected to bring most."""
        return np.asarray(self.worth.argmax(axis=1), dtype=np.int64)


def message_plan(rates: Floats, *, worth: Floats, floor: float) -> MessagePlan:
    """Return with which chance each message is sent.

    Parameters
    ----------
    rates : array of shape (draws, segments, messages)
        Response rates, drawn from the belief.
    worth : array of shape (messages,)
        What a response to each message is worth; 1 each to count responses.
    floor : float
        Share of what is sent that is spread evenly over all messages, so that each of them stays readable.
    """
    draws, segments, messages = rates.shape
    worths = rates * worth
    best = worths.argmax(axis=2) + messages * np.arange(segments)
    chance = np.bincount(best.ravel(), minlength=segments * messages).reshape(segments, messages) / draws
    low, high = np.quantile(rates, (0.025, 0.975), axis=0)
    return MessagePlan(
        chance_best=chance, share=(1 - floor) * chance + floor / messages, rate=rates.mean(axis=0), low=low, high=high,
        worth=worths.mean(axis=0), factor=worth, draws=worths,
    )  # fmt: skip


def rate_draws(columns: Floats, belief: WeightBelief, *, generator: np.random.Generator) -> Floats:
    """Draw response rates of every cell from the belief, one row a draw."""
    draws = max(FEWEST_DRAWS, min(DRAWS, LARGEST // len(columns)))
    root = np.linalg.cholesky(belief.covariance)
    weights = belief.mean + generator.standard_normal((draws, len(belief.mean))) @ root.T
    return np.asarray(special.expit(weights @ columns.T), dtype=np.float64)


def drawn_messages(share: Floats, count: int, *, generator: np.random.Generator) -> Ints:
    """Draw messages with the chances of a plan, spread as evenly as whole numbers allow, in random order.

    Each place in the list has exactly the planned chance of each message (systematic sampling), and no message gets
    a whole message more or less than its due.

    Examples
    --------
    >>> drawn = drawn_messages(np.array([0.5, 0.25, 0.25]), 8, generator=np.random.default_rng(1))
    >>> np.bincount(drawn).tolist()
    [4, 2, 2]
    """
    edges = np.cumsum(share)
    marks = (np.arange(count) + generator.random()) / count
    drawn = np.searchsorted(edges / edges[-1], marks, side="right").clip(max=len(share) - 1)
    return generator.permutation(drawn).astype(np.int64)
