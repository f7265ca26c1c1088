"""Which first product, category, channel or size of basket do customers begin with who stay?

For each item: the share of those who began with it that buys again within the horizon, and what they bring on later
days, beside customers who began without it in the same month and with about as large a basket: who buys much at once is
likely to have bought any item, and to come back. Sizes of baskets are items too, compared within the month. Differences
are drawn to the mean of their kind as far as the items' sizes leave them to chance, and held to a false discovery rate
over all items of their kind.

In   contracts.raw.RAW_ORDER_LINES with the customer's id, contracts.customer.ORDERS
Out  contracts.habit.GATEWAYS
Ref  Mantel & Haenszel (1959), Sato (1989): see `stats.stratified`
     Efron & Morris (1975), Data analysis using Stein's estimator, JASA 70, 311-319: see `stats.shrinkage`
     Benjamini & Yekutieli (2001): see `stats.false_discovery`
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.habit import GATEWAY_KINDS, GATEWAYS
from patron.errors import ArgumentError
from patron.language import failure, number, percent, say
from patron.models.gateway_counts import BASKET, LEAST, GatewayCounts, gateway_counts
from patron.profile.known import known_by
from patron.stats.false_discovery import q_values
from patron.stats.shrinkage import shrink
from patron.stats.stratified import comparable, mean_difference, no_difference, share_difference

Floats = NDArray[np.float64]
Row = dict[str, Any]

LEVEL = 0.10
"""False discovery rate of what is found."""


def gateways(lines: ir.Table, orders: ir.Table, *, as_of: date, horizon_days: int) -> ir.Table:
    """Compare customers by what they began with.

    Parameters
    ----------
    lines : Table, one row per line
        contracts.raw.RAW_ORDER_LINES, with the customer's id.
    orders : Table, one row per order
        contracts.customer.ORDERS as of `as_of`: an order that was taken back is none.
    as_of : date
        The last day we may know about.
    horizon_days : int
        How long customers are watched after their first purchase; who began later is left out.

    Returns
    -------
    Table, one row per item with at least 50 customers
        Keeps the contract GATEWAYS, the largest shrunk difference first within a kind; no rows where no item has
        enough customers, or where all customers began with the same.

    Raises
    ------
    ArgumentError
        The horizon is not a whole number of days of 1 or more.
    """
    if isinstance(horizon_days, bool) or not isinstance(horizon_days, int) or horizon_days < 1:
        raise failure(ArgumentError, "gateways.horizon", came=horizon_days)
    known = known_by(lines, as_of=as_of), known_by(orders, as_of=as_of)
    counts = gateway_counts(*known, as_of=as_of, horizon=horizon_days)
    rows = [] if counts is None else list(_rows(counts, horizon_days))
    return ibis.memtable(pa.Table.from_pylist(rows, schema=GATEWAYS.schema.to_pyarrow()))


def _rows(counts: GatewayCounts, horizon: int) -> Iterator[Row]:
    whole = counts.mine["again"], counts.mine["customers"], counts.others["again"], counts.others["customers"]
    keep = comparable(*whole, least=LEAST)
    mine, others = ({name: wide[keep] for name, wide in part.items()} for part in (counts.mine, counts.others))
    kinds, items, names = (np.array(part, dtype=object)[keep] for part in (counts.kinds, counts.items, counts.names))
    shares = mine["again"], mine["customers"], others["again"], others["customers"]
    gap, p_value = share_difference(*shares), no_difference(*shares)
    value = mean_difference(*(part[name] for part in (mine, others) for name in ("customers", "total", "squares")))
    shrunk, q = np.zeros(len(items)), np.ones(len(items))
    for kind in set(kinds):
        alike = kinds == kind
        shrunk[alike] = shrink(gap.difference[alike], gap.variance[alike]).estimate
        q[alike] = q_values(p_value[alike])
    size, again, total = (mine[name].sum(axis=1) for name in ("customers", "again", "total"))
    for at in sorted(range(len(items)), key=lambda at: (GATEWAY_KINDS.index(kinds[at]), -shrunk[at], items[at])):
        row = {
            "kind": kinds[at], "item": items[at], "name": names[at], "horizon_days": horizon,
            "customers": int(size[at]), "again": int(again[at]), "rate_again": float(again[at] / size[at]),
            "difference": float(gap.difference[at]), "low": float(gap.low[at]), "high": float(gap.high[at]),
            "shrunk": float(shrunk[at]), "value_after": float(total[at] / size[at]),
            "value_difference": float(value.difference[at]), "value_low": float(value.low[at]),
            "value_high": float(value.high[at]), "p_value": float(p_value[at]), "q_value": float(q[at]),
            "found": bool(q[at] <= LEVEL),
        }  # fmt: skip
        yield row | {"sentence": _sentence(row)}


def _sentence(row: Row) -> str:
    points = {name: number(100 * row[name], digits=1) for name in ("difference", "low", "high", "shrunk")}
    key = "gateways.found" if row["found"] else "gateways.open"
    like = say("gateways.like_basket" if row["kind"] == BASKET else "gateways.like")
    return say(
        key, began=say(f"gateways.began_{row['kind']}", name=row["name"]), customers=number(row["customers"]),
        rate=percent(row["rate_again"], digits=1), horizon=row["horizon_days"], like=like, **points,
    )  # fmt: skip
