"""What is each customer expected to buy and to be worth, how sure is that, and what was it based on?

In   contracts.customer.HISTORY, contracts.customer.CONTRIBUTION
Out  contracts.customer.FORECASTS   one row per customer with a purchase

The best model that the data allow: BG/NBD or MBG/NBD, whichever is likelier, with Gamma-Gamma, else with the mean spend
of all, else a naive rule (grade D); put right by what came of the model's own forecast one horizon ago, where the data
reach back that far. Where every customer's cost is known the value is margin: revenue x the customer's own margin rate,
shrunk to that of all as if five average purchase days at the common rate had been seen besides.
"""

from __future__ import annotations

import math

import ibis
import ibis.expr.types as ir
import numpy as np

from patron.contracts.customer import FORECASTS
from patron.engines.constant import constant
from patron.models.began_before import began_before
from patron.models.estimator import check_number
from patron.models.gamma_gamma import GammaGamma
from patron.models.household_value import household_value
from patron.models.lifetime_value import LifetimeValue, daily_force
from patron.models.value_model import model_name

PSEUDO_DAYS = 5.0  # purchase days at the common margin rate that each customer's own rate is mixed with
PSEUDO_REPEATS = 1.0  # repeats at the common pace, in the naive rule

FIELDS = (
    "expected_orders", "orders_low", "orders_high", "probability_alive", "expected_spend", "revenue", "revenue_low",
    "revenue_high", "began_before", "grade", "model",
)  # fmt: skip


def forecasts(
    history: ir.Table,
    contribution: ir.Table,
    *,
    model: LifetimeValue | None,
    horizon_days: int,
    discount_rate: float = 0.10,
    households: ir.Table | None = None,
) -> ir.Table:
    """Forecast each customer's orders, spend and value of the next `horizon_days`.

    Parameters
    ----------
    history : Table
        Keeps the contract HISTORY; for a recalibrated model with the columns of `recent_history` besides. Its patterns
        are counted here (one engine call), unless `model` is None.
    contribution : Table
        Keeps the contract CONTRIBUTION.
    model : LifetimeValue or None
        Of `fit_value_model`; None for the naive rule.
    horizon_days : int
        How far ahead.
    discount_rate : float
        A year, as a share; for the naive rule only, a fitted model has its own.
    households : Table, optional
        Keeps the contract HOUSEHOLDS; without it everybody is a household alone.

    Returns
    -------
    Table
        Keeps the contract FORECASTS.
    """
    check_number("horizon", horizon_days)
    if model is None:
        outlook = _naive(history, contribution, horizon_days, check_number("discount_rate", discount_rate))
    else:
        outlook = _modelled(history, model, horizon_days)
    valued = _in_terms_of_basis(outlook, contribution, horizon_days).mutate(expected_payments=constant(0))
    return FORECASTS.shape(household_value(valued, households))


def valued(history: ir.Table, contribution: ir.Table, *, model: LifetimeValue, horizon_days: int) -> ir.Table:
    """Return what `forecasts` says of each customer's value alone: ``customer_id, predicted_value, basis``.

    Without intervals, which take most of the time; for a day that is only compared with another.
    """
    seen = model.predict(history, horizon=check_number("horizon", horizon_days))
    nothing = ibis.null("float64")
    outlook = seen.select(
        "customer_id", expected_spend=model.spend_of(seen), revenue="predicted_value", revenue_low=nothing,
        revenue_high=nothing,
    )  # fmt: skip
    return _in_terms_of_basis(outlook, contribution, horizon_days).select("customer_id", "predicted_value", "basis")


def _modelled(history: ir.Table, model: LifetimeValue, horizon_days: int) -> ir.Table:
    """Score the patterns, join the scores, and let the engine multiply what is each customer's own."""
    patterns = model.count(history)
    outcome = model.outcome(patterns, horizon=horizon_days)
    scored = patterns.restore(
        expected_orders=outcome.purchases, orders_low=outcome.purchases_low, orders_high=outcome.purchases_high,
        probability_alive=outcome.alive, _discounted=outcome.discounted,
        _low=np.nan_to_num(outcome.total_low), _high=np.nan_to_num(outcome.total_high),
        began_before=began_before(patterns),
    )  # fmt: skip
    spend = model.spend_of(scored)
    known = isinstance(model.spend_, GammaGamma)
    scale = model.scale(scored) if known else ibis.null("float64")
    return scored.select(
        "customer_id", "frequency", "expected_orders", "orders_low", "orders_high", "probability_alive", "began_before",
        expected_spend=spend,
        revenue=scored["_discounted"] * spend,
        revenue_low=scored["_low"] * scale,
        revenue_high=scored["_high"] * scale,
        grade=ibis.cases((scored.frequency >= 4, "A"), (scored.frequency >= 1, "B"), else_="C"),
        model=ibis.literal(model_name(model)),
    ).select("customer_id", *FIELDS)  # fmt: skip


