"""Into how many themes do texts fall, such that another half of them would fall into the same?

The texts are cut in halves, and each half is divided on its own, into every number of groups that is asked for. Both
divisions are then carried to all texts; where they agree (the adjusted Rand index), the groups are in the texts and not
in the half. What counts beside it is how far the groups stand apart (the silhouette to the groups' middles). The number
with the best sum is taken, of those whose sums are close the smallest.

Ref  Ben-Hur, Elisseeff & Guyon (2002), Pacific Symposium on Biocomputing 7, 6-17: stability of subsamples
     Lange, Roth, Braun & Buhmann (2004), Stability-based validation of clustering solutions, Neural Computation 16:
     a division carried over to the other half
     Rousseeuw (1987), J. Computational and Applied Mathematics 20, 53-65: silhouettes, here to middles
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from patron.stats.agreement import adjusted_rand

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NUMBERS = tuple(range(4, 17))
SPLITS = 3
MOST_ROWS = 1_500  # by which the number is chosen
TEXTS_EACH = 18  # in the least of the groups, on average, or the number is not asked for
CLOSE, KEPT = 0.02, 0.15


@dataclass(frozen=True, kw_only=True, eq=False)
class Chosen:
    """A number of groups, how stable and how far apart they are, and the middles to begin from."""

    number: int
    stability: float
    separation: float
    middles: Floats


def choose(
    rows: Floats, *, seed: int, numbers: Sequence[int] = NUMBERS, before: int | None = None
) -> Chosen:  # fmt: skip
    """Choose the number of groups.

    Parameters
    ----------
    rows : array, shape (texts, directions)
        Of length 1 each; the result depends on their order, so they come sorted.
    seed : int
        Of the sample and the halves.
    numbers : sequence of int
        Which numbers to try; those for which there are too few texts are left out, but for the smallest.
    before : int, optional
        The number of the run before, which stays while it is nearly as good: names that stay are worth more.
    """
    rng = np.random.default_rng(seed)
    some = rows if len(rows) <= MOST_ROWS else rows[np.sort(rng.permutation(len(rows))[:MOST_ROWS])]
    asked = [one for one in numbers if one * TEXTS_EACH <= len(some)] or [min(numbers)]
    halves = [_halves(rng, some) for _ in range(SPLITS)]
    whole = _tree(some)
    tried = [_tried(some, whole, halves, number) for number in asked if number < len(some) // 2]
    if not tried:
        return Chosen(number=1, stability=0.0, separation=0.0, middles=middles_of(some, np.zeros(len(some), np.int64)))
    best = max(one.stability + one.separation for one in tried)
    kept = [one for one in tried if one.number == before and one.stability + one.separation >= best - KEPT]
    return kept[0] if kept else next(one for one in tried if one.stability + one.separation >= best - CLOSE)


def divided(rows: Floats, number: int, *, seed: int) -> Ints:
    """Return the group of each row when they are divided into so many, whether or not that is a good number."""
    rng = np.random.default_rng(seed)
    some = rows if len(rows) <= MOST_ROWS else rows[np.sort(rng.permutation(len(rows))[:MOST_ROWS])]
    return nearest(rows, _cut(some, _tree(some), number))[0]


def _halves(rng: np.random.Generator, rows: Floats) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    order = rng.permutation(len(rows))
    one, other = (rows[np.sort(half)] for half in np.array_split(order, 2))
    return (one, _tree(one)), (other, _tree(other))


def _tree(rows: Floats) -> Floats:
    return np.asarray(linkage(rows, method="ward"))


def _tried(
    rows: Floats, whole: Floats, halves: Sequence[tuple[tuple[Floats, Floats], tuple[Floats, Floats]]], number: int
) -> Chosen:
    agreed = [
        adjusted_rand(*(nearest(rows, _cut(half, tree, number))[0] for half, tree in both)) for both in halves
    ]  # fmt: skip
    middles = _cut(rows, whole, number)
    groups, near = nearest(rows, middles)
    away = rows @ middles.T
    away[np.arange(len(rows)), groups] = -np.inf
    other = 1 - away.max(axis=1) if number > 1 else np.ones(len(rows))
    own = 1 - near
    apart = (other - own) / np.maximum(np.maximum(other, own), 1e-12)
    return Chosen(
        number=number, stability=float(np.mean(agreed)), separation=float(np.mean(apart)), middles=middles
    )  # fmt: skip


def _cut(rows: Floats, tree: Floats, number: int) -> Floats:
    groups = np.asarray(fcluster(tree, number, criterion="maxclust"), np.int64) - 1
    return middles_of(rows, groups, rounds=2)


def middles_of(rows: Floats, groups: Ints, *, rounds: int = 0) -> Floats:
    """Return the middles of groups, of length 1; after each of some rounds rows move to their nearest middle."""
    middles = _means(rows, groups)
    for _ in range(rounds):
        middles = _means(rows, nearest(rows, middles)[0])
    return middles


def _means(rows: Floats, groups: Ints) -> Floats:
    sums = np.stack([rows[groups == one].sum(axis=0) for one in np.unique(groups)])
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12))


def nearest(rows: Floats, middles: Floats) -> tuple[Ints, Floats]:
    """Return the middle that each row is nearest to, and the cosine between them."""
    likeness = rows @ middles.T
    groups = likeness.argmax(axis=1)
    return groups.astype(np.int64), likeness[np.arange(len(rows)), groups]
