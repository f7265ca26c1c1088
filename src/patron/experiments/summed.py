"""All sums that a comparison needs: a first pass, and a second one where the first shows that values need amends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from patron.errors import ArgumentError
from patron.experiments.cells import UNKNOWN, Cells, Segmentation, label, rolled
from patron.experiments.metric import Metric
from patron.experiments.unit_sums import Amends, Layout, Units, UnitSums, laid_out, unit_sums
from patron.language import failure, listing, number
from patron.stats.ratio_moments import Ratio

Floats = NDArray[np.float64]

FINEST = 20_000
"""Cells of all ways of dividing crossed up to which these share one pass."""

MOST = 200_000
"""Cells of one way of dividing: more are no segments, but units."""

UNSTABLE = 1e-7
"""Where a variance is below this share of the mean square, the mean is taken off before squares are summed."""


@dataclass(frozen=True, kw_only=True)
class Summed:
    """The cells of each way of dividing."""

    layout: Layout
    cells: dict[str, Cells]  # by the name of the segmentation
    arms: list[str]


def summed(
    units: Units, segmentations: Sequence[Segmentation], amends: Amends, control: str, *, planned: Sequence[str] = ()
) -> Summed:
    """Sum what all metrics need in each arm and segment.

    Parameters
    ----------
    units : Units
        What to sum.
    segmentations : sequence of Segmentation
        The ways of dividing.
    amends : Amends
        What is known beforehand: caps; of clusters and weights also what is unknown of some units.
    control : str
        The control arm, which has to be there.
    planned : sequence of str
        Arms that should be there.

    Raises
    ------
    ArgumentError
        Units without an arm, no unit in control or nowhere else, or a value that is not finite.
    """
    found, layout = _passes(units, segmentations, amends)
    arms = sorted({label(value) for sums in found.values() for value in sums.keys[units.arm]})
    _check_arms(arms, planned, units.arm, control, found)
    arms = sorted({*arms, *planned})
    cells = {
        each.name: rolled(found[each.name], units.arm, each, arms=arms, clustered=units.cluster is not None)
        for each in segmentations
    }
    return Summed(layout=layout, cells=cells, arms=arms)


def _passes(units: Units, segmentations: Sequence[Segmentation], amends: Amends) -> tuple[dict[str, UnitSums], Layout]:
    layout = laid_out(units, amends)
    found = _by_segmentation(units, layout, segmentations)
    needed = _needed(units, layout, next(iter(found.values())), amends)
    if needed == amends:
        return found, layout
    layout = laid_out(units, needed)
    return _by_segmentation(units, layout, segmentations), layout


def _by_segmentation(units: Units, layout: Layout, segmentations: Sequence[Segmentation]) -> dict[str, UnitSums]:
    """Return the sums of each way of dividing: of units from one pass, of clusters from one each.

    A cluster may lie in several segments, and then its parts do not vary on their own. Where the ways of dividing
    crossed make too many cells, units take a pass for each of them too.
    """
    if not units.cluster:
        keys = list(dict.fromkeys([units.arm, *(column for each in segmentations for column in each.columns)]))
        once = unit_sums(units, layout, keys=keys, most=FINEST if len(segmentations) > 1 else MOST)
        if once is not None:
            return {each.name: once for each in segmentations}
    found = {}
    for each in segmentations:
        own = unit_sums(units, layout, keys=[units.arm, *each.columns], most=MOST)
        if own is None:
            raise failure(ArgumentError, "experiments.segments", by=each.name, allowed=number(MOST))
        found[each.name] = own
    return found


def _check_arms(arms: list[str], planned: Sequence[str], column: str, control: str, found: dict[str, UnitSums]) -> None:
    if UNKNOWN in arms:
        sums = next(iter(found.values()))
        missing = sum(n for value, n in zip(sums.keys[column], sums.members, strict=True) if value is None)
        raise failure(ArgumentError, "experiments.no_arm", argument=column, came=int(missing))
    if control not in arms or len({*arms, *planned}) < 2:
        raise failure(ArgumentError, "experiments.no_control", control=control, came=listing(arms))


def _needed(units: Units, layout: Layout, sums: UnitSums, amends: Amends) -> Amends:
    """Return what the sums show to be needed."""
    rows, known, total = float(sums.n.sum()), sums.known.sum(axis=0), sums.sums.sum(axis=0)
    products = {pair: float(values.sum()) for pair, values in sums.products.items()}
    partly, fills, shifts = set(amends.partly), dict(amends.fills), dict(amends.shifts)
    for metric, ratios in layout.ratios.items():
        for place, each in enumerate((_named(units.metrics, metric), *units.covariates)):
            ratio = ratios[place]
            used = [part for part in (ratio.top, ratio.bottom) if part is not None]
            if not np.isfinite([products[part, part] for part in used]).all():
                raise failure(ArgumentError, "experiments.not_finite", column=listing(each.columns))
            full = all(known[part] == rows for part in used) or units.cluster is not None
            if not full and not place:
                partly.add(metric)
            elif not full and each.name not in fills and known[ratio.top]:
                fills[each.name] = float(total[ratio.top] / known[ratio.top])
            below = known[ratio.top] if ratio.bottom is None else total[ratio.bottom]
            value = replace(ratio, shift=float(total[ratio.top] / below)) if below > 0 else ratio
            if not ratio.shift and value.shift and _far_from_zero(products, value, known[ratio.top]):
                shifts.setdefault(each.name, value.shift)
    return replace(amends, partly=frozenset(partly), fills=fills, shifts=shifts)


def _named(metrics: Sequence[Metric], name: str) -> Metric:
    return next(each for each in metrics if each.name == name)


def _far_from_zero(products: dict[tuple[int, int], float], ratio: Ratio, rows: float) -> bool:
    """Tell whether the spread of a metric is so small beside its mean that rounding would eat it."""
    top, bottom = ratio.top, ratio.bottom
    squares = products[top, top]
    if bottom is None:
        return squares - rows * ratio.shift**2 < UNSTABLE * squares
    value = ratio.shift
    cross = products[min(top, bottom), max(top, bottom)]
    return squares - 2 * value * cross + value**2 * products[bottom, bottom] < UNSTABLE * squares
