"""Which small groups of customers are worth a test of their own, what is each worth, and what does it lack?

In   contracts.customer.MEMBERSHIPS with the segmentation ``micro`` (see `micro_members`), and what `Tables` holds
Out  contracts.micro.MICRO_SEGMENTS   one row per cell, and per rest into which cells were merged
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from patron.contracts.micro import MICRO_SEGMENTS
from patron.errors import ArgumentError
from patron.language import failure
from patron.segments.micro_axes import PROFILE_AXES, check_axes
from patron.segments.micro_cells import parent_of, values_of
from patron.segments.micro_counts import STRATUM, Tables, axis_values, counted_now, counted_since
from patron.segments.micro_gaps import Gap, Sums, ahead, compared
from patron.segments.micro_members import HARDEST
from patron.segments.micro_rates import Since, since_by_cell, since_by_segment
from patron.segments.micro_words import title_of
from patron.stats.power import customers_for, smallest_effect
from patron.stats.tree_shrinkage import pooled_means

Row = dict[str, Any]

LEVEL = 0.10
"""False discovery rate of the cells that are called better."""

MONEY_COLUMNS = ("margin", "margin_last", "predicted_value")


def micro_segments(
    tables: Tables, *, axes: Sequence[str], as_of: date, horizon_days: int, holdout: float, detectable: float,
    level: float = LEVEL, titles: Mapping[tuple[str, str], str] | None = None,
) -> ir.Table:  # fmt: skip
    """Describe every micro-segment: size, value, rates, stability, power, and its gap to comparable peers.

    Parameters
    ----------
    tables : Tables
        Memberships with the segmentation ``micro``, and what is known of the customers. With `before`, rates,
        stability and what is better are told; without it they are missing.
    axes : sequence of str
        What the cells are cut by: those that `micro_members` used.
    as_of : date
        The last day we may know about.
    horizon_days : int
        How far ahead the forecasts look.
    holdout, detectable : float
        As for `micro_members`.
    level : float
        The false discovery rate of what is called better.
    titles : mapping of (segmentation, segment) to str
        Their names for people; else they are called by their stable names.

    Returns
    -------
    Table, one row per cell or rest
        `MICRO_SEGMENTS`, best rank first; no rows where nobody is in a micro-segment.

    Raises
    ------
    ArgumentError
        The axes, the horizon, the hold-out, the difference or the level cannot be.

    Notes
    -----
    Looks into the tables once for the run's day, and once for the earlier one.
    """
    check_axes(axes)
    if isinstance(horizon_days, bool) or horizon_days < 1:
        raise failure(ArgumentError, "micro.horizon", came=horizon_days)
    if not 0 < level < 1:
        raise failure(ArgumentError, "micro.level", came=level)
    least = customers_for(detectable, spread=HARDEST, holdout=holdout)
    counted = counted_now(tables, as_of=as_of, horizon_days=horizon_days)
    rows = _sized(counted, least=least)
    names = sorted({(row["own"], row["cell"]) for row in counted.select(["own", "cell"]).to_pylist()})
    since, origin = _since(tables, names, axes, as_of=as_of)
    _add_rates(rows, since, origin, as_of=as_of)
    _add_power(rows, since, holdout=holdout)
    _add_stake(rows, counted, axes)
    _add_better(rows, since, level=level)
    called = titles or {}
    for row in rows:
        row["title"] = title_of(row["cell"], axes, called)
    return _table(rows)


def _sized(counted: pa.Table, *, least: int) -> list[Row]:
    """Return size and money of each cell, and of each rest."""
    found: dict[str, Row] = {}
    for part in counted.to_pylist():
        names = {part["own"]: part["cell"], part["cell"]: part["cell"]}
        for name, segment in names.items():
            row = found.setdefault(name, _blank(name, segment))
            row["customers"] += int(part["customers"])
            for column in MONEY_COLUMNS:
                row[column] += part[column]
    everybody = sum(counted["customers"].to_pylist())
    for row in found.values():
        row["customer_share"] = row["customers"] / everybody
        row["reason"] = "too_few" if row["customers"] < least else None
    return list(found.values())


def _blank(name: str, segment: str) -> Row:
    return {
        "cell": name, "parent": parent_of(name), "level": len(values_of(name)), "customers": 0,
        "merged_into": None if name == segment else segment, "evidence": "assumed", "peers": 0, "watched": 0,
        "ordered": 0, "at_risk": 0, "lapsed": 0, "margin_since": Decimal("0.00"),
        **{column: Decimal("0.00") for column in MONEY_COLUMNS},
    }  # fmt: skip


class _Watched:
    """What came since the earlier day, by cell and by segment."""

    def __init__(self, counted: pa.Table) -> None:
        self.counted = counted
        self.cells, self.segments = since_by_cell(counted), since_by_segment(counted)
        own, cell = (counted[name].to_pylist() for name in ("own", "cell"))
        self.margin: dict[str, Decimal] = {}
        for name, segment, money in zip(own, cell, counted["margin"].to_pylist(), strict=True):
            for one in {name, segment} - {None}:
                self.margin[one] = self.margin.get(one, Decimal("0.00")) + money

    def of(self, row: Row) -> tuple[Since, int | None]:
        """Return where a row's figures stand."""
        since = self.segments if row["merged_into"] is None else self.cells
        return since, since.places.get(row["cell"])


