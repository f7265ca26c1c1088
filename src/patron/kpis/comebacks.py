"""Which channels and campaigns bring customers who come back?

Each is compared with the other customers of the same month of first orders, so that an old channel is not better by
having had more time, nor a seasonal one by its season.

In   `kpis.won.Won`; contracts.touch.TOUCHES for campaigns
Out  contracts.channel.COMEBACKS
Ref  Mantel & Haenszel (1959), Sato (1989): see `stats.stratified`
     Efron & Morris (1975), Data analysis using Stein's estimator, JASA 70, 311-319: see `stats.shrinkage`
     Benjamini & Yekutieli (2001): see `stats.false_discovery`
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from patron.contracts.channel import COMEBACK_KINDS, COMEBACKS, NO_CHANNEL
from patron.kpis.won import Won
from patron.language import number, percent, say
from patron.stats.false_discovery import q_values
from patron.stats.shrinkage import shrink
from patron.stats.stratified import comparable, no_difference, share_difference

Row = dict[str, Any]

LEAST = 50
"""Customers whom a channel or campaign must have brought."""

LEVEL = 0.10
"""False discovery rate of what is found."""

CHANNEL, CAMPAIGN = COMEBACK_KINDS


def comebacks(won: Won, *, touches: ir.Table | None = None, lookback_days: int = 30) -> ir.Table:
    """Compare customers by what brought them.

    Parameters
    ----------
    won : Won
        Which channel won whom, with `return_days` (`kpis.won`).
    touches : Table, optional
        contracts.touch.TOUCHES: their campaigns are compared, too.
    lookback_days : int
        How long before the first order a campaign's touch counts.

    Returns
    -------
    Table, one row per channel and campaign with at least 50 customers
        Keeps the contract COMEBACKS, held in memory (one engine call), the largest shrunk difference first within a
        kind. Without a row where nobody was watched for long enough.
    """
    if won.return_days is None or won.since is None:
        return COMEBACKS.empty()
    parts = [_by_channel(won)]
    if touches is not None:
        parts.append(_by_campaign(won, touches, lookback_days))
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    counted = every.group_by("kind", "item", "cohort").aggregate(
        customers=every.count().cast("int64"), again=every.again.sum().cast("int64")
    )
    rows = counted.order_by("kind", "item", "cohort").to_pyarrow().to_pylist()
    found = [row for kind in COMEBACK_KINDS for row in _compared(kind, [r for r in rows if r["kind"] == kind], won)]
    return ibis.memtable(pa.Table.from_pylist(found, schema=COMEBACKS.schema.to_pyarrow()))


def _by_channel(won: Won) -> ir.Table:
    """Return each watched customer with the channel that has most credit in her; of equal ones the first by name."""
    mine = won.customers.filter(won.customers.watched)
    order = ibis.window(group_by="customer_id", order_by=[mine.share.desc(), mine.channel])
    most = mine.mutate(place=ibis.row_number().over(order)).filter(lambda t: t.place == 0)
    return most.select("customer_id", "cohort", "again", kind=ibis.literal(CHANNEL), item="channel")


def _by_campaign(won: Won, touches: ir.Table, lookback_days: int) -> ir.Table:
    """Return each watched customer with the campaign of the last touch before her first order, if it had one."""
    mine = won.customers.filter(won.customers.watched)
    people = mine.select("customer_id", "cohort", "again", "first_day").distinct()
    named = touches.filter(touches.campaign.notnull() & touches.customer_id.notnull())
    named = named.select("campaign", "touched_at", who=named.customer_id)
    both = people.inner_join(named, [("customer_id", "who")])
    wait = both.first_day.delta(both.touched_at.date(), unit="day").cast("int64")
    near = both.filter((wait >= 0) & (wait <= lookback_days))
    order = ibis.window(group_by="customer_id", order_by=[near.touched_at.desc(), near.campaign])
    last = near.mutate(place=ibis.row_number().over(order)).filter(lambda t: t.place == 0)
    return last.select("customer_id", "cohort", "again", kind=ibis.literal(CAMPAIGN), item="campaign")


def _compared(kind: str, rows: Sequence[Row], won: Won) -> Iterator[Row]:
    """Compare the items of one kind with the others of their months."""
    months = sorted({row["cohort"] for row in rows})
    items = sorted({row["item"] for row in rows})
    wide = {name: np.zeros((len(items), len(months))) for name in ("customers", "again")}
    for row in rows:
        for name, values in wide.items():
            values[items.index(row["item"]), months.index(row["cohort"])] = row[name]
    others = {name: values.sum(axis=0) - values for name, values in wide.items()}
    large = comparable(wide["again"], wide["customers"], others["again"], others["customers"], least=LEAST)
    keep = large & (np.array(items, dtype=object) != NO_CHANNEL)
    if not keep.any():
        return
    mine, rest = ({name: values[keep] for name, values in part.items()} for part in (wide, others))
    sides = mine["again"], mine["customers"], rest["again"], rest["customers"]
    gap, p_value = share_difference(*sides), no_difference(*sides)
    columns = {
        "customers": mine["customers"].sum(axis=1).astype(int), "again": mine["again"].sum(axis=1).astype(int),
        "difference": gap.difference, "low": gap.low, "high": gap.high,
        "shrunk": shrink(gap.difference, gap.variance).estimate, "p_value": p_value, "q_value": q_values(p_value),
    }  # fmt: skip
    names = [item for item, one in zip(items, keep, strict=True) if one]
    figures = zip(*(values.tolist() for values in columns.values()), strict=True)
    told = [{"item": name} | dict(zip(columns, row, strict=True)) for name, row in zip(names, figures, strict=True)]
    for row in sorted(told, key=lambda row: (-row["shrunk"], row["item"])):
        row |= {
            "kind": kind, "horizon_days": won.return_days, "rate_again": row["again"] / row["customers"],
            "found": row["q_value"] <= LEVEL,
        }  # fmt: skip
        yield row | {"sentence": _sentence(row)}


def _sentence(row: Row) -> str:
    points = {name: number(100 * row[name], digits=1) for name in ("difference", "low", "high", "shrunk")}
    return say(
        "channels.comeback_found" if row["found"] else "channels.comeback_open",
        brought=say(f"channels.brought_by_{row['kind']}", name=row["item"]), customers=number(row["customers"]),
        rate=percent(row["rate_again"], digits=1), horizon=row["horizon_days"], **points,
    )  # fmt: skip
