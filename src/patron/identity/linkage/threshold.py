"""How likely must a pair be, so that of the accepted ones as many are right as was wanted?

Works on counted weights: how many pairs have which sum of weights. A pair's probability needs the share of all pairs
that are one person, which is the one at which the probabilities sum to the matches that it implies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

LEAST_LIKELY = 0.5
"""No pair is accepted that is more likely wrong than right, however good the others are."""

_ROUNDS = 500


@dataclass(frozen=True)
class Threshold:
    """Where the line is drawn: accept a pair from `weight` on, which is `probability`."""

    weight: float
    probability: float
    expected_precision: float
    accepted: int


def probabilities(weights: Numbers, match_share: float) -> Numbers:
    """Return the probability that a pair is one person.

    Parameters
    ----------
    weights : array
        Sums of log2(m/u).
    match_share : float
        Share of all pairs that are one person.

    Examples
    --------
    >>> probabilities(np.array([0.0, 10.0]), 1 / 1025).round(4).tolist()
    [0.001, 0.5]
    """
    if match_share <= 0:
        return np.zeros_like(weights)
    odds = np.log2(match_share) - np.log2(1.0 - match_share)
    return np.asarray(1.0 / (1.0 + np.exp2(np.clip(-(weights + odds), -1000, 1000))), dtype=np.float64)


def match_share(weights: Numbers, pairs: Numbers, all_pairs: float) -> float:
    """Return the share of all pairs that are one person, by expectation-maximisation with m and u held.

    Parameters
    ----------
    weights, pairs : array
        Each sum of weights that some candidates have, and how many have it.
    all_pairs : float
        Number of pairs of records, compared or not; those not compared are no matches.

    Returns
    -------
    float
        Zero where the candidates look like chance.

    Examples
    --------
    >>> match_share(np.array([40.0, 2.0]), np.array([10.0, 1000.0]), 1e6).__round__(6)
    1e-05
    """
    if not len(weights) or all_pairs <= 0:
        return 0.0
    share = min(0.5, pairs.sum() / all_pairs)
    for _ in range(_ROUNDS):
        following = min(float(pairs @ probabilities(weights, share)) / all_pairs, 0.999)
        if abs(following - share) <= 1e-9 * share:
            break
        share = following
    return following if following * all_pairs >= 0.5 else 0.0


def threshold(weights: Numbers, pairs: Numbers, share: float, *, wanted_precision: float) -> Threshold:
    """Return the lowest line above which the mean probability of the pairs is at least `wanted_precision`.

    Examples
    --------
    >>> line = threshold(np.array([30.0, 20.0, 10.0]), np.array([90.0, 10.0, 50.0]), 1e-5, wanted_precision=0.95)
    >>> line.weight, line.accepted
    (20.0, 100)
    """
    order = np.argsort(-weights)
    weights, pairs = weights[order], pairs[order]
    likely = probabilities(weights, share)
    expected = np.cumsum(pairs * likely) / np.cumsum(pairs) if len(pairs) else pairs
    good = np.flatnonzero((expected >= wanted_precision) & (likely >= LEAST_LIKELY))
    if not len(good):
        return Threshold(float("inf"), 2.0, 1.0, 0)
    last = good[-1]
    return Threshold(float(weights[last]), float(likely[last]), float(expected[last]), int(pairs[: last + 1].sum()))
