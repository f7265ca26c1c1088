"""Which first product, category or channel do customers begin with who stay?

For each item: the share of those who began with it that buys again within the horizon, and what they bring on later
days, beside customers whose first purchase was in the same month without it. Differences are drawn to the mean of their
kind as far as the items' sizes leave them to chance, and held to a false discovery rate over all items of all kinds.

In   contracts.raw.RAW_ORDER_LINES with the customer's id, contracts.customer.ORDERS
Out  contracts.habit.GATEWAYS
Ref  Mantel & Haenszel (1959), Sato (1989): see `stats.stratified`
     Efron & Morris (1975), Data analysis using Stein's estimator, JASA 70, 311-319: see `stats.shrinkage`
     Benjamini & Yekutieli (2001): see `stats.false_discovery`
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.habit import GATEWAY_KINDS, GATEWAYS
from patron.errors import ArgumentError
from patron.language import failure, number, percent, say
from patron.profile.known import day_of, known_by
from patron.profile.newcomers import newcomers
from patron.stats.false_discovery import q_values
from patron.stats.shrinkage import shrink
from patron.stats.stratified import mean_difference, no_difference, share_difference

Floats = NDArray[np.float64]
Row = dict[str, Any]

LEAST = 50
"""Customers who began with an item."""

EXPECTED = 5.0
"""Of those, so many must be expected to come back, and not to, if the item makes no difference (Cochran's rule)."""

LEVEL = 0.10
"""False discovery rate of what is found."""

_WIDE = "decimal(38, 4)"
_SUMS = ("customers", "again", "total", "squares")


@dataclass(frozen=True, kw_only=True)
class GatewayCounts:
    """Sums by item and month of the first purchase, shape (items, months); `others` began in that month without it."""

    kinds: tuple[str, ...]
    items: tuple[str, ...]
    names: tuple[str, ...]
    mine: dict[str, Floats]
    others: dict[str, Floats]


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
    counts = _counts(known_by(lines, as_of=as_of), known_by(orders, as_of=as_of), as_of, horizon_days)
    rows = [] if counts is None else list(_rows(counts, horizon_days))
    return ibis.memtable(pa.Table.from_pylist(rows, schema=GATEWAYS.schema.to_pyarrow()))


def _counts(lines: ir.Table, orders: ir.Table, as_of: date, horizon: int) -> GatewayCounts | None:
    began = _began(orders, as_of, horizon)
    sums = {
        "customers": lambda t: t.count(), "again": lambda t: t.count(where=t.again),
        "total": lambda t: t.value.sum().cast("float64"),
        "squares": lambda t: (t.value * t.value).sum().cast("float64"),
    }  # fmt: skip
    everybody = began.group_by("month").aggregate(**sums).order_by("month").to_pyarrow()
    items = _items(lines, orders).inner_join(began, "customer_id")
    each = items.group_by("kind", "item", "month").aggregate(name=items.name.min(), **sums)
    size = each.group_by("kind", "item").aggregate(all_of=each.customers.sum(), called=each.name.min())
    large = size.filter(size.all_of >= LEAST)
    counted = each.inner_join(large, ["kind", "item"]).order_by("kind", "item", "month").to_pyarrow()
    if not counted.num_rows:
        return None
    return _spread(counted, everybody)


def _began(orders: ir.Table, as_of: date, horizon: int) -> ir.Table:
    """Return each newcomer who was watched for the whole horizon: month, whether she came again, what she brought."""
    firsts = newcomers(orders, as_of=as_of)
    firsts = firsts.filter(firsts.first_day <= ibis.literal(as_of - timedelta(days=horizon)))
    both = firsts.left_join(orders.select(one="customer_id", amount="amount", day=day_of(orders.ordered_at)), [
        ("customer_id", "one")
    ])  # fmt: skip
    wait = both.day.delta(both.first_day, unit="day").cast("int64")
    later = (wait > 0) & (wait <= horizon)
    # Whole cents squared stay exact, so that no sum depends on the order of the rows.
    value = both.amount.cast(_WIDE).sum(where=later).fill_null(ibis.literal(0).cast(_WIDE)).cast("decimal(18, 2)")
    return both.group_by("customer_id", month=both.first_day.truncate("M")).aggregate(again=later.any(), value=value)


def _items(lines: ir.Table, orders: ir.Table) -> ir.Table:
    """Return what each customer bought, and by which channel, on the first day."""
    firsts = orders.group_by(who=orders.customer_id).aggregate(first_day=day_of(orders.ordered_at).min())
    sales = lines.filter(lines.kind == "sale").drop("kind")
    sales = sales.mutate(day=day_of(sales.ordered_at))
    first = sales.inner_join(firsts, [sales.customer_id == firsts.who, sales.day == firsts.first_day])
    columns = {"product": ("product_id", "product_name"), "category": ("category",) * 2, "channel": ("channel",) * 2}
    parts = []
    for kind in GATEWAY_KINDS:
        item, name = columns[kind]
        named = first.filter(first[item].notnull())
        one = named.group_by("customer_id", item=named[item]).aggregate(name=named[name].min())
        parts.append(
            one.select("customer_id", "item", kind=ibis.literal(kind), name=ibis.coalesce(one["name"], one["item"]))
        )
    return ibis.union(*parts)


def _spread(counted: pa.Table, everybody: pa.Table) -> GatewayCounts:
    months = {month: place for place, month in enumerate(everybody["month"].to_pylist())}
    rows = counted.select(["kind", "item", "called", "month"]).to_pylist()
    keys = list(dict.fromkeys((row["kind"], row["item"], row["called"]) for row in rows))
    places = {key: place for place, key in enumerate(keys)}
    at = np.array([places[row["kind"], row["item"], row["called"]] for row in rows])
    when = np.array([months[row["month"]] for row in rows])
    mine, others = {}, {}
    for name in _SUMS:
        wide = np.zeros((len(keys), len(months)))
        wide[at, when] = counted[name].to_numpy()
        mine[name], others[name] = wide, everybody[name].to_numpy().astype(np.float64) - wide
    kinds, items, names = zip(*keys, strict=True)
    return GatewayCounts(kinds=kinds, items=items, names=names, mine=mine, others=others)


def _rows(counts: GatewayCounts, horizon: int) -> Iterator[Row]:
    keep = _enough(counts)
    mine, others = ({name: wide[keep] for name, wide in part.items()} for part in (counts.mine, counts.others))
    kinds, items, names = (np.array(part, dtype=object)[keep] for part in (counts.kinds, counts.items, counts.names))
    shares = mine["again"], mine["customers"], others["again"], others["customers"]
    gap, p_value = share_difference(*shares), no_difference(*shares)
    value = mean_difference(*(part[name] for part in (mine, others) for name in ("customers", "total", "squares")))
    shrunk = np.zeros(len(items))
    for kind in set(kinds):
        alike = kinds == kind
        shrunk[alike] = shrink(gap.difference[alike], gap.variance[alike]).estimate
    q = q_values(p_value)
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


def _enough(counts: GatewayCounts) -> NDArray[np.bool_]:
    """Tell which items have enough comparable customers, by sizes and by what all did, never by the difference."""
    size, others = counts.mine["customers"], counts.others["customers"]
    whole = np.maximum(size + others, 1.0)
    expected = (size * (counts.mine["again"] + counts.others["again"]) / whole).sum(axis=1)
    comparable = np.where(others > 0, size, 0.0).sum(axis=1)
    weight = (size * others / whole).sum(axis=1)
    return np.asarray(
        (comparable >= LEAST) & (np.minimum(expected, size.sum(axis=1) - expected) >= EXPECTED) & (weight >= EXPECTED)
    )


def _sentence(row: Row) -> str:
    points = {name: number(100 * row[name], digits=1) for name in ("difference", "low", "high", "shrunk")}
    key = "gateways.found" if row["found"] else "gateways.open"
    return say(
        key, began=say(f"gateways.began_{row['kind']}", name=row["name"]), customers=number(row["customers"]),
        rate=percent(row["rate_again"], digits=1), horizon=row["horizon_days"], **points,
    )  # fmt: skip
