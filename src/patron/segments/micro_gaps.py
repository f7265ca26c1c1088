"""How far is a cell from comparable peers, how much of that is to be believed, and which cells are truly ahead?

Peers have the same values on all axes but one, began in the same time, and came by the same channel. They are all of
those customers, never the best cell among them: the best of many is best by chance too.

Ref  Mantel & Haenszel (1959): the weights, n m / (n + m) in each stratum; see `stats.stratified`
     Benjamini & Yekutieli (2001): see `stats.false_discovery`
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from patron.segments.micro_cells import Values, values_of
from patron.stats.difference import SMALLEST_ARM
from patron.stats.false_discovery import q_values
from patron.stats.stratified import mean_difference

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SURE = 5.0
"""Sum of n m / (n + m) that a comparison needs: as if five customers stood on each side ten times over."""


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Customers by cell and stratum: how many, and the sums of a value and of its square."""

    values: Sequence[Values]  # of each row, on all axes
    segment: Sequence[str | None]  # of each row; None where it is in none
    stratum: Sequence[tuple[object, ...]]
    count: Floats
    total: Floats
    squares: Floats


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A cell less its peers, in the value's unit."""

    axis: int  # by which the peers differ
    peers: int
    difference: float
    variance: float


def compared(sums: Sums, segments: Sequence[str]) -> dict[str, Gap]:
    """Compare segments with their peers, along the first axis on which there are enough.

    A rest of a parent is compared along the first axis alone, and the rest of the whole with nobody: it is of all
    kinds. Segments without comparable peers are left out.
    """
    found: dict[str, Gap] = {}
    depth = len(sums.values[0]) if sums.values else 0
    for axis in range(depth):
        wanted = [
            name for name in segments
            if name not in found and values_of(name) and (axis == 0 or len(values_of(name)) == depth)
        ]  # fmt: skip
        if wanted:
            found |= _along(sums, wanted, axis)
    return found


def ahead(gaps: dict[str, Gap]) -> tuple[dict[str, float], dict[str, float]]:
    """Return for each segment the chance to be as far ahead of its peers by luck, and the q-value over all of them."""
    names = sorted(gaps)
    p = np.array([_one_sided(gaps[name]) for name in names])
    q = q_values(p) if names else p
    return dict(zip(names, p.tolist(), strict=True)), dict(zip(names, q.tolist(), strict=True))


def _one_sided(gap: Gap) -> float:
    if gap.variance <= 0:
        return 1.0
    return float(ndtr(-gap.difference / np.sqrt(gap.variance)))


def _along(sums: Sums, wanted: Sequence[str], axis: int) -> dict[str, Gap]:
    """Compare with customers who differ on one axis."""
    kinds = _codes([values[axis] for values in sums.values])
    alike = _codes(
        [
            (values[:axis], values[axis + 1 :], stratum)
            for values, stratum in zip(sums.values, sums.stratum, strict=True)
        ]
    )
    facts = np.stack([sums.count, sums.total, sums.squares])
    all_alike = _summed(alike, facts, int(alike.max()) + 1)
    pair, of_kind = _pairs(kinds, alike, facts)
    rows: dict[str | None, list[int]] = {}
    for at, segment in enumerate(sums.segment):
        rows.setdefault(segment, []).append(at)
    found = {}
    for name in wanted:
        if name not in rows:
            continue
        mine = np.array(rows[name])
        where, inside = np.unique(alike[mine], return_inverse=True)
        own = _summed(inside, facts[:, mine], len(where))
        kind = kinds[mine[0]]  # one for all of a segment, on the axes that name it
        others = all_alike[:, where] - of_kind[:, [pair[int(kind), int(key)] for key in where]]
        gap = _gap(own, others, axis)
        if gap is not None:
            found[name] = gap
    return found


def _gap(own: Floats, others: Floats, axis: int) -> Gap | None:
    both = (own[0] > 0) & (others[0] > 0)
    own, others = own[:, both], others[:, both]
    weight = float((own[0] * others[0] / np.maximum(own[0] + others[0], 1.0)).sum())
    if weight < SURE or min(own[0].sum(), others[0].sum()) < SMALLEST_ARM:
        return None
    found = mean_difference(*own, *others)
    return Gap(
        axis=axis, peers=int(others[0].sum()), difference=float(found.difference), variance=float(found.variance)
    )


def _codes(values: Sequence[object]) -> Ints:
    places: dict[object, int] = {}
    return np.array([places.setdefault(value, len(places)) for value in values], dtype=np.int64)


def _pairs(kinds: Ints, alike: Ints, facts: Floats) -> tuple[dict[tuple[int, int], int], Floats]:
    """Sum the rows of one kind and one stratum."""
    keys = list(zip(kinds.tolist(), alike.tolist(), strict=True))
    places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    return places, _summed(np.array([places[key] for key in keys]), facts, len(places))


def _summed(codes: NDArray[np.integer], facts: Floats, size: int) -> Floats:
    return np.stack([np.bincount(codes, weights=row, minlength=size) for row in facts])
