"""How do the odds of an outcome depend on a few columns?

By maximum likelihood with Newton steps (iteratively reweighted least squares). A faint ridge keeps the weights finite
where the outcomes can be told apart completely.

Ref  McCullagh & Nelder (1989), Generalized Linear Models, sections 2.5 and 4.4
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

RIDGE = 1e-6  # of the mean log-likelihood; weights of standardised columns stay below some thousands
STEPS = 100
ARRIVED = 1e-10


def logistic_regression(columns: Floats, outcome: Floats) -> Floats:
    """Return the weights of a column of ones (first) and of each column.

    Parameters
    ----------
    columns : array of shape (people, columns)
        Best of about unit size.
    outcome : array of shape (people,)
        0 and 1.

    Examples
    --------
    >>> weights = logistic_regression(np.array([[0.0], [0.0], [1.0], [1.0], [1.0]]), np.array([0.0, 1, 0, 1, 1]))
    >>> weights.round(3).tolist()  # odds of 1, and of 2
    [0.0, 0.693]
    """
    design = np.column_stack([np.ones(len(columns)), columns])
    weights = np.zeros(design.shape[1])
    height = _height(design, outcome, weights)
    for _ in range(STEPS):
        chance = special.expit(design @ weights)
        slope = design.T @ (outcome - chance) / len(outcome) - RIDGE * weights
        bend = (design.T * (chance * (1 - chance))) @ design / len(outcome) + RIDGE * np.eye(len(weights))
        step = np.linalg.solve(bend, slope)
        size = 1.0
        while (reached := _height(design, outcome, weights + size * step)) < height and size > 1e-6:
            size /= 2
        weights, gained, height = weights + size * step, reached - height, max(reached, height)
        if gained < ARRIVED:
            break
    return np.asarray(weights, dtype=np.float64)


def _height(design: Floats, outcome: Floats, weights: Floats) -> float:
    score = design @ weights
    likelihood = outcome * score - np.logaddexp(0, score)
    return float(likelihood.mean()) - RIDGE / 2 * float(weights @ weights)
