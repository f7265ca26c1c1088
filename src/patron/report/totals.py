"""The few figures of the whole shop that the headline speaks of, each from one aggregate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.charts.records import Record, records

YEAR_DAYS = 365


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Counts and sums over all customers: `known` are all of them, `customers` those with an order."""

    known: int
    customers: int
    active: int
    revenue: float
    margin: float
    buyers: int
    revenue_before: float | None
    margin_before: float | None
    predicted: float
    expected_orders: float
    forecasts: int
    top_customers: int
    top_share: float | None
    since: date | None


def totals(profiles: ir.Table, orders: ir.Table, takings: ir.Table, forecasts: ir.Table, *, as_of: date) -> Totals:
    """Sum up customers, the last twelve months, the twelve before (when the data holds them) and the forecasts."""
    people = _one(
        profiles.aggregate(
            known=profiles.count(),
            customers=(profiles.orders > 0).sum(),
            active=((profiles.orders > 0) & ~profiles.lapsed).sum(),
        )
    )
    money = _years(orders, takings, as_of=as_of)
    ahead = _best_tenth(forecasts)
    return Totals(
        known=int(people["known"] or 0),
        customers=int(people["customers"] or 0),
        active=int(people["active"] or 0),
        predicted=ahead["predicted"] or 0.0,
        expected_orders=ahead["expected_orders"] or 0.0,
        forecasts=int(ahead["forecasts"] or 0),
        top_customers=int(ahead["top"] or 0),
        top_share=ahead["top_value"] / ahead["predicted"] if ahead["predicted"] else None,
        **money,
    )


def _years(orders: ir.Table, takings: ir.Table, *, as_of: date) -> Record:
    """Sum the last twelve months and the twelve before: buyers of orders, money of takings."""
    start, before = as_of - timedelta(days=YEAR_DAYS), as_of - timedelta(days=2 * YEAR_DAYS)

    def last(day: ir.DateValue) -> ir.BooleanValue:
        return (day > ibis.literal(start)) & (day <= ibis.literal(as_of))

    day, paid = orders.ordered_at.cast("date"), takings.day
    earlier = (paid > ibis.literal(before)) & (paid <= ibis.literal(start))
    bought = _one(orders.aggregate(buyers=orders.customer_id.nunique(where=last(day)), since=day.min()))
    money = _one(
        takings.aggregate(
            revenue=takings.net_revenue.sum(where=last(paid)),
            margin=takings.margin.sum(where=last(paid)),
            revenue_before=takings.net_revenue.sum(where=earlier),
            margin_before=takings.margin.sum(where=earlier),
        )
    )
    sums = bought | money
    whole = sums["since"] is not None and sums["since"] <= before + timedelta(days=1)
    return {
        "revenue": sums["revenue"] or 0.0,
        "margin": sums["margin"] or 0.0,
        "buyers": int(sums["buyers"] or 0),
        "revenue_before": sums["revenue_before"] if whole else None,
        "margin_before": sums["margin_before"] if whole else None,
        "since": sums["since"],
    }


def _best_tenth(forecasts: ir.Table) -> Record:
    """Sum the forecasts, and those of the tenth of customers with the highest ones."""
    ordered = ibis.window(order_by=[forecasts.predicted_value.desc(), forecasts.customer_id])
    ranked = forecasts.select(
        "predicted_value",
        "expected_orders",
        place=ibis.row_number().over(ordered) + 1,
        number=forecasts.count().over(ibis.window()),
    )
    best = ranked.place <= (ranked.number.cast("float64") / ibis.literal(10.0, type="float64")).ceil()
    return _one(
        ranked.aggregate(
            forecasts=ranked.count(),
            predicted=ranked.predicted_value.sum(),
            expected_orders=ranked.expected_orders.sum(),
            top=best.sum(),
            top_value=ranked.predicted_value.sum(where=best),
        )
    )


def _one(aggregate: ir.Table) -> Record:
    return records(aggregate)[0]
