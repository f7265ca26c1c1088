"""The steps that say what the customers are worth to the shop: revenue ahead, customer equity, value by channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.contracts import MOMENT
from patron.contracts.customer import FITTED_MODELS
from patron.contracts.outcome import ACQUISITION_VALUE, EQUITY, REVENUE_FORECAST
from patron.models import LifetimeValue, equity, foresee, prospect_value, revenue_forecast, seen_by
from patron.models.forecasts import valued
from patron.models.revenue_forecast import expected_of_each, origins_before, rates
from patron.pipeline.step import Context, Step
from patron.pipeline.subscribed import payments
from patron.profile import join_covariates, known_purchases, purchase_history, purchase_ledger
from patron.segments import tiers

MONTH_DAYS = 30
"""How far back equity looks when no earlier run can be compared with; as movements do."""

Tables = Mapping[str, ir.Table]

VALUE = "value"
VALUES = ("customer_id", "basis", "predicted_value")
EXACT = "decimal(28, 6)"  # a sum of floats would depend on the order of the rows


def fitted(model: LifetimeValue | None) -> ir.Table:
    """Return the table of fitted models."""
    if model is None:
        return FITTED_MODELS.empty()
    return FITTED_MODELS.shape(ibis.memtable({"name": [VALUE], "description": [model.to_json()]}))


def _model(context: Context) -> LifetimeValue | None:
    """Return the value model that made the run's forecasts."""
    rows = context["fitted_models"].to_pyarrow().to_pylist()
    return next((LifetimeValue.from_json(row["description"]) for row in rows if row["name"] == VALUE), None)


def _lines(context: Context) -> ir.Table:
    return context.of_customers("order_lines")


def _revenue(context: Context) -> Tables:
    ledger = context.keep("ledger", purchase_ledger(_lines(context), as_of=context.as_of))
    first = ledger.aggregate(first=ledger.day.min()).to_pyarrow()["first"][0].as_py()
    if first is None:
        return {"revenue_forecast": REVENUE_FORECAST.empty()}
    days = [*origins_before(first, as_of=context.as_of), context.as_of]
    purchases = context.keep("purchases", known_purchases(ledger, days=days))
    foreseen = foresee(purchases, horizon_days=context.settings.horizon, of_each=expected_of_each(context["forecasts"]))
    if not foreseen or foreseen[-1].sums.origin != context.as_of:
        return {"revenue_forecast": REVENUE_FORECAST.empty()}
    money = rates(context["takings"], purchases, as_of=context.as_of)
    return {"revenue_forecast": revenue_forecast(foreseen, money=money)}


def _equity(context: Context) -> Tables:
    earlier, model = context.earlier, _model(context)
    day = earlier.as_of if earlier else context.as_of - timedelta(days=MONTH_DAYS)
    if model is None:
        return {"equity": EQUITY.empty()}
    ledger = purchase_ledger(_lines(context), as_of=day)
    known = known_purchases(ledger, days=[day])
    known = context.keep("purchases", known.select("customer_id", "amount", ordered_at=known.day.cast(MOMENT)))
    then = context.keep("history", join_covariates(purchase_history(known, as_of=day), context["covariates"]))
    if not then.count().to_pyarrow().as_py():
        return {"equity": EQUITY.empty()}
    # Model, margin rates and rhythm are those of the run's day: what changes is the customers, not the yardstick.
    seen = seen_by(model, then, known, as_of=day)
    before = context.keep("values", _with_payments(context, day, _values(seen, context, model)))
    return {
        "equity": equity(
            _standing(before, then, context["rhythm"]),
            _standing(context["forecasts"], context["history"], context["rhythm"]),
            _tiers(context, before),
            context["revenue_forecast"], compared_with=earlier.run_id if earlier else "month", from_day=day,
            to_day=context.as_of,
        )
    }  # fmt: skip


def _values(seen: ir.Table, context: Context, model: LifetimeValue) -> ir.Table:
    return valued(seen, context["contribution"], model=model, horizon_days=context.settings.horizon)


def _with_payments(context: Context, day: date, values: ir.Table) -> ir.Table:
    """Add what the subscriptions of a day were going to pay."""
    subscriptions = context.of_customers("subscriptions")
    paid = payments(subscriptions, context["contribution"], as_of=day, settings=context.settings)
    if paid is None:
        return values
    both = values.select(*VALUES).union(paid.select(*VALUES))
    return both.group_by("customer_id").aggregate(
        basis=both.basis.max(), predicted_value=both.predicted_value.cast(EXACT).sum().cast("float64")
    )


def _standing(values: ir.Table, history: ir.Table, pace: ir.Table) -> ir.Table:
    """Return each customer's value, and whether she is silent for longer than her own rhythm explains."""
    past = history.select("customer_id", "T", "recency")
    both = values.left_join(past, "customer_id").drop("customer_id_right")  # who only subscribes has bought nothing
    both = both.left_join(pace.select("customer_id", "lapse_after_days"), "customer_id").drop("customer_id_right")
    silence = (both["T"] - both.recency).cast("float64")
    return both.select(
        "customer_id", "basis", value="predicted_value", lapsed=(silence > both.lapse_after_days).fill_null(False)
    )


def _tiers(context: Context, before: ir.Table) -> ir.Table:
    """Return the customers' tiers on the earlier day; of those who came since, on the later one."""
    cuts = context.settings.tiers
    then, now = (
        tiers(table, cuts=cuts).select("customer_id", tier="segment") for table in (before, context["forecasts"])
    )
    return then.union(now.anti_join(then, [("customer_id", "customer_id")]))


def _acquisition(context: Context) -> Tables:
    model = _model(context)
    if model is None:
        return {"acquisition_value": ACQUISITION_VALUE.empty()}
    return {
        "acquisition_value": prospect_value(
            context["profiles"], context["takings"], context["raw_spend"], model=model.purchases_, as_of=context.as_of,
            horizon_days=context.settings.horizon,
        )
    }  # fmt: skip


REVENUE_STEP = Step(
    "revenue", ("raw_order_lines", "links", "takings", "forecasts"), ("revenue_forecast",), _revenue, ("horizon",)
)

WORTH_STEPS = (
    Step(
        "equity",
        ("raw_order_lines", "raw_subscriptions", "links", "households", "covariates", "history", "contribution",
         "rhythm", "forecasts", "fitted_models", "revenue_forecast"),
        ("equity",), _equity, ("horizon", "discount_rate", "costs", "tiers"),
        state=lambda context: context.earlier and context.earlier.run_id,
    ),
    Step(
        "acquisition", ("profiles", "takings", "raw_spend", "fitted_models"), ("acquisition_value",), _acquisition,
        ("horizon",),
    ),
)  # fmt: skip
