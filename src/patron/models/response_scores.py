"""One unit's share in the answer: scores whose mean over any group is the effect in that group.

What each arm would bring is foretold by trees that have not seen the unit (cross-fitting). The doubly robust score
adds what really came, weighted by how seldom the unit's arm is; the X score puts the forecast in the place of the arm
that the unit was not in, which is less noisy and leans on the forecast.

Ref  Robins, Rotnitzky & Zhao (1994), JASA 89, 846-866: the doubly robust score
     Kennedy (2023), Towards optimal doubly robust estimation of heterogeneous causal effects, Electronic Journal of
     Statistics 17(2), 3008-3049: regression of the score on the features, algorithm 1
     Künzel, Sekhon, Bickel & Yu (2019), Metalearners for estimating heterogeneous treatment effects, PNAS 116(10),
     4156-4165: X, equations 8 to 10
     Chernozhukov et al. (2018), Double/debiased machine learning, Econometrics Journal 21(1): cross-fitting
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.models.response_bins import Bins, Shape
from patron.stats.policy_value import doubly_robust_scores

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Forecasts:
    """What was foretold of some units: the outcome of each arm (`expected`), and the chance of each arm."""

    rows: Ints
    expected: Floats
    chances: Floats


def drawn_parts(rows: int, parts: int, *, seed: int) -> Ints:
    """Return a part for each row, of equal sizes, by lot."""
    return np.random.default_rng(seed).permutation(np.arange(rows) % parts)


def forecasts(
    bins: Bins, arm: Ints, outcome: Floats, chances: Floats | None, *, rows: Ints, part: Ints, shape: Shape, clip: float
) -> Forecasts:
    """Foretell some rows, each part by trees that have seen the others.

    Parameters
    ----------
    bins : Bins
        Of all rows.
    arm, outcome, chances
        As in `response_trial.Trial`, of all rows.
    rows, part : array of int
        Which rows are to be foretold, in rising order, and which part each belongs to.
    shape : Shape
        Of the trees.
    clip : float
        No estimated chance is below it.
    """
    arms = int(arm.max()) + 1
    expected, estimated = np.empty((len(rows), arms)), np.empty((len(rows), arms))
    for one in np.unique(part):
        asked, seen = rows[part == one], rows[part != one]
        for place in range(arms):
            mine = seen[arm[seen] == place]
            expected[part == one, place] = bins.foretell(mine, outcome[mine], shape, asked=asked)
            if chances is None and (arms > 2 or place):  # of two arms one says it all
                drawn = (arm[seen] == place).astype(np.float64)
                estimated[part == one, place] = bins.foretell(seen, drawn, shape, asked=asked)
    if chances is not None:
        return Forecasts(rows=rows, expected=expected, chances=chances[rows])
    if arms == 2:
        estimated[:, 0] = 1 - estimated[:, 1]
    return Forecasts(rows=rows, expected=expected, chances=clipped(estimated, clip))


def clipped(chances: Floats, least: float) -> Floats:
    """Return chances of at least `least` that add up to 1 in each row.

    Examples
    --------
    >>> clipped(np.array([[1.02, -0.02], [0.4, 0.4]]), 0.01).round(4).tolist()
    [[0.99, 0.01], [0.5, 0.5]]
    """
    kept = np.clip(chances, least, 1 - least)
    return np.asarray(kept / kept.sum(axis=1, keepdims=True), dtype=np.float64)


def robust_scores(found: Forecasts, arm: Ints, outcome: Floats) -> Floats:
    """Return each row's doubly robust score of each arm, control first; differences are those of effects."""
    return doubly_robust_scores(arm[found.rows], outcome[found.rows], found.chances, predicted=found.expected)


def x_scores(found: Forecasts, arm: Ints, outcome: Floats, action: int) -> tuple[Ints, Floats, Floats]:
    """Return which of the forecasts' rows are in control or got an action, their X scores, and their weights.

    A score is the outcome less what control was foretold, or what the action was foretold less the outcome; a row
    counts by the chance of the arm that it was not in, so that both arms together stand for everybody.
    """
    got, came = arm[found.rows], outcome[found.rows]
    mine = np.flatnonzero((got == 0) | (got == action))
    acted = got[mine] == action
    score = np.where(acted, came[mine] - found.expected[mine, 0], found.expected[mine, action] - came[mine])
    chance = found.chances[mine][:, [0, action]]
    weight = np.where(acted, chance[:, 0], chance[:, 1]) / chance.sum(axis=1)
    return mine, score, weight * (len(mine) / weight.sum())
