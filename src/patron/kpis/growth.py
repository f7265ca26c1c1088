"""What made the business grow or shrink?

In   contracts.customer.ORDERS, TAKINGS, contracts.raw.RAW_SPEND
Out  contracts.outcome.GROWTH   one row per driver of three formulas

The engine adds up four rows of figures; exact arithmetic splits their change (`kpis.drivers`).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.outcome import GROWTH
from patron.kpis.drivers import FORMULAS, Driver, Figures, drivers
from patron.kpis.periods import Comparison, Pair, Period, periods
from patron.profile.known import day_of, known_by


def growth(orders: ir.Table, takings: ir.Table, spend: ir.Table, *, as_of: date) -> ir.Table:
    """Split the change between two periods of equal length into what each driver did, exact to the cent.

    Parameters
    ----------
    orders : Table
        ``contracts.customer.ORDERS``: how many orders and customers.
    takings : Table
        ``contracts.customer.TAKINGS``: the money.
    spend : Table
        ``contracts.raw.RAW_SPEND``; it may have no rows.
    as_of : date
        The last day we may know about, and the last day of the later period.

    Returns
    -------
    Table, one row per formula and driver
        ``contracts.outcome.GROWTH``, held in memory; without rows when the data is shorter than twice 28 days.

    Notes
    -----
    Periods are years of 365 days when the data covers two, else halves of the data (`kpis.periods`).

    ``customers``
        margin - acquisition cost = active customers x orders per customer x net order value x margin rate - cost.
    ``traffic``
        net revenue = traffic x conversion x order value. Visits are not among the sources yet: `traffic` and
        `conversion` stay unknown and need `events`; their product is known and stands as `orders`.
    ``lifetime``
        new customers x what each brings in the first days - acquisition cost. To compare like with like, both periods
        count the customers whose first days (90, or fewer in short data) lie wholly within the period, and only the
        margin of those days; cost is that of the days on which such customers can have begun. Forecasts are no
        measure here: customers of the earlier period have been watched for longer.

    Each factor's effect is its Shapley value, so no order of the factors is preferred; remainders of a cent go to the
    effects that lost most by rounding down. A factor that is not defined in one period (orders per customer without a
    customer) counts as unchanged. Should one sum be zero while the next is not (returns without an order, margin
    without net revenue), the last factor takes the rest.

    Where the basis of the takings is revenue, net revenue stands for margin, and the margin rate is empty and says that
    it needs `products`. The basis is one for the whole shop, so that a cost that came to be known is no better margin.

    The acquisition cost is known when spend has a row in both periods. Otherwise it is left out of the total, and its
    row is empty and says that it needs `spend`.

    The expressions are run here, twice: for the first day, and for the figures.
    """
    first_day = orders.aggregate(day=day_of(orders.ordered_at).min()).to_pyarrow().to_pylist()[0]["day"]
    compared = None if first_day is None else periods(first_day, as_of=as_of)
    if compared is None:
        return GROWTH.empty()
    rows = figures(orders, takings, spend, compared=compared, as_of=as_of).to_pyarrow().to_pylist()
    sums = {(row["pair"], row["side"]): _read(row) for row in rows}
    records = []
    for formula in FORMULAS:
        split = drivers(formula, sums[formula.pair, "before"], sums[formula.pair, "after"])
        pair = getattr(compared, formula.pair)
        records += [_record(formula.name, position, driver, pair) for position, driver in enumerate(split, start=1)]
    return ibis.memtable(pa.Table.from_pylist(records, schema=GROWTH.schema.to_pyarrow()))


def figures(orders: ir.Table, takings: ir.Table, spend: ir.Table, *, compared: Comparison, as_of: date) -> ir.Table:
    """Add up what the formulas need: one row per pair and side.

    Parameters
    ----------
    orders, takings, spend, as_of
        As in `growth`.
    compared : Comparison
        The periods.

    Returns
    -------
    Table, four rows
        ``pair`` (whole: all that was bought in the period; early: what new customers bought in their first days),
        ``side`` (before, after), ``customers``, ``orders``, ``net_revenue``, ``margin``, ``costed`` (rows of takings
        with known cost), ``spend_rows``, ``spend``.
    """
    known = known_by(orders, as_of=as_of)
    days = known.select("customer_id", day=day_of(known.ordered_at))
    days = days.mutate(first_day=days.day.min().over(group_by=days.customer_id))
    money = known_by(takings, as_of=as_of, column="day")
    begun = money.inner_join(days.select("customer_id", "first_day").distinct(), "customer_id")
    early = [_first_days(table, compared.early_days) for table in (days, begun)]
    parts = []
    for side in ("before", "after"):
        period = getattr(compared.whole, side)
        ordered, brought, spent = (_within(table, "day", period) for table in (days, money, spend))
        parts.append(_added(ordered, brought, spent, pair="whole", side=side))
        began = getattr(compared.early, side).shortened(compared.early_days - 1)
        ordered, brought = (_within(table, "first_day", began) for table in early)
        parts.append(_added(ordered, brought, _within(spend, "day", began), pair="early", side=side))
    return ibis.union(*parts)


def _first_days(table: ir.Table, days: int) -> ir.Table:
    return table.filter(table.day.delta(table.first_day, unit="day").between(0, days - 1))


def _within(table: ir.Table, column: str, period: Period) -> ir.Table:
    return table.filter(table[column].between(ibis.literal(period.start), ibis.literal(period.end)))


def _added(orders: ir.Table, takings: ir.Table, spend: ir.Table, *, pair: str, side: str) -> ir.Table:
    bought = orders.aggregate(customers=orders.customer_id.nunique(), orders=orders.count())
    brought = takings.aggregate(
        net_revenue=takings.net_revenue.sum(), margin=takings.margin.sum(), costed=takings.cost.count()
    )
    spent = spend.aggregate(spend_rows=spend.count(), spend=spend.amount.sum())
    return bought.cross_join(brought).cross_join(spent).mutate(pair=ibis.literal(pair), side=ibis.literal(side))


def _read(row: dict[str, Any]) -> Figures:
    return Figures(
        customers=row["customers"],
        orders=row["orders"],
        net_revenue=_cents(row["net_revenue"]),
        margin=_cents(row["margin"]),
        costed=row["costed"],
        spend=_cents(row["spend"]) if row["spend_rows"] else None,
    )


def _cents(money: Decimal | None) -> int:
    return int((money or Decimal(0)).scaleb(2))


def _record(formula: str, position: int, driver: Driver, pair: Pair) -> dict[str, object]:
    return {
        "formula": formula,
        "driver": driver.name,
        "position": position,
        "before_from": pair.before.start,
        "before_to": pair.before.end,
        "after_from": pair.after.start,
        "after_to": pair.after.end,
        "before": None if driver.before is None else float(driver.before),
        "after": None if driver.after is None else float(driver.after),
        "effect": None if driver.effect is None else Decimal(driver.effect).scaleb(-2),
        "needs": driver.needs,
    }
