"""What will each customer with a running subscription still pay, how long will it run, and how sure is that?

In   contracts.raw subscriptions
Out  one row per customer with a running subscription: the columns of contracts.customer.FORECASTS but for the
     household's, and `probability_subscribed`

A payment falls due at each renewal; those within the horizon count, each with the chance that the subscription is still
there and discounted from its day. What is paid already is not counted again. The subscriptions of a customer add up.
The ends of their intervals do, too, as if a customer left with all of them at once: how they hang together is not
known, and this is the widest they can do.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.engines.constant import constant
from patron.errors import ArgumentError, ContractError
from patron.language import did_you_mean, failure, listing
from patron.models.estimator import check_number
from patron.models.plan_retention import PlanRetention, with_plan
from patron.models.renewals import as_table
from patron.models.retention import RetentionParams, survival_ahead
from patron.models.running_subscriptions import running_subscriptions
from patron.models.with_subscribers import COLUMNS, SUMMED

Floats = NDArray[np.float64]

YEAR_DAYS = 365.0
LEVEL = 0.95
KEYS = ("plan", "period_days", "tenure", "renews_in_days")


def payments_ahead(
    params: RetentionParams, tenure: Floats, waits: Floats, *, period_days: int, horizon_days: float, force: float
) -> dict[str, Floats]:
    """Return what is expected of subscriptions of one plan, of one unit of money a period.

    Parameters
    ----------
    params : RetentionParams
        Of the plan.
    tenure, waits : array of float
        Renewals passed, and days to the next one, of each subscription.
    period_days : int
        From one renewal to the next.
    horizon_days, force : float
        How far ahead, and the continuous rate of discount a day.

    Returns
    -------
    dict of arrays
        ``expected``, ``low`` and ``high`` payments, the same ``_discounted``, and ``stays``, the chance that all
        renewals within the horizon are passed.
    """
    due = np.maximum(np.floor((horizon_days - waits) / period_days) + 1, 0.0)
    names = ("expected", "low", "high")
    sums = {name: np.zeros(len(tenure)) for name in (*names, *(f"{name}_discounted" for name in names))}
    for k in range(1, int(due.max(initial=0)) + 1):
        chance = np.where(k <= due, survival_ahead(params, tenure, k), 0.0)
        worth = np.exp(-force * (waits + (k - 1) * period_days))
        counted = {"expected": chance, "low": chance > (1 + LEVEL) / 2, "high": chance > (1 - LEVEL) / 2}
        for name, count in counted.items():
            sums[name] += count
            sums[f"{name}_discounted"] += count * worth
    return sums | {"stays": survival_ahead(params, tenure, due)}


def subscription_value(
    subscriptions: Any,
    *,
    retention: PlanRetention,
    as_of: date,
    horizon_days: int,
    discount_rate: float = 0.10,
    margin_rate: float | None = None,
) -> ir.Table:
    """Forecast the payments of each customer with a running subscription.

    Parameters
    ----------
    subscriptions : Table, one row per subscription
        Columns ``customer_id``, ``started_on``, ``ended_on``, ``period_days``, ``amount`` (a period) and, if there is
        one, ``plan``. Its patterns are counted here (one engine call).
    retention : PlanRetention
        Of `fit_plan_retention`.
    as_of : date
        The last day we may know about.
    horizon_days : int
        How far ahead.
    discount_rate : float
        A year, as a share.
    margin_rate : float, optional
        The share of a payment that is margin; without it values are revenue.

    Returns
    -------
    Table, one row per customer with a running subscription
        The columns of the contract FORECASTS but for payments and households (`with_subscribers` adds them), and
        ``probability_subscribed``. An order is a payment:
        ``expected_orders`` are the renewals paid within the horizon, ``expected_spend`` the mean amount of one.
        ``probability_alive`` is 1, because the subscription runs; ``probability_subscribed`` is the chance that it, or
        the likeliest of several, passes all renewals of the horizon. The grade follows the longest tenure (A: four or
        more renewals; B: one to three; C: none), and is D where there were too few renewals for a model.

    Raises
    ------
    ContractError, ArgumentError
        The table lacks a column or holds something else than days, or an argument is out of its range.
    """
    check_number("horizon", horizon_days)
    force = float(np.log1p(check_number("discount_rate", discount_rate))) / YEAR_DAYS
    share = 1.0 if margin_rate is None else check_number("margin_rate", margin_rate, high=1)
    rows = as_table(subscriptions)
    _check_columns(rows)
    running = running_subscriptions(with_plan(rows), as_of=as_of).mutate(
        period_days=lambda t: t.period_days.cast("int64")
    )
    unknown = running.amount.cast("float64")
    patterns = running.group_by(*KEYS).aggregate(
        _rows=running.count(), _unpaid=(unknown.isnull() | unknown.isnan()).cast("int64").sum()
    )
    patterns = _sound(patterns.to_pyarrow())
    scores = ibis.memtable(_scores(patterns, retention, float(horizon_days), force))
    scored = running.join(scores, [running[name] == scores[f"_{name}"] for name in KEYS])
    return _by_customer(
        scored, horizon_days=horizon_days, share=share, basis="revenue" if margin_rate is None else "margin"
    )


def _sound(patterns: pa.Table) -> pa.Table:
    """Return the patterns, or refuse subscriptions whose amount is unknown or whose period is none."""
    total = int(pc.sum(patterns["_rows"]).as_py() or 0)
    shapeless = patterns.filter(pc.fill_null(pc.less(patterns["period_days"], 1), True))
    for key, column, came in (
        ("length", "period_days", int(pc.sum(shapeless["_rows"]).as_py() or 0)),
        ("missing", "amount", int(pc.sum(patterns["_unpaid"]).as_py() or 0)),
    ):
        if came:
            raise failure(ArgumentError, f"renewals.{key}", column=column, came=came, customers=total)
    return patterns.select(list(KEYS)).sort_by([(name, "ascending") for name in KEYS])


def _scores(patterns: pa.Table, retention: PlanRetention, horizon_days: float, force: float) -> pa.Table:
    """Return what is expected of each pattern, plan by plan."""
    plans, lengths = (np.array(patterns[name].to_pylist(), dtype=object) for name in ("plan", "period_days"))
    tenure, waits = (patterns[name].to_numpy().astype(np.float64) for name in ("tenure", "renews_in_days"))
    names = ("expected", "low", "high", "expected_discounted", "low_discounted", "high_discounted", "stays")
    columns = {name: np.zeros(len(tenure)) for name in names}
    models = np.full(len(tenure), "", dtype=object)
    for plan, days in sorted(set(zip(plans, lengths, strict=True))):
        chosen = np.flatnonzero((plans == plan) & (lengths == days))
        model, name = retention.model_of(plan, days)
        found = payments_ahead(
            model.parameters(), tenure[chosen], waits[chosen], period_days=days, horizon_days=horizon_days, force=force
        )
        models[chosen] = name
        for column, values in found.items():
            columns[column][chosen] = values
    keys = patterns.rename_columns([f"_{name}" for name in patterns.column_names])
    facts = {f"_{name}": pa.array(values) for name, values in columns.items()}
    facts |= {"_model": pa.array(models.tolist(), pa.string())}
    return pa.table({name: keys[name] for name in keys.column_names} | facts)


def _by_customer(scored: ir.Table, *, horizon_days: int, share: float, basis: str) -> ir.Table:
    """Add up the subscriptions of each customer."""
    amount = scored.amount.cast("float64")
    summed = scored.group_by("customer_id").aggregate(
        expected_orders=_sum(scored["_expected"]),
        orders_low=_sum(scored["_low"]),
        orders_high=_sum(scored["_high"]),
        probability_subscribed=scored["_stays"].max(),
        _paid=_sum(scored["_expected"] * amount),
        _amounts=_sum(amount) / scored.count().cast("float64"),
        _value=_sum(scored["_expected_discounted"] * amount),
        _low=_sum(scored["_low_discounted"] * amount),
        _high=_sum(scored["_high_discounted"] * amount),
        _tenure=scored.tenure.max(),
        _first=scored["_model"].min(),
        _last=scored["_model"].max(),
        _naive=(scored["_model"] == "constant_rate").cast("int64").max(),
    )
    rate = ibis.literal(share, "float64")
    spend = (summed["_paid"] / summed.expected_orders.nullif(0.0)).fill_null(summed["_amounts"])
    grades = ((summed["_naive"] == 1, "D"), (summed["_tenure"] >= 4, "A"), (summed["_tenure"] >= 1, "B"))
    whole = summed.mutate(
        horizon_days=ibis.literal(horizon_days, "int64"),
        probability_alive=constant(1),
        expected_spend=spend,
        predicted_value=summed["_value"] * rate,
        value_low=summed["_low"] * rate,
        value_high=summed["_high"] * rate,
        basis=ibis.literal(basis),
        grade=ibis.cases(*grades, else_="C"),
        model=ibis.ifelse(summed["_first"] == summed["_last"], summed["_first"], ibis.literal("mixed")),
        began_before=ibis.null("float64"),
    )
    return whole.select(*(name for name in COLUMNS if name != "expected_payments"), "probability_subscribed")


def _sum(value: ir.NumericValue) -> ir.FloatingValue:
    return value.cast(SUMMED).sum().cast("float64")


def _check_columns(rows: ir.Table) -> None:
    for name in ("customer_id", "amount"):
        if name not in rows.columns:
            raise failure(
                ContractError, "errors.contract_column_missing", table="subscriptions", column=name,
                came=listing(rows.columns), allowed=name, hint=did_you_mean(name, rows.columns),
            )  # fmt: skip
