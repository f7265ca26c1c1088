"""What would those who went this way have brought, if they had gone on as comparable ones did?

Comparable is who stood at the same step in the same situation. The mean of those who went another way, situation by
situation, is what each of those who went this way would have brought; less what they did bring, that is at stake. It is
standardisation, as epidemiologists use it, and as right as the situation tells all that matters: an assumption, which
is why the figure is tagged so. The interval is a jackknife over parts of the people, so that several steps of one
person count as what they are.

Ref  Miettinen (1972), Standardization of risk ratios, American Journal of Epidemiology 96(6), 383-388
     Wolter (2007), Introduction to Variance Estimation, 2nd ed., section 4.2: the random group jackknife
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST = 10
"""Parts of the people that have to have gone a way before its money has an interval: fewer say too little of their own
spread."""


@dataclass(frozen=True, kw_only=True)
class Stake:
    """One entry an edge, in the order of the edges' codes; NaN where nothing can be told. In cents."""

    value: Floats
    low: Floats
    high: Floats
    comparable: Floats
    left_out: Floats  # edges x parts: the value without each part of the people


def stake(ways: dict[str, Ints], edge: Ints, edges: int, clusters: int, *, level: float = 0.95) -> Stake:
    """Return the value at stake on each edge.

    Parameters
    ----------
    ways : dict of arrays
        `Tally.ways`.
    edge : array
        Of each row of `ways` the place of its edge.
    edges, clusters : int
        How many there are.
    """
    stratum = np.unique(np.stack([ways["step"], ways["situation"]]), axis=1, return_inverse=True)[1].ravel()
    cell, place = np.unique(np.stack([stratum, edge]), axis=1, return_inverse=True)
    place = place.ravel()
    flat = place * clusters + ways["cluster"]
    shape = (cell.shape[1], clusters)
    n, y = (
        np.bincount(flat, ways[name], shape[0] * clusters).reshape(shape).astype(np.float64)
        for name in ("times", "cents")
    )
    whole_n, whole_y = (_by(values, cell[0]) for values in (n, y))
    other_n, other_y = whole_n[cell[0]] - n, whole_y[cell[0]] - y
    size = n.sum(axis=1)
    compared = other_n.sum(axis=1) > 0
    sums = n, y, other_n, other_y
    full = _at_stake(*(values.sum(axis=1, keepdims=True) for values in sums), size=size, edge=cell[1])
    without = _at_stake(*(values.sum(axis=1, keepdims=True) - values for values in sums), size=size, edge=cell[1])
    value = full[:, 0]
    mine = _by(n, cell[1])
    there = mine + _by(other_n, cell[1]) > 0
    parts, own = there.sum(axis=1), (mine > 0).sum(axis=1)
    moved = np.where(there, without - full, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt((parts - 1) / parts * (moved**2).sum(axis=1))
        reach = np.where(own >= LEAST, stdtrit(np.maximum(parts - 1, 1), (1 + level) / 2) * error, np.nan)
        share = np.bincount(cell[1], size * compared, edges) / np.bincount(cell[1], size, edges)
    return Stake(value=value, low=value - reach, high=value + reach, comparable=share, left_out=full + moved)


def _by(values: Floats, place: Ints) -> Floats:
    """Add up the rows of one place."""
    found = np.zeros((int(place.max(initial=-1)) + 1, values.shape[1]))
    order = np.argsort(place, kind="stable")
    begins = np.flatnonzero(np.diff(place[order], prepend=-1))
    if len(begins):
        found[place[order][begins]] = np.add.reduceat(values[order], begins, axis=0)
    return found


def _at_stake(n: Floats, y: Floats, other_n: Floats, other_y: Floats, *, size: Floats, edge: Ints) -> Floats:
    """Return the value at stake on each edge, for each column of sums.

    Where nobody else was in the situation, the mean of the others in the edge's other situations stands in.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        others, own = (_by(money, edge) / _by(count, edge) for money, count in ((other_y, other_n), (y, n)))
        expected = np.where(other_n > 0, other_y / other_n, others[edge])
        brought = np.where(n > 0, y / n, own[edge])
    return _by(size[:, None] * (expected - np.nan_to_num(brought)), edge)
