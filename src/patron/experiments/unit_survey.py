"""What must be known of the units before their values are summed: caps, weights that are none, units in two places.

Each question that was not asked costs nothing; caps, weights and clusters take one pass together, ids one more.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.errors import ArgumentError
from patron.experiments.metric import Metric
from patron.experiments.unit_sums import Amends, Units
from patron.language import failure


def surveyed(units: Units) -> Amends:
    """Return the caps of all metrics, and of clusters and weights what is unknown of some units.

    Caps are quantiles of all arms together: those of one arm would hide an effect on the largest values.

    Raises
    ------
    ArgumentError
        A weight is negative or missing, or a unit has no cluster.
    """
    asked = _questions(units)
    if len(asked) == 1:
        return Amends()
    row = units.table.aggregate(**asked).to_pyarrow().to_pylist()[0]
    rows = int(row["rows"])
    if units.weight and rows:
        wrong = rows - int(row["weighted"]) + int(row["negative"] or 0)
        if wrong:
            raise failure(ArgumentError, "experiments.weights", column=units.weight, came=wrong)
    if units.cluster and rows > row["clustered"]:
        raise failure(ArgumentError, "experiments.no_cluster", column=units.cluster, came=rows - int(row["clustered"]))
    return Amends(
        caps=_caps(units.metrics, row),
        fills={} if not _early(units) else _fills(units, row, rows),
        partly=frozenset(
            each.name for number, each in enumerate(units.metrics) if row.get(f"known{number}", rows) < rows
        ),
    )


def _early(units: Units) -> bool:
    """Tell whether unknown values must be found before summing: sums over clusters, or of weights, do not show them."""
    return units.cluster is not None or units.weight is not None


def _questions(units: Units) -> dict[str, ir.Scalar]:
    table = units.table
    asked: dict[str, ir.Scalar] = {"rows": table.count()}
    for number, metric in enumerate(units.metrics):
        for place, cut in enumerate(metric.cuts):
            asked[f"cap{number}_{place}"] = table[metric.columns[0]].cast("float64").quantile(cut)
        if _early(units):
            known = [table[column].notnull() for column in metric.columns]
            asked[f"known{number}"] = ibis.and_(*known).cast("int64").sum()
    for number, covariate in enumerate(units.covariates if _early(units) else ()):
        column = table[covariate.columns[0]].cast("float64")
        asked[f"filled{number}"], asked[f"fill{number}"] = column.count(), column.mean()
    if units.weight:
        weight = table[units.weight]
        asked["weighted"], asked["negative"] = weight.count(), (weight < 0).cast("int64").sum()
    if units.cluster:
        asked["clustered"] = table[units.cluster].count()
    return asked


def _caps(metrics: tuple[Metric, ...], row: dict[str, float]) -> dict[str, tuple[float | None, float | None]]:
    caps: dict[str, tuple[float | None, float | None]] = {}
    for number, metric in enumerate(metrics):
        ends = [row[f"cap{number}_{place}"] for place in range(len(metric.cuts))]
        if ends:
            caps[metric.name] = (ends[0] if len(ends) > 1 else None, ends[-1])
    return caps


def _fills(units: Units, row: dict[str, float], rows: int) -> dict[str, float]:
    return {
        each.name: row[f"fill{number}"]
        for number, each in enumerate(units.covariates)
        if row[f"filled{number}"] < rows and row[f"fill{number}"] is not None
    }


def check_once(table: ir.Table, *, arm: str, unit: str | None, cluster: str | None) -> None:
    """Refuse a unit that stands in more than one row, and a cluster that stands in more than one arm.

    Raises
    ------
    ArgumentError
        With how many there are, and how many of the units are in two arms.
    """
    for column, argument, often in ((unit, "unit", True), (cluster, "cluster", False)):
        if column is None:
            continue
        each = table.group_by(own=table[column]).aggregate(
            rows=table.count(), mixed=table[arm].min() != table[arm].max()
        )
        wrong = each.filter((each.rows > 1) | each.mixed if often else each.mixed)
        row = wrong.aggregate(came=wrong.count(), mixed=wrong.mixed.cast("int64").sum()).to_pyarrow().to_pylist()[0]
        if row["came"]:
            raise failure(
                ArgumentError, f"experiments.{argument}_twice", column=column, came=int(row["came"]),
                mixed=int(row["mixed"] or 0),
            )  # fmt: skip
