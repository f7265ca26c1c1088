"""How much each learner is believed, and how far off what they say together may be.

Learners that were fitted to one half of the units say what they expect of the other half, whose doubly robust scores
judge them. A score is far noisier than an effect, so equal weights are the starting point, and the data move them as
far as they can tell (the posterior mean under a prior around equal weights).

The interval of a person's effect puts three things together: what a ridge does not know, how far the trees and the
ridge disagree on the person, and by how much the two halves differ on average.

Ref  Wolpert (1992), Stacked generalization, Neural Networks 5(2), 241-259
     Chernozhukov, Demirer, Duflo & Fernández-Val (2018), Generic machine learning inference on heterogeneous treatment
     effects in randomized experiments, NBER 24678: scores of held-out units on what was predicted of them
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PRIOR_VARIANCE = 0.05
"""Of a learner's weight around an equal share: weights far from it have to be earned."""


def weights(said: Floats, scores: Floats) -> Floats:
    """Return the weights of learners, none below 0.

    Parameters
    ----------
    said : array of shape (rows, learners)
        What each says of rows that it has not seen.
    scores : array
        The rows' doubly robust scores.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> effect = rng.normal(size=4_000)
    >>> said = np.column_stack([effect, rng.normal(size=4_000)])
    >>> weights(said, effect + rng.normal(size=4_000)).round(1).tolist()
    [1.0, 0.0]
    """
    learners = said.shape[1]
    apart, noise = said - said.mean(axis=0), float(np.var(scores))
    keen = noise / PRIOR_VARIANCE
    gram = apart.T @ apart + keen * np.eye(learners)
    wanted = apart.T @ (scores - scores.mean()) + keen * np.full(learners, 1 / learners)
    # A learner whose weight would be negative is left out, and the others are asked again.
    kept = np.arange(learners)
    found = np.zeros(learners)
    while len(kept):
        part = np.linalg.solve(gram[np.ix_(kept, kept)], wanted[kept])
        if (part >= 0).all():
            found[kept] = part
            break
        kept = kept[part >= 0]
    return found


def together(said: Floats, centre: Floats, shares: Floats, level: float) -> Floats:
    """Return what learners say with their weights: the mean effect, and how far each row is from it.

    Parameters
    ----------
    said : array of shape (rows, learners)
        One learner a column.
    centre, shares : array, one a learner
        What it says on average where it was learned, and its weight.
    level : float
        The mean effect.
    """
    return np.asarray(level + (said - centre) @ shares, dtype=np.float64)
