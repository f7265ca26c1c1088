"""How alike are two divisions of the same people into groups?

Ref  Hubert & Arabie (1985), Journal of Classification 2, 193-218: equation 5, the adjusted Rand index
     Hennig (2007), Computational Statistics & Data Analysis 52, 258-271: section 2, Jaccard's coefficient of a group
     Kuhn (1955), Naval Research Logistics Quarterly 2, 83-97: the matching (SciPy's implementation)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def crossed(one: ArrayLike, other: ArrayLike) -> Floats:
    """Count the people in each pair of groups, shape (groups of one, groups of the other)."""
    rows, columns = np.asarray(one), np.asarray(other)
    height, width = int(rows.max()) + 1, int(columns.max()) + 1
    return np.bincount(rows * width + columns, minlength=height * width).reshape(height, width).astype(np.float64)


def adjusted_rand(one: ArrayLike, other: ArrayLike) -> float:
    """Return how far two divisions agree beyond chance: 1 when they are the same, about 0 by chance.

    Parameters
    ----------
    one, other : array of int
        Each person's group, from 0 on.

    Examples
    --------
    >>> adjusted_rand([0, 0, 1, 1], [1, 1, 0, 0]), round(adjusted_rand([0, 0, 1, 1], [0, 1, 0, 1]), 12)
    (1.0, -0.5)
    """
    table = crossed(one, other)
    pairs, ones, others = (float((n * (n - 1) / 2).sum()) for n in (table, table.sum(axis=1), table.sum(axis=0)))
    people = table.sum()
    by_chance = ones * others / (people * (people - 1) / 2)
    highest = (ones + others) / 2
    return 1.0 if highest == by_chance else float((pairs - by_chance) / (highest - by_chance))


def jaccard(one: ArrayLike, other: ArrayLike) -> Floats:
    """Return of each pair of groups the people in both, of those in either; shape as that of `crossed`.

    Examples
    --------
    >>> jaccard([0, 0, 1], [0, 1, 1]).tolist()
    [[0.5, 0.3333333333333333], [0.0, 0.5]]
    """
    table = crossed(one, other)
    either = table.sum(axis=1, keepdims=True) + table.sum(axis=0) - table
    return np.asarray(np.divide(table, either, out=np.zeros_like(table), where=either > 0))


def matched(likeness: Floats) -> list[tuple[int, int]]:
    """Pair rows with columns such that the sum of their likeness is the largest; each is used at most once.

    Examples
    --------
    >>> matched(np.array([[0.9, 0.8], [0.7, 0.1]]))
    [(0, 1), (1, 0)]
    """
    rows, columns = linear_sum_assignment(likeness, maximize=True)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))