def _naive(history: ir.Table, contribution: ir.Table, horizon_days: int, discount_rate: float) -> ir.Table:
    """Go on at the own pace and spend, each mixed with one repeat of the common pace and spend.

    The common pace counts half a repeat in one horizon besides, so that it is never zero.
    """
    row = history.cross_join(_common(history, contribution))
    x, T = row.frequency.cast("float64"), row["T"].cast("float64")
    pace = (row._repeats + 0.5) / (row._days + _number(max(horizon_days, 1)))
    orders = (x + PSEUDO_REPEATS) / (T + PSEUDO_REPEATS / pace) * _number(horizon_days)
    own = ibis.ifelse(row.monetary_value.fill_null(0.0) > 0, x, _number(0))
    amount = row.monetary_value.fill_null(0.0) * own
    spend = (amount + row._spend * PSEUDO_REPEATS) / (own + PSEUDO_REPEATS)
    force = daily_force(discount_rate) * horizon_days
    factor = -math.expm1(-force) / force if force else 1.0
    nothing = ibis.null("float64")
    return row.select(
        "customer_id", expected_orders=orders, orders_low=nothing, orders_high=nothing, probability_alive=nothing,
        expected_spend=spend, revenue=orders * spend * _number(factor), revenue_low=nothing, revenue_high=nothing,
        began_before=nothing,
        grade=ibis.literal("D"), model=ibis.literal(model_name(None)),
    )  # fmt: skip


def _common(history: ir.Table, contribution: ir.Table) -> ir.Table:
    """Return one row: all repeats, all days, and the net revenue of a purchase day."""
    totals = history.aggregate(
        _repeats=history.frequency.sum().cast("float64"),
        _days=history["T"].sum().cast("float64"),
        _purchases=(history.frequency.sum() + history.count()).cast("float64"),
    )
    buyers = contribution.semi_join(history, "customer_id")
    revenue = buyers.aggregate(_revenue=buyers.net_revenue.sum().cast("float64"))
    both = totals.cross_join(revenue)
    return both.select("_repeats", "_days", _spend=both._revenue.fill_null(0.0) / both._purchases.nullif(0))


def _in_terms_of_basis(outlook: ir.Table, contribution: ir.Table, horizon_days: int) -> ir.Table:
    """Turn discounted revenue into value: x the margin rate where all costs are known, else as it is."""
    own = contribution.select(
        "customer_id",
        _margin=contribution.margin.cast("float64"),
        _revenue=contribution.net_revenue.cast("float64"),
    )
    row = outlook.left_join(own, "customer_id").drop("customer_id_right").cross_join(_margins(outlook, contribution))
    seen = row._revenue.fill_null(0.0) > 0
    margin, revenue = (ibis.ifelse(seen, value, _number(0)) for value in (row._margin, row._revenue))
    own_rate = (margin + row._rate * row._mixed) / (revenue + row._mixed)
    rate = ibis.ifelse(row._is_margin, own_rate, _number(1))
    ends = row.revenue_low * rate, row.revenue_high * rate
    return row.mutate(
        horizon_days=ibis.literal(horizon_days, "int64"),
        predicted_value=row.revenue * rate,
        value_low=ibis.least(*ends),
        value_high=ibis.greatest(*ends),
        basis=ibis.ifelse(row._is_margin, ibis.literal("margin"), ibis.literal("revenue")),
    )


def _margins(outlook: ir.Table, contribution: ir.Table) -> ir.Table:
    """Return one row: whether values are margins, the common margin rate, and the revenue it is mixed with."""
    buyers = contribution.semi_join(outlook, "customer_id")
    totals = buyers.aggregate(
        _net=buyers.net_revenue.sum().cast("float64").fill_null(0.0),
        _all=buyers.margin.sum().cast("float64").fill_null(0.0),
        _unknown=(buyers.basis != "margin").sum().fill_null(0),
    )
    # Decimals, because a sum of floats depends on the order of the rows.
    days = outlook.expected_spend.cast("decimal(18, 4)")
    spend = outlook.aggregate(_day=days.sum().cast("float64") / days.count().nullif(0).cast("float64"))
    row = totals.cross_join(spend)
    known = (row._unknown == 0) & (row._net > 0)
    return row.select(
        _is_margin=known,
        _rate=ibis.ifelse(known, row._all / row._net.nullif(0), _number(1)),
        _mixed=row._day * _number(PSEUDO_DAYS),
    )


def _number(value: float) -> ir.FloatingScalar:
    """Return a float literal; a bare Python float is a decimal on Spark."""
    return ibis.literal(float(value), "float64")
