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
    """Counts and sums over all customers."""

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


def totals(profiles: ir.Table, orders: ir.Table, forecasts: ir.Table, *, as_of: date) -> Totals:
    """Sum up customers, the last twelve months, the twelve before (when the data holds them) and the forecasts."""
    people = _one(
        profiles.aggregate(
            customers=(profiles.orders > 0).sum(),
            active=((profiles.orders > 0) & ~profiles.lapsed).sum(),
        )
    )
    money = _years(orders, as_of=as_of)
    ahead = _best_tenth(forecasts)
    return Totals(
        customers=int(people["customers"] or 0),
        active=int(people["active"] or 0),
        predicted=ahead["predicted"] or 0.0,
        expected_orders=ahead["expected_orders"] or 0.0,
        forecasts=int(ahead["forecasts"] or 0),
        top_customers=int(ahead["top"] or 0),
        top_share=ahead["top_value"] / ahead["predicted"] if ahead["predicted"] else None,
        **money,
    )


def _years(orders: ir.Table, *, as_of: date) -> Record:
    day = orders.ordered_at.cast("date")
    start, before = as_of - timedelta(days=YEAR_DAYS), as_of - timedelta(days=2 * YEAR_DAYS)
    last = (day > ibis.literal(start)) & (day <= ibis.literal(as_of))
    earlier = (day > ibis.literal(before)) & (day <= ibis.literal(start))
    sums = _one(
        orders.aggregate(
            revenue=orders.amount.sum(where=last),
            margin=orders.margin.sum(where=last),
            buyers=orders.customer_id.nunique(where=last),
            revenue_before=orders.amount.sum(where=earlier),
            margin_before=orders.margin.sum(where=earlier),
            since=day.min(),
        )
    )
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
