"""What is a high quantile of an outcome among the rows that are alike, without a row's own outcome having a say?

Gradient boosted trees for the quantile loss, fitted once a fold on all other folds. Leaves are drawn towards the group,
the more the fewer rows share them, and what is left wrong is put right by conformal prediction on rows that the trees
had not seen. Quantiles never cross: higher ones are at least the lower ones (rearranged).

Ref  Koenker & Bassett (1978), Econometrica 46(1), 33-50: the quantile loss
     Ke et al. (2017), LightGBM, NeurIPS 30
     Romano, Patterson & Candès (2019), NeurIPS 32: conformalized quantile regression
     Chernozhukov, Fernández-Val & Galichon (2010), Econometrica 78(3), 1093-1125: rearrangement
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.models.boosting import lightgbm_library
from patron.stats.conformal import conformal_shift

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FOLDS = 5
TREES = 80
PRIOR = 50.0  # peers: as many of the group stand beside a row's own peers
MIN_GROUP = 50  # rows; the quantile of a smaller group is that of all
SETTINGS = {
    "objective": "quantile", "num_leaves": 8, "learning_rate": 0.1, "min_data_in_leaf": 20, "lambda_l2": 1.0,
    "min_data_per_group": 20, "cat_smooth": 20.0, "seed": 0, "deterministic": True, "force_row_wise": True,
    "num_threads": 1, "verbosity": -1, "feature_pre_filter": False,
}  # fmt: skip
LEAVES = re.compile(r"^leaf_count=(.*)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class QuantileTrees:
    """One fold's trees for one quantile, as LightGBM's own text, with what they are put right by."""

    quantile: float
    text: str
    groups: dict[str, float]  # the quantile of each group; "" is that of all
    shift: float  # of conformal prediction


@dataclass(frozen=True, kw_only=True)
class Rows:
    """What is known of each row: columns of shape (rows, columns), its group and its fold."""

    columns: Floats
    group: NDArray[np.str_]
    fold: Ints

    def where(self, chosen: NDArray[np.bool_]) -> Rows:
        """Return some of the rows."""
        return Rows(columns=self.columns[chosen], group=self.group[chosen], fold=self.fold[chosen])


def fit_quantile_trees(
    rows: Rows, outcome: Floats, *, quantiles: Sequence[float], categorical: Sequence[int]
) -> tuple[tuple[QuantileTrees, ...], ...]:
    """Fit the trees of each fold and quantile, shape (folds, quantiles).

    `categorical` are the places of the columns that hold codes. What a fold's trees and their shift are made from are
    the other folds alone.
    """
    bare = [
        [
            _fit(rows.where(rows.fold != fold), outcome[rows.fold != fold], quantile, categorical)
            for quantile in quantiles
        ]
        for fold in range(FOLDS)
    ]
    held_out = _each_by_its_fold(bare, rows)[0]
    return tuple(
        tuple(
            QuantileTrees(
                quantile=quantile, text=one.text, groups=one.groups,
                shift=conformal_shift(outcome[others], held_out[others, place], quantile=quantile),
            )
            for place, (quantile, one) in enumerate(zip(quantiles, bare[fold], strict=True))
        )
        for fold in range(FOLDS)
        if (others := rows.fold != fold).any()
    )  # fmt: skip


def predict_quantiles(trees: Sequence[Sequence[QuantileTrees]], rows: Rows) -> tuple[Floats, Floats]:
    """Return each row's quantiles, shape (rows, quantiles), and how many rows share its leaf in the usual tree."""
    predicted, peers = _each_by_its_fold(trees, rows)
    return np.maximum.accumulate(predicted, axis=1), peers


def _each_by_its_fold(trees: Sequence[Sequence[QuantileTrees]], rows: Rows) -> tuple[Floats, Floats]:
    predicted, peers = np.empty((len(rows.fold), len(trees[0]))), np.empty(len(rows.fold))
    for fold, of_fold in enumerate(trees):
        mine = rows.fold == fold
        if mine.any():
            scored = [_score(one, rows.where(mine)) for one in of_fold]
            predicted[mine] = np.column_stack([values for values, _ in scored])
            peers[mine] = scored[0][1]
    return predicted, peers


def _fit(rows: Rows, outcome: Floats, quantile: float, categorical: Sequence[int]) -> QuantileTrees:
    data = lightgbm_library().Dataset(rows.columns, outcome, categorical_feature=list(categorical), free_raw_data=False)
    booster = lightgbm_library().train({**SETTINGS, "alpha": quantile}, data, num_boost_round=TREES)
    names, sizes = np.unique(rows.group, return_counts=True)
    groups = {str(name): float(np.quantile(outcome[rows.group == name], quantile))
              for name, size in zip(names, sizes, strict=True) if size >= MIN_GROUP}  # fmt: skip
    return QuantileTrees(
        quantile=quantile, text=booster.model_to_string(), shift=0.0,
        groups=groups | {"": float(np.quantile(outcome, quantile))},
    )  # fmt: skip


def _score(trees: QuantileTrees, rows: Rows) -> tuple[Floats, Floats]:
    """Return one quantile of each row, drawn towards its group, and the row's peers."""
    booster = lightgbm_library().Booster(model_str=trees.text)
    own = np.asarray(booster.predict(rows.columns, num_threads=1), dtype=np.float64)
    peers = _peers(trees.text, np.asarray(booster.predict(rows.columns, pred_leaf=True, num_threads=1)))
    group = np.array([trees.groups.get(str(name), trees.groups[""]) for name in rows.group])
    weight = peers / (peers + PRIOR)
    return weight * own + (1 - weight) * group + trees.shift, peers


def _peers(text: str, leaves: NDArray[np.int_]) -> Floats:
    """Return the median over the trees of how many rows fell into a row's leaf."""
    counts = [np.array(found.split(), dtype=np.float64) for found in LEAVES.findall(text)]
    if not counts or leaves.size == 0:
        return np.full(len(leaves), np.nan)
    shared = [count[leaves[:, tree]] for tree, count in enumerate(counts) if len(count) > 1]
    return np.asarray(np.median(shared, axis=0) if shared else np.full(len(leaves), counts[0].sum()), dtype=np.float64)
