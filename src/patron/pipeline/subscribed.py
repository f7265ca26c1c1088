"""What running subscriptions will still pay, beside what customers will buy."""

from __future__ import annotations

from datetime import date

import ibis.expr.types as ir

from patron.models import fit_plan_retention, subscription_value, with_subscribers
from patron.pipeline.settings import Settings
from patron.profile import known_by


def subscribed(
    forecasts: ir.Table,
    subscriptions: ir.Table,
    contribution: ir.Table,
    *,
    as_of: date,
    settings: Settings,
    households: ir.Table,
) -> ir.Table:
    """Add what subscribers will pay to the forecasts.

    Parameters
    ----------
    forecasts : Table
        Keeps the contract FORECASTS.
    subscriptions : Table
        Raw subscriptions, with the customer's id.
    contribution : Table
        Keeps the contract CONTRIBUTION: it says whether values are margins, and the shop's rate.
    as_of : date
        The last day we may know about.
    settings : Settings
        The project's.
    households : Table
        Keeps the contract HOUSEHOLDS.

    Returns
    -------
    Table
        Keeps the contract FORECASTS; as it was where nobody subscribes.
    """
    paid = payments(subscriptions, contribution, as_of=as_of, settings=settings)
    return forecasts if paid is None else with_subscribers(forecasts, paid, households=households)


def payments(subscriptions: ir.Table, contribution: ir.Table, *, as_of: date, settings: Settings) -> ir.Table | None:
    """Return what the running subscriptions of a day will pay (`subscription_value`); none where there are none."""
    known = known_by(subscriptions, as_of=as_of, column="started_on")
    if not known.count().to_pyarrow().as_py():
        return None
    return subscription_value(
        known, retention=fit_plan_retention(known, as_of=as_of), as_of=as_of, horizon_days=settings.horizon,
        discount_rate=settings.discount_rate, margin_rate=_margin_rate(contribution, settings),
    )  # fmt: skip


def _margin_rate(contribution: ir.Table, settings: Settings) -> float | None:
    """Return the share of a payment that is margin; none where the shop's values are revenue."""
    totals = contribution.aggregate(
        basis=contribution.basis.max(),
        net=contribution.net_revenue.sum().cast("float64"),
        margin=contribution.margin.sum().cast("float64"),
    )
    (row,) = totals.to_pyarrow().to_pylist()
    own = settings.costs.subscription_margin
    if row["basis"] is None:  # nobody has bought anything
        return own
    if row["basis"] != "margin" or not row["net"] or row["net"] <= 0:
        return None
    return own if own is not None else min(1.0, max(0.0, row["margin"] / row["net"]))
