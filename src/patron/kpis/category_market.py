"""Do our categories grow with their market?

In   raw lines with the customer's id, contracts.raw_experience.RAW_MARKET
Out  contracts.outcome.CATEGORY_MARKET   one row per category that has an index

Two growth rates side by side. That they differ says that something differs, not what: it is an association.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.outcome import CATEGORY_MARKET
from patron.kpis.periods import Pair, periods
from patron.profile.known import day_of, known_by

_EXACT = "decimal(18, 6)"


def category_market(lines: ir.Table, market: ir.Table, *, as_of: date) -> ir.Table:
    """Compare the growth of each category with that of its market, over the periods of `growth`.

    Parameters
    ----------
    lines : Table
        Raw order lines with the customer's id; those of nobody known count in the money, not among the customers.
    market : Table
        contracts.raw_experience.RAW_MARKET, of which the rows of indices are read.
    as_of : date
        The last day we may know about, and the last day of the later period.

    Returns
    -------
    Table, one row per category
        contracts.outcome.CATEGORY_MARKET, held in memory: categories with sales and an index in both periods. Without
        rows when the data is shorter than twice 28 days.
    """
    sold = known_by(lines, as_of=as_of).filter(lambda t: t.category.notnull())
    first = sold.aggregate(day=day_of(sold.ordered_at).min()).to_pyarrow()["day"][0].as_py()
    compared = None if first is None else periods(first, as_of=as_of)
    if compared is None:
        return CATEGORY_MARKET.empty()
    ours = _by_category(_ours(_sided(sold, day_of(sold.ordered_at), compared.whole)))
    told = known_by(market, as_of=as_of, column="day").filter(lambda t: t.category_index.notnull())
    theirs = _by_category(_theirs(_sided(told, told.day, compared.whole)))
    rows = [
        _row(category, ours[category], theirs[category], compared.whole)
        for category in sorted(ours.keys() & theirs.keys())
        if len(ours[category]) == len(theirs[category]) == len(("before", "after"))
        and min(side["money"] for side in ours[category].values()) > 0
        and min(side["index"] for side in theirs[category].values()) > 0
    ]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=CATEGORY_MARKET.schema.to_pyarrow()))


def _sided(rows: ir.Table, day: ir.DateValue, pair: Pair) -> ir.Table:
    """Mark each row with its period, and leave out those of neither."""
    within = {
        name: day.between(ibis.literal(period.start), ibis.literal(period.end))
        for name, period in (("before", pair.before), ("after", pair.after))
    }
    side = ibis.cases(*((holds, name) for name, holds in within.items()), else_=ibis.null("string"))
    marked = rows.mutate(side=side)
    return marked.filter(marked.side.notnull())


def _ours(lines: ir.Table) -> ir.Table:
    net = lines.amount - lines.discount.fill_null(0)
    return (
        lines.mutate(net=net)
        .group_by("category", "side")
        .aggregate(money=lambda t: t.net.sum(), customers=lambda t: t.customer_id.nunique())
    )


def _theirs(market: ir.Table) -> ir.Table:
    """Average the index of each category; of decimals, so that the order of the rows does not matter."""
    return market.group_by("category", "side").aggregate(
        index=market.category_index.cast(_EXACT).sum().cast("float64") / market.count().cast("float64")
    )


def _by_category(sums: ir.Table) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in sums.to_pyarrow().to_pylist():
        found.setdefault(row["category"], {})[row["side"]] = row
    return found


def _row(category: str, ours: dict[str, Any], theirs: dict[str, Any], pair: Pair) -> dict[str, Any]:
    money = {side: Decimal(ours[side]["money"]) for side in ("before", "after")}
    grown = float(money["after"] / money["before"])
    market = theirs["after"]["index"] / theirs["before"]["index"]
    return {
        "category": category, "before_from": pair.before.start, "before_to": pair.before.end,
        "after_from": pair.after.start, "after_to": pair.after.end,
        "customers": min(side["customers"] for side in ours.values()),
        "revenue_before": money["before"], "revenue_after": money["after"], "growth": grown - 1,
        "market_growth": market - 1, "ahead": grown / market - 1,
    }  # fmt: skip
