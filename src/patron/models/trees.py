"""Gradient boosted trees of yes and no: fitted, asked, taken apart, and written as text.

The library is loaded when trees are first needed. Trees are small and many customers stand in each leaf: what can be
learned of one customer's next weeks is little, and small trees are quick to take apart.

Ref  Friedman (2001), Greedy function approximation: a gradient boosting machine, Annals of Statistics 29(5), 1189-1232
     Ke et al. (2017), LightGBM: a highly efficient gradient boosting decision tree, NeurIPS 30
     Lundberg, Erion & Lee (2018), Consistent individualized feature attribution for tree ensembles, algorithm 2
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from patron.models.boosting import lightgbm_library

if TYPE_CHECKING:
    from lightgbm import Booster

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]

TREES = 120
SHAPE: dict[str, Any] = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 8, "max_depth": 4, "min_data_in_leaf": 100,
    "lambda_l2": 20.0, "feature_fraction": 0.5, "bagging_fraction": 0.7, "bagging_freq": 1, "max_cat_to_onehot": 8,
    "cat_smooth": 50.0, "deterministic": True, "force_col_wise": True, "verbose": -1,
}  # fmt: skip
BLOCK = 100_000  # rows that are scored at a time, so that memory does not grow with the customers
ROWS_A_THREAD = 100_000  # of a fit, whose threads wait for each other at every leaf
ROWS_A_SCORER = 10_000  # scoring threads wait for nobody


class Trees:
    """Fitted trees, known by the library's own text of them."""

    def __init__(self, text: str, *, threads: int = 2) -> None:
        self.text = text
        self.threads = threads

    @cached_property
    def _booster(self) -> Booster:
        booster: Booster = lightgbm_library().Booster(model_str=self.text)
        return booster

    def score(self, matrix: Matrix) -> Floats:
        """Return each row's log-odds."""
        return self._blocks(matrix, lambda rows, threads: self._asked(rows, threads, raw_score=True))

    def contributions(self, matrix: Matrix) -> Floats:
        """Return what each feature adds to a row's log-odds, and last what the trees say of nobody in particular.

        Returns
        -------
        array of shape (rows, features + 1)
            Each row sums to its log-odds.
        """
        return self._blocks(matrix, lambda rows, threads: self._asked(rows, threads, pred_contrib=True))

    def importance(self) -> Floats:
        """Return the share of the gain that each feature's splits made; all 0 where there is no split."""
        gain = np.asarray(self._booster.feature_importance("gain"), dtype=np.float64)
        return gain / gain.sum() if gain.sum() else gain

    def _asked(self, rows: Matrix, threads: int, **what: bool) -> Floats:
        return np.asarray(self._booster.predict(rows, num_threads=threads, **what), dtype=np.float64)

    def _blocks(self, matrix: Matrix, ask: Callable[[Matrix, int], Floats]) -> Floats:
        threads = threads_for(len(matrix), self.threads, each=ROWS_A_SCORER)
        parts = [ask(matrix[start : start + BLOCK], threads) for start in range(0, len(matrix), BLOCK)]
        return np.concatenate(parts)


def fit_trees(matrix: Matrix, outcome: Floats, *, words: Sequence[int], seed: int, threads: int) -> Trees:
    """Fit trees.

    Parameters
    ----------
    matrix : array of shape (rows, features)
        Missing values are NaN. The same rows in the same order give the same trees, with any number of threads.
    outcome : array of 0 and 1
        One a row.
    words : sequence of int
        The columns whose numbers stand for words.
    seed : int
        Which rows and features each tree sees.
    threads : int
        At most.
    """
    data = lightgbm_library().Dataset(matrix, outcome, categorical_feature=list(words), params={"verbose": -1})
    asked = SHAPE | {"seed": seed, "num_threads": threads_for(len(matrix), threads)}
    booster = lightgbm_library().train(asked, data, num_boost_round=TREES)
    return Trees(booster.model_to_string(), threads=threads)


def threads_for(rows: int, most: int, *, each: int = ROWS_A_THREAD) -> int:
    """Return how many threads are worth waking.

    Examples
    --------
    >>> threads_for(5_000, 2), threads_for(1_000_000, 2)
    (1, 2)
    """
    return max(1, min(most, rows // each))