def _since(
    tables: Tables, names: Sequence[tuple[str, str]], axes: Sequence[str], *, as_of: date
) -> tuple[_Watched | None, date | None]:
    """Return what came since the earlier day, and the day."""
    origin = _origin(tables.before, axes)
    if origin is None or not names:
        return None, None
    if origin >= as_of:
        raise failure(ArgumentError, "micro.before", came=origin, as_of=as_of)
    counted = counted_since(tables, names, axes, origin=origin, as_of=as_of)
    return (_Watched(counted), origin) if counted.num_rows else (None, None)


def _origin(before: ir.Table | None, axes: Sequence[str]) -> date | None:
    """Return the earlier day; None where some segmentation was not known then, so that nobody was in any cell."""
    if before is None:
        return None
    known = before.group_by("segmentation").aggregate(day=before.as_of.max()).to_pyarrow().to_pylist()
    days: dict[str, date] = {row["segmentation"]: row["day"] for row in known}
    if not {axis for axis in axes if axis not in PROFILE_AXES} <= days.keys():
        return None
    return max(days.values(), default=None)


def _add_rates(rows: list[Row], watched: _Watched | None, origin: date | None, *, as_of: date) -> None:
    if watched is None or origin is None:
        return
    for row in rows:
        row |= {"from_day": origin, "watched_days": (as_of - origin).days}
        since, at = watched.of(row)
        if at is None:  # nobody was in it then
            continue
        row |= {name: int(since.counts[name][at]) for name in ("watched", "ordered", "at_risk", "lapsed")}
        row["margin_since"] = watched.margin.get(row["cell"], Decimal("0.00"))
        if row["watched"] and row["merged_into"] is None:
            row["stability"] = float(since.counts["stayed"][at] / since.counts["watched"][at])
        for name, pooled in (
            ("order_rate", since.orders), ("lapse_rate", since.lapses), ("average_margin", since.margins),
        ):  # fmt: skip
            ends = (("", pooled.estimate), ("_low", pooled.low), ("_high", pooled.high))
            row |= {f"{name}{end}": _finite(values[at]) for end, values in ends}


def _add_power(rows: list[Row], watched: _Watched | None, *, holdout: float) -> None:
    for row in rows:
        rate = row.get("order_rate")
        spread = HARDEST if rate is None else float(np.sqrt(rate * (1 - rate)))
        row["holdout"] = holdout
        smallest = float(smallest_effect(row["customers"], spread, holdout=holdout))
        row["smallest_rate"] = smallest if smallest <= 1 else None
        since, at = (None, None) if watched is None else watched.of(row)
        if since is not None and at is not None:
            row["smallest_margin"] = float(smallest_effect(row["customers"], since.spread[at], holdout=holdout))


def _add_stake(rows: list[Row], counted: pa.Table, axes: Sequence[str]) -> None:
    """Compare what is predicted of each segment with its peers, and rank by what is at stake."""
    segments = [row["cell"] for row in rows if row["merged_into"] is None]
    sums = _sums(counted, [values_of(name) for name in counted["own"].to_pylist()], count="customers")
    gaps = compared(sums, segments)
    if not gaps:
        return
    names = sorted(gaps)
    own = np.array([-gaps[name].difference for name in names])
    noise = np.array([max(gaps[name].variance, 1e-8) for name in names])
    pooled = pooled_means(own, noise, np.zeros(len(names), dtype=np.int64), center=0.0)
    found = {row["cell"]: row for row in rows}
    for at, name in enumerate(names):
        row, many = found[name], found[name]["customers"]
        row |= _peers(gaps[name], axes) | {
            "gap": float(own[at]), "gap_shrunk": float(pooled.estimate[at]), "gap_low": float(pooled.low[at]),
            "gap_high": float(pooled.high[at]), "value_at_stake": max(many * float(pooled.estimate[at]), 0.0),
            "value_low": max(many * float(pooled.low[at]), 0.0),
        }  # fmt: skip
    _rank(rows)


def _peers(gap: Gap, axes: Sequence[str]) -> Row:
    return {"peers_by": axes[gap.axis], "peers": gap.peers}


def _rank(rows: list[Row]) -> None:
    able = [row for row in rows if row.get("value_at_stake") and row["reason"] is None]
    for rank, row in enumerate(sorted(able, key=lambda row: (-row["value_at_stake"], row["cell"])), start=1):
        row["rank"] = rank


def _add_better(rows: list[Row], watched: _Watched | None, *, level: float) -> None:
    """Say which segments brought more than their peers, at a false discovery rate."""
    if watched is None:
        return
    counted = watched.counted
    segments = [row["cell"] for row in rows if row["merged_into"] is None and row["reason"] is None]
    gaps = compared(_sums(counted, axis_values(counted), count="watched"), segments)
    p, q = ahead(gaps)
    for row in rows:
        if (gap := gaps.get(row["cell"])) is not None:
            name = row["cell"]
            row |= {"ahead": gap.difference, "better_p": p[name], "better_q": q[name], "better": q[name] <= level}


def _sums(counted: pa.Table, values: Sequence[tuple[str | None, ...]], *, count: str) -> Sums:
    return Sums(
        values=values,
        segment=counted["cell"].to_pylist(),
        stratum=list(zip(*(counted[name].to_pylist() for name in STRATUM), strict=True)),
        **{
            name: counted[column].to_numpy().astype(np.float64)
            for name, column in (("count", count), ("total", "total"), ("squares", "squares"))
        },
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _table(rows: list[Row]) -> ir.Table:
    ordered = sorted(rows, key=lambda row: (row.get("rank") is None, row.get("rank") or 0, row["cell"]))
    shaped = [{name: row.get(name) for name in MICRO_SEGMENTS.names} for row in ordered]
    return ibis.memtable(pa.Table.from_pylist(shaped, schema=MICRO_SEGMENTS.schema.to_pyarrow()))
