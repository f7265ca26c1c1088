"""The learners of an effect: doubly robust trees, X trees, a ridge on splines, and what all of them say together.

The trees are small and slow, with at least 500 units a leaf: an effect is a small part of what moves an outcome, and
larger trees learn the rest.

Ref  see `response_scores.py` for doubly robust and X, `response_spline.py` for the ridge
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.models.response_bins import Bins, Shape
from patron.models.response_scores import Forecasts, x_scores
from patron.models.response_spline import Basis, Ridge
from patron.models.trees import Trees

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Matrix = NDArray[np.float32]

LEARNERS = {
    "doubly_robust": ("doubly_robust",),
    "x": ("x",),
    "ridge": ("ridge",),
    "ensemble": ("doubly_robust", "x", "ridge"),
}

EFFECT = Shape(trees=120, leaves=5, rate=0.04, rows_a_leaf=500, l2=20.0)
OUTCOME = Shape(trees=60, leaves=8, rate=0.08, rows_a_leaf=200, l2=20.0)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How an ensemble is made: the trees of effects and of outcomes, the parts for cross-fitting, the least chance."""

    effect: Shape = EFFECT
    outcome: Shape = OUTCOME
    folds: int = 2
    clip: float = 0.01  # no estimated chance of an arm is below it


RECIPE = Recipe()


@dataclass(frozen=True, kw_only=True)
class EffectModel:
    """What was learned of one action: trees by learner, and the ridge, which is there with any learner."""

    trees: dict[str, str]
    ridge: Ridge | None

    def say(self, learners: Sequence[str], matrix: Matrix, basis: Basis | None, *, threads: int) -> Floats:
        """Return what each learner says of some rows, one a column."""
        said = np.empty((len(matrix), len(learners)))
        for place, name in enumerate(learners):
            if name in self.trees:
                said[:, place] = Trees(self.trees[name], threads=threads).score(matrix)
            elif self.ridge is not None and basis is not None:
                for part, columns in basis.blocks(matrix):
                    said[part, place] = self.ridge.mean(columns)
        return said


def grow_effect(
    bins: Bins, found: Forecasts, scores: Floats, arm: Ints, outcome: Floats, *,
    action: int, learners: Sequence[str], shape: Shape,
) -> dict[str, str]:  # fmt: skip
    """Return trees of what an action changes, by learner, fitted to the forecasts' rows.

    Parameters
    ----------
    bins : Bins
        Of all rows.
    found, scores : Forecasts, array of shape (rows, arms)
        As `response_scores` makes them.
    arm, outcome : array
        Of all rows.
    action : int
        Which; 0 is control.
    learners : sequence of str
        `LEARNERS`.
    shape : Shape
        Of the effect's trees.
    """
    trees = {}
    if "doubly_robust" in learners:
        trees["doubly_robust"] = bins.grow(found.rows, scores[:, action] - scores[:, 0], shape)
    if "x" in learners:
        mine, score, weight = x_scores(found, arm, outcome, action)
        trees["x"] = bins.grow(found.rows[mine], score, shape, weight=weight)
    return trees
