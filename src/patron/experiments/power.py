"""What does it take to see an effect? Sample size, duration and smallest effect, before anything starts.

In   any table of units, one row a unit, with the metric as it was in a time as long as the experiment's
Out  one row per metric and segment

The engine sums; the rest is arithmetic on one row a segment. Spread, base and what covariates explain are those of the
table, so they should be of the same kind of units, and over as long a time, as the experiment will see.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.errors import ArgumentError
from patron.language import did_you_mean, failure
from patron.stats.difference import SMALLEST_ARM
from patron.stats.experiment_power import Plan, Reading, days_until

ALL = "all"
PER = " / "

POWER = pa.schema(
    [
        ("metric", pa.string()), ("segmentation", pa.string()), ("segment", pa.string()), ("units", pa.int64()),
        ("mean", pa.float64()), ("spread", pa.float64()), ("explained", pa.float64()),
        ("smallest_effect", pa.float64()), ("smallest_relative", pa.float64()), ("effect", pa.float64()),
        ("relative", pa.float64()), ("chance", pa.float64()), ("units_needed", pa.int64()), ("days", pa.int64()),
        ("status", pa.string()),
    ]
)  # fmt: skip
"""What `power` returns."""


def power(  # noqa: PLR0913 - the terms of the question
    units: Any,
    *,
    metric: str | Sequence[str],
    effect: float | None = None,
    relative: float | None = None,
    shares: Mapping[str, float] | Sequence[float] = (0.5, 0.5),
    covariates: Sequence[str] = (),
    by: str | Sequence[str] | None = None,
    chance: float = 0.8,
    level: float = 0.05,
    method: Reading = "frequentist",
    per_day: float | None = None,
) -> pa.Table:
    """Say what an experiment on these units can show, and what it would take to show an effect.

    Parameters
    ----------
    units : Table, one row per unit
        Ibis, Arrow, pandas or Polars: the units that could take part.
    metric : str or sequence of str
        A column (of a boolean one the share of units), or a ratio of two, such as ``"margin / orders"``.
    effect, relative : float, optional
        The change to be seen: absolute, or as a share of the metric's mean. At most one of the two.
    shares : mapping of arm to share, or sequence of shares
        Of the arms, the control first.
    covariates : sequence of str
        Numbers known of each unit before it is drawn; what they foretell is taken off (CUPED).
    by : str or sequence of str, optional
        Columns whose values are segments; each is planned by itself, beside everybody (``all``).
    chance : float
        The chance with which the effect is to be seen.
    level : float
        The chance of seeing one that is not there.
    method : {"frequentist", "sequential"}
        Read once at the end, or at any time.
    per_day : float, optional
        Eligible units that come every day, in all; a segment's part of them is its part of the units.

    Returns
    -------
    Table
        ``metric, segmentation, segment, units``; ``mean`` and ``spread`` (standard deviation of one unit; of a ratio
        by the delta method); ``explained``, the share of variance that covariates take off; ``smallest_effect`` that
        the units can show and ``smallest_relative``; ``effect`` and ``relative`` asked for, the ``chance`` to see it
        with these units, ``units_needed`` and ``days`` until so many have come (0 where they are there);
        ``status``: ``planned``, ``too_few`` (an arm would have fewer than can be read), ``no_spread`` (all units are
        equal) or ``no_base`` (a mean of zero has no relative change). What cannot be said is missing.

    Raises
    ------
    ArgumentError
        A column is not there, both effects are asked for, or an option has a value that is not allowed.

    Examples
    --------
    >>> rows = {"bought": [True] * 100 + [False] * 1900}
    >>> found = power(ibis.memtable(rows), metric="bought", shares={"held out": 0.1, "mail": 0.9}).to_pylist()[0]
    >>> round(found["smallest_relative"], 2)
    0.91
    """
    if effect is not None and relative is not None:
        raise failure(ArgumentError, "experiments.one_effect", effect=effect, relative=relative)
    table = units if isinstance(units, ir.Table) else ibis.memtable(units)
    metrics = [metric] if isinstance(metric, str) else list(metric)
    ways = [by] if isinstance(by, str) else list(by or ())
    _check_columns(table, [*_columns(metrics), *covariates, *ways])
    plan = Plan(shares=_shares(shares), power=chance, level=level, method=method)
    asked = _Asked(effect=effect, relative=relative, per_day=per_day)
    rows = list(_rows(table, metrics, tuple(covariates), ways, plan, asked))
    return pa.Table.from_pylist(rows, schema=POWER)


@dataclass(frozen=True, kw_only=True)
class _Asked:
    effect: float | None
    relative: float | None
    per_day: float | None


@dataclass(frozen=True)
class _Moments:
    """Means and covariances of the columns in one segment."""

    units: int
    means: NDArray[np.float64]
    covariances: NDArray[np.float64]


def _rows(
    table: ir.Table, metrics: Sequence[str], covariates: Sequence[str], ways: Sequence[str], plan: Plan, asked: _Asked
) -> Iterator[dict[str, Any]]:
    names = list(dict.fromkeys([*_columns(metrics), *covariates]))
    everybody = _moments(table, names, None)[None]
    cells = {(ALL, ALL): everybody}
    for way in ways:
        found = _moments(table, names, way)
        cells |= {(way, str(value)): found[value] for value in sorted(found, key=str)}
    for metric in metrics:
        for (way, segment), moments in cells.items():
            if not moments.units:
                continue
            part = moments.units / everybody.units
            row = {"metric": metric, "segmentation": way, "segment": segment, "units": moments.units}
            yield {**row, **_planned(moments, _measured(metric, covariates, names, moments), plan, asked, part)}


def _moments(table: ir.Table, names: Sequence[str], by: str | None) -> dict[Any, _Moments]:
    """Return the moments of every segment, from sums in one pass of the engine.

    Columns are centred about the mean of a first pass over them: sums of squares of large numbers lose their digits.
    """
    numbers = table.select(
        **{f"x{place}": table[name].cast("float64").fill_null(0.0) for place, name in enumerate(names)},
        **({} if by is None else {"segment": table[by].cast("string")}),
    )
    about = numbers.aggregate(**{f"x{place}": numbers[f"x{place}"].mean() for place in range(len(names))})
    centre = [float(value or 0.0) for value in about.to_pyarrow().to_pylist()[0].values()]
    pairs = [(one, other) for one in range(len(names)) for other in range(one, len(names))]
    moved = numbers.mutate(
        **{f"x{place}": numbers[f"x{place}"] - ibis.literal(middle, "float64") for place, middle in enumerate(centre)}
    )
    sums = {f"s{place}": moved[f"x{place}"].sum() for place in range(len(names))}
    sums |= {f"p{one}_{other}": (moved[f"x{one}"] * moved[f"x{other}"]).sum() for one, other in pairs}
    grouped = moved.aggregate(units=moved.count(), **sums, by=[] if by is None else ["segment"])
    return {
        row.get("segment"): _of_sums(row, centre, pairs)
        for row in grouped.to_pyarrow().to_pylist()
        if by is None or row["segment"] is not None
    }


def _of_sums(row: dict[str, Any], centre: Sequence[float], pairs: Sequence[tuple[int, int]]) -> _Moments:
    many, size = int(row["units"]), len(centre)
    sums = np.array([float(row[f"s{place}"] or 0.0) for place in range(size)])
    products = np.zeros((size, size))
    for one, other in pairs:
        products[one, other] = products[other, one] = float(row[f"p{one}_{other}"] or 0.0)
    means = sums / max(many, 1)
    covariances = (products - many * np.outer(means, means)) / max(many - 1, 1)
    return _Moments(many, means + np.asarray(centre), covariances)


@dataclass(frozen=True)
class _Measured:
    mean: float | None
    spread: float
    explained: float


def _measured(metric: str, covariates: Sequence[str], names: Sequence[str], moments: _Moments) -> _Measured:
    """Return mean, spread of one unit and share explained; of a ratio by the delta method."""
    weights = np.zeros(len(names))
    top, _, bottom = metric.partition(PER)
    if bottom:
        below = moments.means[names.index(bottom)]
        if below == 0:
            return _Measured(None, 0.0, 0.0)
        mean = moments.means[names.index(top)] / below
        weights[names.index(top)] += 1 / below
        weights[names.index(bottom)] -= mean / below
    else:
        mean = moments.means[names.index(top)]
        weights[names.index(top)] = 1.0
    variance = float(weights @ moments.covariances @ weights)
    if variance <= 0:
        return _Measured(float(mean), 0.0, 0.0)
    known = [names.index(name) for name in covariates]
    with_metric = moments.covariances[known] @ weights
    taken = float(with_metric @ np.linalg.pinv(moments.covariances[np.ix_(known, known)]) @ with_metric) if known else 0
    return _Measured(float(mean), math.sqrt(variance), min(max(taken / variance, 0.0), 1.0))


def _planned(
    moments: _Moments, measured: _Measured, plan: Plan, asked: _Asked, part: float
) -> dict[str, float | int | str | None]:
    """Return what the plan says of one metric of one segment."""
    mean, spread, explained = measured.mean, measured.spread, measured.explained
    known: dict[str, float | int | str | None] = {"mean": mean, "spread": spread, "explained": explained}
    if mean is None or spread == 0:
        return {**known, "status": "no_base" if mean is None else "no_spread"}
    effect = abs(mean) * asked.relative if asked.relative is not None else asked.effect
    smallest = float(plan.smallest_effect(moments.units, spread, explained).item())
    known |= {"smallest_effect": smallest, "smallest_relative": smallest / abs(mean) if mean else None}
    if effect:
        needed = float(plan.units_for(effect, spread, explained).item())
        coming = None if asked.per_day is None else asked.per_day * part
        days = math.inf if coming is None else float(days_until(needed, moments.units, coming).item())
        known |= {
            "effect": effect, "relative": effect / abs(mean) if mean else None,
            "chance": float(plan.chance(effect, moments.units, spread, explained).item()), "units_needed": int(needed),
            "days": 0 if needed <= moments.units else int(days) if math.isfinite(days) else None,
        }  # fmt: skip
    few = min(plan.shares) * moments.units < SMALLEST_ARM
    no_base = mean == 0 and asked.relative is not None
    return {**known, "status": "no_base" if no_base else "too_few" if few else "planned"}


def _columns(metrics: Sequence[str]) -> list[str]:
    return [column for metric in metrics for column in metric.split(PER)]


def _shares(shares: Mapping[str, float] | Sequence[float]) -> tuple[float, ...]:
    return tuple(shares.values() if isinstance(shares, Mapping) else shares)


def _check_columns(table: ir.Table, wanted: Sequence[str]) -> None:
    for name in wanted:
        if name not in table.columns:
            raise failure(
                ArgumentError, "experiments.power_column", came=name, hint=did_you_mean(name, table.columns)
            )  # fmt: skip
