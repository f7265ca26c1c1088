"""From counted patterns to the shop's shares, the strengths by which customers are drawn to them, and intervals.

In   ``customer_id, kind, within, value, purchases`` as `affinity_counts` makes it
Out  small tables to join back
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.stats.dirichlet_multinomial import Counted, share_interval, shrunk_share, strength

ENOUGH = 50
"""Customers with two purchases or more that a category needs for a strength of its own; else that of its kind."""

Group = tuple[str, str]  # kind, within
Ints = NDArray[np.int64]


def strength_tables(counts: ir.Table, totals: ir.Table) -> tuple[ir.Table, ir.Table]:
    """Return the shop's share of each value, and the strength of each kind and category.

    Parameters
    ----------
    counts : Table
        ``customer_id, kind, within, value, purchases``.
    totals : Table
        ``customer_id, kind, within, of_purchases``.

    Returns
    -------
    shares : Table
        ``kind, within, value, shop_purchases, shop_share``; without values that nobody bought.
    strengths : Table
        ``kind, within, strength, shop_total, shop_squares`` (the sum of the squared shares).
    """
    bought = counts.filter(counts.purchases > 0)
    often = bought.group_by("kind", "within", "value", "purchases").aggregate(customers=bought.count())
    values = often.order_by("kind", "within", "value", "purchases").to_pyarrow()
    many = totals.group_by("kind", "within", "of_purchases").aggregate(customers=totals.count())
    makers = many.order_by("kind", "within", "of_purchases").to_pyarrow()
    names, sums = _shop(values)
    groups = _counted(values, makers, sums)
    strengths = _strengths(groups)
    totals_of = {group: float(sums[at].sum()) for group, (at, _) in groups.items()}
    total = np.array([totals_of[group] for group in zip(names["kind"], names["within"], strict=True)])
    shares = pa.table({**names, "shop_purchases": sums, "shop_share": sums / total})
    told = pa.table(
        {
            "kind": [kind for kind, _ in groups],
            "within": [within for _, within in groups],
            "strength": [strengths[group] for group in groups],
            "shop_total": [int(totals_of[group]) for group in groups],
            "shop_squares": [float(one.shares @ one.shares) for _, one in groups.values()],
        }
    )
    return ibis.memtable(shares), ibis.memtable(told)


def interval_table(best: ir.Table) -> ir.Table:
    """Return ``share, shrunk, low, high, lift`` by kind, category, value, purchases and purchases in all."""
    key = ["kind", "within", "value", "purchases", "of_purchases"]
    patterns = best.group_by(*key).aggregate(strength=best.strength.max(), shop_share=best.shop_share.max())
    table = patterns.order_by(*key).to_pyarrow()
    x, n, base, own = (table[name].to_numpy() for name in ("purchases", "of_purchases", "shop_share", "strength"))
    shrunk = shrunk_share(x, n, base, own)
    low, high = share_interval(x, n, base, own)
    figures = {"share": x / n, "shrunk": shrunk, "low": low, "high": high, "lift": shrunk / base}
    return ibis.memtable(_beside(table.select(key), figures))


def _beside(table: pa.Table, columns: dict[str, Any]) -> pa.Table:
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values))
    return table


def _shop(values: pa.Table) -> tuple[dict[str, list[str]], Ints]:
    """Return the kinds, categories and values, in order, and the shop's purchases of each."""
    starts = np.flatnonzero(_changes(values, ("kind", "within", "value")))
    bought = values["purchases"].to_numpy() * values["customers"].to_numpy()
    names = {name: values[name].take(pa.array(starts)).to_pylist() for name in ("kind", "within", "value")}
    return names, np.add.reduceat(bought, starts)


def _counted(values: pa.Table, makers: pa.Table, sums: Ints) -> dict[Group, tuple[slice, Counted]]:
    """Cut the patterns into groups of a kind and category; with each where its values stand in `sums`."""
    wide, tall = _starts(values, ("kind", "within")), _starts(makers, ("kind", "within"))
    place = np.cumsum(_changes(values, ("kind", "within", "value"))) - 1
    times, customers = values["purchases"].to_numpy(), values["customers"].to_numpy()
    totals, many = makers["of_purchases"].to_numpy(), makers["customers"].to_numpy()
    groups = {}
    for group, rows in wide.items():
        at, of = slice(int(place[rows.start]), int(place[rows.stop - 1]) + 1), tall[group]
        groups[group] = at, Counted(
            shares=sums[at] / sums[at].sum(), value=place[rows] - at.start, times=times[rows],
            customers=customers[rows], totals=totals[of], makers=many[of],
        )  # fmt: skip
    return groups


def _strengths(groups: dict[Group, tuple[slice, Counted]]) -> dict[Group, float]:
    """Fit a strength to each group that has enough customers; the others share one of their kind."""
    kinds = defaultdict(list)
    for (kind, _), (_, counted) in groups.items():
        kinds[kind].append(counted)
    few = {kind for (kind, _), (_, counted) in groups.items() if counted.repeaters < ENOUGH}
    pooled = {kind: strength(*kinds[kind]) for kind in few}
    return {
        group: pooled[group[0]] if counted.repeaters < ENOUGH else strength(counted)
        for group, (_, counted) in groups.items()
    }


def _changes(table: pa.Table, names: tuple[str, ...]) -> NDArray[np.bool_]:
    """Tell at which rows of a sorted table another group begins."""
    begins = np.zeros(table.num_rows, dtype=bool)
    begins[0] = True
    for name in names:
        codes = table[name].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
        begins[1:] |= codes[1:] != codes[:-1]
    return begins


def _starts(table: pa.Table, names: tuple[str, str]) -> dict[Group, slice]:
    """Return the rows of each group of a sorted table."""
    starts = np.flatnonzero(_changes(table, names))
    ends = np.r_[starts[1:], table.num_rows]
    first, second = (table[name].take(pa.array(starts)).to_pylist() for name in names)
    return {
        group: slice(start, end)
        for group, start, end in zip(zip(first, second, strict=True), starts.tolist(), ends.tolist(), strict=True)
    }
