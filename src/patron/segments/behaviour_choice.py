"""Into how many groups do customers fall, such that another sample of them would fall into the same?

For each number of groups the customers are divided once all together, and six times by halves: three random splits,
each half divided on its own. A group is as stable as it is found again: the mean, over the halves, of Jaccard's
coefficient with the group there that is most like it. A division is as stable as its groups are, weighed by size.

A number is sound when its division is stable (.75), no group dissolves (.5) and none is tiny. Of the sound numbers from
8 to 10 the most stable is taken, for people can work with so many; where there is none, the largest sound number, as
Tibshirani and Walther do with prediction strength; where nothing is sound, the most stable number of all, and every
group's stability says that it is doubtful. The number of the run before stays as long as its groups are patterns (.6)
and none is gone (.35): ids that stay are worth more than a number that is a little better.

Ref  Hennig (2007), Computational Statistics & Data Analysis 52, 258-271: sections 2 and 3, and its marks .5, .6, .75
     Ben-Hur, Elisseeff & Guyon (2002), Pacific Symposium on Biocomputing 7, 6-17: the number of groups by subsamples
     Tibshirani & Walther (2005), J. Computational and Graphical Statistics 14(3), 511-528: the largest number
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from patron.stats.agreement import jaccard
from patron.stats.diagonal_mixture import DiagonalMixture, fit_mixture

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NUMBERS = tuple(range(2, 13))
PREFERRED = (8, 9, 10)
STABLE, DISSOLVED = 0.75, 0.5
LENIENT = 0.15  # by how much less a number may have that the run before had: ids that stay are worth more
SMALLEST = 0.01  # share of the customers
FEWEST = 8  # customers of a group
SPLITS = 3
MOST_ROWS = 1_500  # customers that the number is chosen by; the groups are then fitted on all of the sample
ROUNDS = 25


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One number of groups: its division, how stable each group is, and whether it is sound."""

    groups: int
    mixture: DiagonalMixture
    stability: tuple[float, ...]
    overall: float
    smallest: float  # group's share of the customers

    def sound(self, *, lenient: float = 0.0) -> bool:
        """Tell whether another sample would lead to the same groups."""
        large = self.smallest >= (SMALLEST / 2 if lenient else SMALLEST)
        return large and self.overall >= STABLE - lenient and min(self.stability) >= DISSOLVED - lenient


def choose(
    rows: Floats, *, seed: int, numbers: Sequence[int] = NUMBERS, before: DiagonalMixture | None = None
) -> tuple[Tried, tuple[Tried, ...]]:
    """Choose the number of groups.

    Parameters
    ----------
    rows : array, shape (customers, features)
        Scaled; NaN where a value is missing. The result depends on the order of the rows, so they come sorted.
    seed : int
        Of the sample and the splits.
    numbers : sequence of int
        Which numbers to try.
    before : DiagonalMixture, optional
        The division of an earlier run, on the same scale.

    Returns
    -------
    Tried, and all that were tried
        Fitted on at most 1,500 customers.
    """
    rng = np.random.default_rng(seed)
    some = rows if len(rows) <= MOST_ROWS else rows[np.sort(rng.permutation(len(rows))[:MOST_ROWS])]
    halves = _halves(rng, some)
    if before is not None and len(before.weights) in numbers:
        kept = _tried(some, fit_mixture(some, before, most_rounds=ROUNDS), halves)
        if kept.sound(lenient=LENIENT):
            return kept, (kept,)
    starts = _starts(some, numbers)
    tried = tuple(_tried(some, fit_mixture(some, start, most_rounds=ROUNDS), halves) for start in starts)
    return _best(tried), tried


def _best(tried: Sequence[Tried]) -> Tried:
    sound = [one for one in tried if one.sound()]
    preferred = [one for one in sound if one.groups in PREFERRED]
    if preferred:
        return max(preferred, key=lambda one: (one.overall + min(one.stability), -one.groups))
    if sound:
        return max(sound, key=lambda one: one.groups)
    return max(tried, key=lambda one: (one.smallest >= SMALLEST, one.overall, -one.groups))


@dataclass(frozen=True)
class _Half:
    """The rows of one half, and the start of each number of groups, once asked for."""

    rows: Floats
    tree: Floats

    def divided(self, groups: int) -> DiagonalMixture:
        return fit_mixture(self.rows, _cut(self.tree, groups), most_rounds=ROUNDS)


def _halves(rng: np.random.Generator, rows: Floats) -> list[_Half]:
    parts = []
    for _ in range(SPLITS):
        order = rng.permutation(len(rows))
        for half in (order[: len(rows) // 2], order[len(rows) // 2 :]):
            parts.append(_Half(rows[half], _tree(rows[half])))
    return parts


def _tried(rows: Floats, mixture: DiagonalMixture, halves: Sequence[_Half]) -> Tried:
    """Divide each half, and look for every group of the whole in it."""
    groups = len(mixture.weights)
    own = mixture.assign(rows)
    sizes = np.bincount(own, minlength=groups)
    found = np.zeros(groups)
    for half in halves:
        likeness = jaccard(own, half.divided(groups).assign(rows)).max(axis=1)
        found[: len(likeness)] += likeness / len(halves)
    return Tried(
        groups=groups, mixture=mixture, stability=tuple(found.tolist()), overall=float(found @ sizes / sizes.sum()),
        smallest=float(sizes.min() / sizes.sum()) if sizes.min() >= FEWEST else 0.0,
    )  # fmt: skip


def _starts(rows: Floats, numbers: Sequence[int]) -> list[Ints]:
    tree = _tree(rows)
    return [_cut(tree, groups) for groups in numbers if groups < len(rows)]


def _tree(rows: Floats) -> Floats:
    """Join rows step by step where that adds least to the squares within (Ward); a missing value is the middle."""
    return np.asarray(linkage(np.where(np.isfinite(rows), rows, 0.0), method="ward"))


def _cut(tree: Floats, groups: int) -> Ints:
    numbers = np.unique(fcluster(tree, groups, criterion="maxclust"), return_inverse=True)[1]
    return np.asarray(numbers, dtype=np.int64)
