"""Which sums belong to which arm and segment, for each way of dividing the units?

The engine's sums are of the finest cells that any of the ways needs; coarser ones are added up here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.experiments.unit_sums import Layout, UnitSums, places
from patron.stats.ratio_moments import Ratio, RatioMoments

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EVERYBODY = "all"
CROSS = " x "
UNKNOWN = "(none)"
"""The segment of units of which it is not known."""


@dataclass(frozen=True)
class Segmentation:
    """A way of dividing the units: by one column, by several crossed, or not at all."""

    name: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns whose values together name a segment."""
        return () if self.name == EVERYBODY else tuple(part.strip() for part in self.name.split(CROSS))


def segmentations_of(by: str | Sequence[str] | None) -> tuple[Segmentation, ...]:
    """Return the ways of dividing that `by` names, each once."""
    names = (EVERYBODY,) if by is None else (by,) if isinstance(by, str) else tuple(by)
    return tuple(Segmentation(name) for name in dict.fromkeys(names or (EVERYBODY,)))


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Sums by arm and segment of one way of dividing."""

    arms: list[str]
    segments: list[str]
    members: Floats  # (arms, segments)
    n: Floats  # (arms, segments), independent units
    known: Floats  # (arms, segments, values)
    sums: Floats  # (arms, segments, values)
    products: dict[tuple[int, int], Floats]  # (arms, segments)
    clustered: bool

    def moments(self, ratios: Sequence[Ratio]) -> tuple[RatioMoments, list[Ratio]]:
        """Return the sums of one metric and its covariates, and the ratios with places among these."""
        used = places(ratios)
        own = {place: number for number, place in enumerate(used)}
        products = np.zeros((*self.n.shape, len(used), len(used)))
        for a in used:
            for b in used:
                products[..., own[a], own[b]] = self.products[min(a, b), max(a, b)]
        n = self.known[..., ratios[0].top]
        moved = [Ratio(own[r.top], None if r.bottom is None else own[r.bottom], r.shift) for r in ratios]
        return RatioMoments(n=n, sums=self.sums[..., used], products=products), moved

    def counted(self, metric: str, layout: Layout) -> Floats:
        """Return how many rows have a value of the metric, (arms, segments)."""
        if self.clustered:
            return self.sums[..., layout.members[metric]]
        return self.known[..., layout.ratios[metric][0].top]


def label(value: object) -> str:
    """Return how an arm or a segment is called."""
    if value is None:
        return UNKNOWN
    return str(value).lower() if isinstance(value, bool) else str(value)


def segment_names(columns: Sequence[Sequence[object]], rows: int) -> list[str]:
    """Return what the segment of each row is called, of the values of the columns that make it."""
    if not columns:
        return [EVERYBODY] * rows
    return [CROSS.join(label(value) for value in values) for values in zip(*columns, strict=True)]


def rolled(sums: UnitSums, arm: str, segmentation: Segmentation, *, arms: Sequence[str], clustered: bool) -> Cells:
    """Add the finest cells up to the arms and the segments of one way of dividing.

    Parameters
    ----------
    sums : UnitSums
        By arm and, among others, the columns of the segmentation.
    arm : str
        The arm's column.
    segmentation : Segmentation
        How to divide.
    arms : sequence of str
        The arms in order.
    clustered : bool
        Whether independent units are clusters.
    """
    rows = len(sums.n)
    names = segment_names([sums.keys[column] for column in segmentation.columns], rows)
    segments = sorted(set(names))
    of_arm, of_segment = ({name: code for code, name in enumerate(known)} for known in (arms, segments))
    code = np.array(
        [of_arm[label(sums.keys[arm][row])] * len(segments) + of_segment[names[row]] for row in range(rows)],
        dtype=np.int64,
    )
    shape = (len(arms), len(segments))

    def added(values: Floats) -> Floats:
        total = np.zeros((shape[0] * shape[1], *values.shape[1:]))
        np.add.at(total, code, values)
        return total.reshape(*shape, *values.shape[1:])

    return Cells(
        arms=list(arms), segments=segments, members=added(sums.members), n=added(sums.n), known=added(sums.known),
        sums=added(sums.sums), products={pair: added(values) for pair, values in sums.products.items()},
        clustered=clustered,
    )  # fmt: skip
