"""How many units are in each arm and cell, and what do their values, squares and products add up to?

In   a table of units, one row a unit
Out  one row per arm and cell, whatever the size of the table: the additive moments of all metrics from one pass

Everything is summed as float64. Units whose metric is unknown are left out of that metric. Which metrics that concerns
is known after a first pass, as are covariates to fill and columns whose mean is too large for their spread: only
where there are any are the sums made a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.engines.constant import constant
from patron.experiments.metric import Metric
from patron.stats.ratio_moments import Ratio

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Units:
    """A table of units and what its columns are."""

    table: ir.Table
    metrics: tuple[Metric, ...]
    covariates: tuple[Metric, ...]
    arm: str
    weight: str | None = None
    cluster: str | None = None


@dataclass(frozen=True, kw_only=True)
class Amends:
    """What the values need before they are summed."""

    caps: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)  # by metric: least, most
    fills: Mapping[str, float] = field(default_factory=dict)  # by covariate: what stands for an unknown value
    shifts: Mapping[str, float] = field(default_factory=dict)  # by metric or covariate
    partly: frozenset[str] = frozenset()  # metrics that are unknown of some units


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Which sums are made, and where each metric's stand."""

    values: dict[str, ir.Value]
    ratios: dict[str, tuple[Ratio, ...]]  # by metric: its own, then its covariates'; places in `values`
    members: dict[str, int]  # of clusters, by metric: where the number of their members with a value stands

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The products that are summed."""
        found = {pair for own in self.ratios.values() for pair in combinations_with_replacement(places(own), 2)}
        return sorted(found)


def places(ratios: Sequence[Ratio]) -> list[int]:
    """Return the columns that some ratios need, each once, in order."""
    return sorted({place for ratio in ratios for place in (ratio.top, ratio.bottom) if place is not None})


def laid_out(units: Units, amends: Amends) -> Layout:
    """Return what has to be summed for all metrics and covariates; what two of them share is summed once."""
    values: dict[str, ir.Value] = {}
    places_of: dict[str, int] = {}

    def place(key: str, value: ir.Value) -> int:
        values.setdefault(key, value)
        return places_of.setdefault(key, len(places_of))

    def ratio(metric: Metric, known: ir.BooleanValue | None, tag: str) -> Ratio:
        top, bottom = _parts(units, metric, amends)
        shift = amends.shifts.get(metric.name, 0.0)
        if shift:
            top = top - constant(shift) * (1.0 if bottom is None else bottom)
        keys = [f"{metric.name}|top|{tag}", f"{'|'.join(metric.columns[1:])}|bottom|{tag}"]
        if known is not None:
            nothing = ibis.null("float64")
            top = ibis.ifelse(known, top, nothing)
            bottom = None if bottom is None else ibis.ifelse(known, bottom, nothing)
        return Ratio(place(keys[0], top), None if bottom is None else place(keys[1], bottom), shift)

    ratios, members = {}, {}
    for metric in units.metrics:
        partly = metric.name in amends.partly
        known = _known(units, metric) if partly else None
        tag = metric.name if partly else ""
        ratios[metric.name] = tuple(ratio(each, known, tag) for each in (metric, *units.covariates))
        if units.cluster:
            one = constant(1.0)
            members[metric.name] = place(
                f"|members|{tag}", one if known is None else ibis.ifelse(known, one, ibis.null("float64"))
            )
    return Layout(values=values, ratios=ratios, members=members)


def _known(units: Units, metric: Metric) -> ir.BooleanValue:
    first, *rest = (units.table[column].notnull() for column in metric.columns)
    for each in rest:
        first = first & each
    return first


def _parts(units: Units, metric: Metric, amends: Amends) -> tuple[ir.Value, ir.Value | None]:
    """Return a unit's top, and its bottom unless that is 1 for every unit."""
    top, *below = (units.table[column].cast("float64") for column in metric.columns)
    if metric.name in amends.fills:
        top = top.fill_null(constant(amends.fills[metric.name]))
    least, most = amends.caps.get(metric.name, (None, None))
    if most is not None:
        top = ibis.ifelse(top > constant(most), constant(most), top)
    if least is not None:
        top = ibis.ifelse(top < constant(least), constant(least), top)
    bottom = below[0] if below else None
    if units.weight:
        weight = units.table[units.weight].cast("float64")
        return weight * top, weight if bottom is None else weight * bottom
    return top, constant(1.0) if bottom is None and units.cluster else bottom


@dataclass(frozen=True, kw_only=True)
class UnitSums:
    """Sums by arm and cell, as they came from the engine."""

    keys: dict[str, list[object]]  # arm and cell
    members: Floats  # rows of the table
    n: Floats  # independent units: rows, or clusters
    known: Floats  # (cells, values): rows with a value; of clusters, clusters
    sums: Floats  # (cells, values)
    products: dict[tuple[int, int], Floats]  # (cells,)


def unit_sums(units: Units, layout: Layout, *, keys: Sequence[str], most: int) -> UnitSums | None:
    """Sum by `keys` in one pass of the engine; none when that makes more than `most` cells.

    Parameters
    ----------
    units : Units
        What to sum.
    layout : Layout
        Which sums.
    keys : sequence of str
        Columns; the arm and what makes cells.
    most : int
        How many cells are brought to Python.
    """
    values = [f"v{number}" for number in range(len(layout.values))]
    named = dict(zip(values, layout.values.values(), strict=True))
    groups = {f"k{number}": units.table[key] for number, key in enumerate(keys)}
    if units.cluster:
        rows = units.table.select(**groups, cluster=units.table[units.cluster], **named)
        rows = rows.group_by(*groups, "cluster").aggregate(
            members=lambda t: t.count(), **{name: rows[name].sum() for name in values}
        )
    else:
        rows = units.table.select(**groups, **named)
    found = rows.group_by(*groups).aggregate(
        n=rows.count(),
        **({"members": rows.members.sum()} if units.cluster else {}),
        **{f"c{name}": rows[name].count() for name in values},
        **{f"s{name}": rows[name].sum() for name in values},
        **{f"p{a}_{b}": (rows[f"v{a}"] * rows[f"v{b}"]).sum() for a, b in layout.pairs},
    )
    table = found.limit(most + 1).to_pyarrow()
    return _read(table.sort_by([(key, "ascending") for key in groups]), keys, layout) if len(table) <= most else None


def _read(table: pa.Table, keys: Sequence[str], layout: Layout) -> UnitSums:
    def column(name: str) -> Floats:
        return np.asarray(table[name].cast(pa.float64()).fill_null(0.0).to_numpy(), dtype=np.float64)

    values = range(len(layout.values))
    n = column("n")
    return UnitSums(
        keys={key: table[f"k{number}"].to_pylist() for number, key in enumerate(keys)},
        members=column("members") if "members" in table.column_names else n,
        n=n,
        known=np.stack([column(f"cv{place}") for place in values], axis=-1),
        sums=np.stack([column(f"sv{place}") for place in values], axis=-1),
        products={pair: column(f"p{pair[0]}_{pair[1]}") for pair in layout.pairs},
    )
