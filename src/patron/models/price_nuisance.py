"""What calendar, past demand, promotions and other prices foretell of a price, and of sales: told by other blocks of time.

First a line through all columns, then, of the price, each product's own answer to its past sales (every buyer for a
shop has her own habits), then small trees on what is left: steps, interactions, seasons. What a block is told was
learned from the other blocks, so that nothing is explained away by having been seen.

Ref  Chernozhukov, Chetverikov, Demirer, Duflo, Hansen, Newey & Robins (2018), Double/debiased machine learning for
     treatment and structural parameters, The Econometrics Journal 21(1), C1-C68: cross-fitting, eq. 1.5
     Semenova, Goldman, Chernozhukov & Taddy (2023), Inference on heterogeneous treatment effects in high-dimensional
     dynamic panels under weak dependence, Quantitative Economics 14(2), 471-510: prices, and blocks of time left out
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patron.models.boosting import lightgbm_library

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RIDGE = 1e-4  # share of a column's own squares
OWN_ANSWER = 60.0
"""Rows' worth of belief that a product's price answers to its past sales as those of the others do."""

TREES, FEWEST_ROWS, MOST_ROWS = 40, 2_000, 30_000
SHAPE: dict[str, Any] = {
    "objective": "regression", "learning_rate": 0.1, "num_leaves": 15, "min_data_in_leaf": 50, "lambda_l2": 5.0,
    "max_bin": 63, "deterministic": True, "force_col_wise": True, "verbose": -1,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """Which block each row is in, and which rows the trees of each learn from (a share of the others)."""

    block: Ints
    count: int
    seed: int
    threads: int


def line(target: Floats, columns: Floats, weight: Floats, blocks: Blocks) -> Floats:
    """Return the slopes of a target on columns: for each block as the others have it, and last as all rows have it.

    Parameters
    ----------
    target, weight : array
        One value a row.
    columns : array of shape (columns, rows)

    Returns
    -------
    array of shape (blocks + 1, columns)
    """
    wide = len(columns)
    gram, aim = np.zeros((blocks.count, wide, wide)), np.zeros((blocks.count, wide))
    for one in range(blocks.count):
        rows = blocks.block == one
        part = columns[:, rows]
        weighed = part * weight[rows]
        gram[one], aim[one] = weighed @ part.T, weighed @ target[rows]
    whole, wanted = gram.sum(axis=0), aim.sum(axis=0)
    found = np.zeros((blocks.count + 1, wide))
    for one in range(blocks.count + 1):
        left, aimed = (whole, wanted) if one == blocks.count else (whole - gram[one], wanted - aim[one])
        own = np.diag(left)
        useful = own > 1e-12 * weight.sum()
        if useful.any():
            part = left[np.ix_(useful, useful)] + np.diag(RIDGE * own[useful])
            found[one, useful] = np.linalg.solve(part, aimed[useful])
    return found


def own_answers(target: Floats, columns: Floats, weight: Floats, product: Ints, blocks: Blocks) -> Floats:
    """Return what each product's own answer to columns adds to a target, told by its other blocks.

    Drawn to none as if `OWN_ANSWER` rows had shown none.
    """
    many, wide = int(product.max()) + 1, len(columns)
    cell = product * blocks.count + blocks.block
    size = many * blocks.count
    gram = np.empty((size, wide, wide))
    aim = np.empty((size, wide))
    for left in range(wide):
        weighed = weight * columns[left]
        aim[:, left] = np.bincount(cell, weighed * target, size)
        for right in range(left + 1):
            gram[:, left, right] = gram[:, right, left] = np.bincount(cell, weighed * columns[right], size)
    gram, aim = gram.reshape(many, blocks.count, wide, wide), aim.reshape(many, blocks.count, wide)
    whole, wanted = gram.sum(axis=1, keepdims=True) - gram, aim.sum(axis=1, keepdims=True) - aim
    rows = np.bincount(product, minlength=many).clip(1)
    usual = np.bincount(product, weight, many) / rows  # weight of a row
    spread = np.einsum("pbii->i", gram) / max(float(weight.sum()), 1e-300)
    prior = OWN_ANSWER * usual[:, None, None] * spread + 1e-12
    slopes = np.linalg.solve(whole + prior[..., None] * np.eye(wide), wanted[..., None])[..., 0]
    return np.asarray((slopes[product, blocks.block].T * columns).sum(axis=0))


def trees(target: Floats, features: NDArray[np.float32], weight: Floats, blocks: Blocks) -> Floats:
    """Return what small trees of the other blocks say of a target, of each row; nought where there are too few rows."""
    rows = len(target)
    if rows < FEWEST_ROWS or not features.shape[1]:
        return np.zeros(rows)
    library = lightgbm_library()
    dealt = np.random.default_rng(blocks.seed).random(rows)
    shape = {**SHAPE, "num_threads": blocks.threads, "seed": blocks.seed}
    found = np.zeros(rows)
    for one in range(blocks.count):
        told = blocks.block == one
        learned = np.flatnonzero(~told & (dealt * rows < MOST_ROWS))
        if not told.any() or len(learned) < FEWEST_ROWS // 2:
            continue
        data = library.Dataset(features[learned], target[learned], weight=weight[learned] / weight[learned].mean())
        model = library.train(shape, data, num_boost_round=TREES)
        found[told] = model.predict(features[told], num_threads=blocks.threads)
    return found
