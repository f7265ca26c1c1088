"""What did customers begin with, whether did they come again, and what did they bring? Counted by item and stratum.

In   contracts.raw.RAW_ORDER_LINES with the customer's id, contracts.customer.ORDERS
Out  `GatewayCounts`
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.profile.known import day_of
from patron.profile.newcomers import newcomers

Floats = NDArray[np.float64]

LEAST = 50
"""Customers who began with an item."""

STRATUM = ("month", "basket")
SIZES = (2, 4, 8, 16, 32)
"""Lines of a first basket from which it is of the next size."""

LABELS = ("1", "2-3", "4-7", "8-15", "16-31", "32+")
BASKET = "basket"
SUMS = ("customers", "again", "total", "squares")
_WIDE = "decimal(38, 4)"


@dataclass(frozen=True, kw_only=True)
class GatewayCounts:
    """Sums by item and stratum, shape (items, strata); `others` began in the same stratum without it.

    A stratum is a month of the first purchase and a size of its basket.
    """

    kinds: tuple[str, ...]
    items: tuple[str, ...]
    names: tuple[str, ...]
    mine: dict[str, Floats]
    others: dict[str, Floats]


def gateway_counts(lines: ir.Table, orders: ir.Table, *, as_of: date, horizon: int) -> GatewayCounts | None:
    """Count the customers of each item, who came again and what they brought, by stratum; None without an item.

    Parameters as those of `gateways`, with nothing later than `as_of`.
    """
    began = _began(orders, as_of, horizon)
    sums = {
        "customers": lambda t: t.count(), "again": lambda t: t.count(where=t.again),
        "total": lambda t: t.value.sum().cast("float64"),
        "squares": lambda t: (t.value * t.value).sum().cast("float64"),
    }  # fmt: skip
    first = _first_lines(lines, orders)
    sized = first.group_by(who=first.customer_id).aggregate(basket=_size(first.count()))
    began = began.inner_join(sized, [("customer_id", "who")]).drop("who")
    everybody = began.group_by(*STRATUM).aggregate(**sums).order_by(*STRATUM).to_pyarrow()
    items = _items(first, sized).inner_join(began, "customer_id")
    each = items.group_by("kind", "item", *STRATUM).aggregate(name=items.name.min(), **sums)
    size = each.group_by("kind", "item").aggregate(all_of=each.customers.sum(), called=each.name.min())
    large = size.filter(size.all_of >= LEAST)
    counted = each.inner_join(large, ["kind", "item"]).order_by("kind", "item", *STRATUM).to_pyarrow()
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


def _first_lines(lines: ir.Table, orders: ir.Table) -> ir.Table:
    """Return the lines of each customer's first day."""
    firsts = orders.group_by(who=orders.customer_id).aggregate(first_day=day_of(orders.ordered_at).min())
    sales = lines.filter(lines.kind == "sale").drop("kind")
    sales = sales.mutate(day=day_of(sales.ordered_at))
    return sales.inner_join(firsts, [sales.customer_id == firsts.who, sales.day == firsts.first_day])


def _size(lines: ir.Value) -> ir.Value:
    """Return which size a basket has, from 0."""
    return ibis.cases(*((lines < least, place) for place, least in enumerate(SIZES)), else_=len(SIZES)).cast("int64")


def _items(first: ir.Table, sized: ir.Table) -> ir.Table:
    """Return what each customer bought on the first day, by which channel, and how much at once."""
    columns = {"product": ("product_id", "product_name"), "category": ("category",) * 2, "channel": ("channel",) * 2}
    parts = []
    for kind, (item, name) in columns.items():
        named = first.filter(first[item].notnull())
        one = named.group_by("customer_id", item=named[item]).aggregate(name=named[name].min())
        parts.append(
            one.select("customer_id", "item", kind=ibis.literal(kind), name=ibis.coalesce(one["name"], one["item"]))
        )
    called = ibis.cases(*((sized.basket == place, label) for place, label in enumerate(LABELS)), else_=LABELS[-1])
    baskets = sized.select(customer_id="who", item=called, kind=ibis.literal(BASKET), name=called)
    return ibis.union(*parts, baskets)


def _spread(counted: pa.Table, everybody: pa.Table) -> GatewayCounts:
    """Spread the counts out by item and stratum; baskets are compared over all sizes of the same month."""
    months, sizes = (everybody[name].to_pylist() for name in STRATUM)
    strata = {stratum: place for place, stratum in enumerate(zip(months, sizes, strict=True))}
    whole_month = np.eye(len(months))[[months.index(month) for month in months]]
    rows = counted.select(["kind", "item", "called", *STRATUM]).to_pylist()
    keys = list(dict.fromkeys((row["kind"], row["item"], row["called"]) for row in rows))
    places = {key: place for place, key in enumerate(keys)}
    at = np.array([places[row["kind"], row["item"], row["called"]] for row in rows])
    when = np.array([strata[row["month"], row["basket"]] for row in rows])
    kinds, items, names = zip(*keys, strict=True)
    baskets = np.array([kind == BASKET for kind in kinds])[:, None]
    mine, others = {}, {}
    for name in SUMS:
        wide = np.zeros((len(keys), len(strata)))
        wide[at, when] = counted[name].to_numpy()
        whole = everybody[name].to_numpy().astype(np.float64)
        mine[name] = np.where(baskets, wide @ whole_month, wide)
        others[name] = np.where(baskets, whole @ whole_month, whole) - mine[name]
    return GatewayCounts(kinds=kinds, items=items, names=names, mine=mine, others=others)
