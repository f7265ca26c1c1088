"""Where do a quantile of each arm and segment and its bounds lie? Read off the sorted values, in the engine.

The bounds are the values at the ranks between which the share of units below the quantile lies 95 times in 100; their
distance gives the quantile's standard error. A handful of rows per arm and segment leaves the engine.

Ref  Woodruff (1952), Confidence intervals for medians and other position measures, JASA 47, 635-646
     Deng, Knoblich & Lu (2018), Applying the delta method in metric analytics, KDD, section 4
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import special

from patron.engines.constant import constant
from patron.experiments.cells import Cells, Segmentation, label, segment_names
from patron.experiments.metric import Metric
from patron.stats.ratio_moments import ArmMeans

Floats = NDArray[np.float64]

Z = float(special.ndtri(0.975))


def quantiles(table: ir.Table, metric: Metric, *, arm: str, segmentation: Segmentation, cells: Cells) -> ArmMeans:
    """Return the quantile of each arm and segment with the variance that, divided by n, is its own.

    Parameters
    ----------
    table : Table, one row per unit
        The units.
    metric : Metric
        With its quantile.
    arm : str
        The arm's column.
    segmentation : Segmentation
        How to divide.
    cells : Cells
        Of that segmentation: the arms and segments to answer for.

    Returns
    -------
    ArmMeans, (arms, segments)
        The variance is NaN where the bounds lie outside the values: too few units for so high or low a quantile.
    """
    share = metric.quantile
    if share is None:
        raise TypeError(metric)  # the caller asks only for metrics that are quantiles
    found = _near_bounds(table, metric.columns[0], share, [arm, *segmentation.columns])
    arms = [label(value) for value in found["k0"].to_pylist()]
    names = segment_names([found[f"k{place + 1}"].to_pylist() for place in range(len(segmentation.columns))], len(arms))
    values: dict[tuple[int, int], dict[int, float]] = defaultdict(dict)
    n = np.zeros((len(cells.arms), len(cells.segments)))
    for own, segment, row in zip(arms, names, found.select(["rank", "value", "n"]).to_pylist(), strict=True):
        cell = cells.arms.index(own), cells.segments.index(segment)
        values[cell][row["rank"]] = row["value"]
        n[cell] = row["n"]
    middle, variance = np.full(n.shape, np.nan), np.full(n.shape, np.nan)
    for cell, near in values.items():
        middle[cell], variance[cell] = _quantile(near, int(n[cell]), share)
    return ArmMeans(n=n, plain=middle, mean=middle, variance=variance, plain_variance=variance)


def _near_bounds(table: ir.Table, column: str, share: float, keys: Sequence[str]) -> pa.Table:
    """Return the sorted values about the quantile and about its bounds, of each cell."""
    groups = {f"k{number}": table[key] for number, key in enumerate(keys)}
    rows = table.filter(table[column].notnull()).select(**groups, value=table[column].cast("float64"))
    ranked = rows.mutate(
        rank=ibis.row_number().over(group_by=list(groups), order_by="value"),
        n=rows.count().over(group_by=list(groups)),
    )
    n = ranked.n.cast("float64")
    reach = constant(Z * math.sqrt(share * (1 - share))) / n.sqrt()
    levels = [constant(share), constant(share) - reach, constant(share) + reach]
    # One more on either side than is needed, so that the last digit of a product decides nothing.
    near = [(ranked["rank"].cast("float64") - (n - constant(1.0)) * level).abs() <= constant(2.0) for level in levels]
    return ranked.filter(ibis.or_(*near)).to_pyarrow()


def _quantile(values: dict[int, float], n: int, share: float) -> tuple[float, float]:
    """Return a cell's quantile and the variance that, divided by n, is its own."""
    reach = Z * math.sqrt(share * (1 - share) / n)
    middle = _at(values, (n - 1) * share)
    if share - reach <= 0 or share + reach >= 1:
        return middle, math.nan
    width = _at(values, (n - 1) * (share + reach)) - _at(values, (n - 1) * (share - reach))
    return middle, (n - 1) * (width / (2 * Z)) ** 2


def _at(values: dict[int, float], rank: float) -> float:
    """Return the value at a rank that may lie between two (Hyndman and Fan's type 7)."""
    below = math.floor(rank)
    part = rank - below
    return values[below] if part == 0 else values[below] * (1 - part) + values[below + 1] * part
