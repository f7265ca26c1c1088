"""Trees of numbers on many parts of the same rows, whose features are sorted into bins only once.

To bin 100,000 rows of twenty features takes as long as to grow thirty trees. A learner that grows a dozen sets of trees
on halves and quarters of the same rows shares the bins among them, and reads what trees say of rows they have not seen
off the bins, too.

Ref  Ke et al. (2017), LightGBM: a highly efficient gradient boosting decision tree, NeurIPS 30
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patron.models.boosting import lightgbm_library
from patron.models.trees import threads_for

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Matrix = NDArray[np.float32]

QUIET = {"verbose": -1, "feature_pre_filter": False}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How trees grow: small and slow where there is little to learn."""

    trees: int
    leaves: int
    rate: float
    rows_a_leaf: int
    l2: float

    def asked(self, rows: int) -> dict[str, Any]:
        """Return the library's parameters; of few rows a leaf holds at least a twentieth."""
        return {
            "objective": "regression", "num_leaves": self.leaves, "learning_rate": self.rate,
            "min_data_in_leaf": min(self.rows_a_leaf, max(20, rows // 20)), "lambda_l2": self.l2,
            "deterministic": True, "force_col_wise": True, "seed": 1,
        } | QUIET  # fmt: skip


class Bins:
    """Features in bins.

    Parameters
    ----------
    matrix : array of shape (rows, features)
        Missing values are NaN.
    words : sequence of int
        The columns whose numbers stand for words.
    threads : int
        At most.
    """

    def __init__(self, matrix: Matrix, *, words: Sequence[int], threads: int) -> None:
        self._threads = threads
        self._whole = lightgbm_library().Dataset(matrix, categorical_feature=list(words), params=QUIET).construct()

    def grow(self, rows: Ints, target: Floats, shape: Shape, *, weight: Floats | None = None) -> str:
        """Return trees fitted to the targets of some rows, as the library's text.

        Parameters
        ----------
        rows : array of int
            In rising order.
        target, weight : array
            One a row.
        shape : Shape
            Of the trees.
        """
        return str(self._booster(rows, target, shape, weight).model_to_string())

    def foretell(self, rows: Ints, target: Floats, shape: Shape, *, asked: Ints) -> Floats:
        """Return what trees fitted to the targets of some rows say of others."""
        said: list[Floats] = []

        def read(scores: Floats, _data: Any) -> tuple[str, float, bool]:
            said.append(np.array(scores))
            return "read", 0.0, True

        others = self._part(asked, np.zeros(len(asked)), None)
        self._booster(rows, target, shape, None, others).eval_valid(feval=read)
        return said[0]

    def _booster(self, rows: Ints, target: Floats, shape: Shape, weight: Floats | None, others: Any = None) -> Any:
        asked = shape.asked(len(rows)) | {"num_threads": threads_for(len(rows), self._threads), "metric": "none"}
        booster = lightgbm_library().Booster(asked, self._part(rows, target, weight))
        if others is not None:
            booster.add_valid(others, "others")
        for _ in range(shape.trees):
            if booster.update():  # no leaf can be split any more
                break
        return booster

    def _part(self, rows: Ints, target: Floats, weight: Floats | None) -> Any:
        part = self._whole.subset(rows.tolist()).construct()
        part.set_label(target)
        if weight is not None:
            part.set_weight(weight)
        return part
