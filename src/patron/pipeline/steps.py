"""The running order of the loop, written once: `STEPS`.

Each step is a pure function from tables to tables; the run gives it what it needs, writes what it makes and skips it
when nothing that it depends on has changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.contracts import TABLES
from patron.contracts.customer import MOVEMENTS
from patron.contracts.outcome import BACKTEST
from patron.decisions.opportunities import opportunities
from patron.experiments import effects
from patron.identity import links, with_customer
from patron.kpis import cohorts, growth, kpis, targets
from patron.models import LifetimeValue, backtest
from patron.pipeline.settings import Settings
from patron.pipeline.standing import Standing, divided, predicted, standing
from patron.pipeline.step import Context, Made, Step
from patron.profile import known_by, orders, purchase_history
from patron.segments import movements, segments
from patron.segments.summary import ORDER
from patron.segments.tiers import BY_PAST_VALUE, BY_PREDICTED_VALUE

SHORTEST_TEST_DAYS = 28
"""A forecast over less than four weeks tests the calendar more than the model."""

MONTH_DAYS = 30
"""How far back movements look when no earlier run can be compared with."""

Tables = Mapping[str, ir.Table]


def _lines(context: Context) -> ir.Table:
    return with_customer(context["raw_order_lines"], context["links"], source="order_lines")


def _customers(context: Context) -> ir.Table:
    return with_customer(context["raw_customers"], context["links"], source="customers")


def _links(context: Context) -> Tables:
    return {"links": links({"order_lines": context["raw_order_lines"], "customers": context["raw_customers"]})}


def _profile(context: Context) -> Tables:
    at = standing(
        _lines(context), _customers(context), as_of=context.as_of, settings=context.settings, keep=context.keep
    )
    return vars(at)


def _forecasts(context: Context) -> Made:
    at = Standing(**{name: context[name] for name in ("orders", "history", "contribution", "rhythm", "profiles")})
    table, model = predicted(at, settings=context.settings)
    return Made({"forecasts": table}, _parameters(model))


def _parameters(model: LifetimeValue | None) -> Mapping[str, Mapping[str, float]]:
    """Return the fitted parameters by model, for the run's manifest."""
    if model is None:
        return {}
    return {"bg_nbd": model.purchases_.params_, "spend": model.spend_.params_}


def _segments(context: Context) -> Tables:
    members = context.keep("memberships", divided(context["profiles"], context["forecasts"], settings=context.settings))
    purposes = {name: segment.purpose for name, segment in context.settings.segments.items()}
    return {
        "memberships": members,
        "segments": segments(
            members, context["profiles"], context["forecasts"], purposes=purposes, order=_order(context.settings)
        ),
    }


def _order(settings: Settings) -> Mapping[str, Sequence[str]]:
    """Return the segments of each segmentation, best first, with the project's own tiers."""
    own_tiers = tuple(settings.tiers)
    return {**ORDER, BY_PREDICTED_VALUE: own_tiers, BY_PAST_VALUE: own_tiers}


def _movements(context: Context) -> Tables:
    earlier = context.earlier
    if earlier is not None:
        before, predicted_before, name, day = earlier.memberships, earlier.forecasts, earlier.run_id, earlier.as_of
    else:
        day = context.as_of - timedelta(days=MONTH_DAYS)
        lines = _lines(context)
        if not known_by(lines, as_of=day).count().to_pyarrow().as_py():
            return {"movements": MOVEMENTS.empty()}
        at = standing(
            lines, _customers(context), as_of=day, settings=context.settings,
            keep=lambda name, table: context.keep(f"before_{name}", table),
        )  # fmt: skip
        table, _ = predicted(at, settings=context.settings)
        predicted_before = context.keep("before_forecasts", table)
        before, name = divided(at.profiles, predicted_before, settings=context.settings), "month"
    return {
        "movements": movements(
            before, context["memberships"], forecasts_before=predicted_before, forecasts_after=context["forecasts"],
            orders=context["orders"], compared_with=name, from_day=day, to_day=context.as_of,
        )
    }  # fmt: skip


def _kpis(context: Context) -> Tables:
    monthly = context.keep(
        "kpis",
        kpis(
            context["orders"], context["profiles"], context["rhythm"], context["memberships"], context["forecasts"],
            as_of=context.as_of,
        ),
    )  # fmt: skip
    wanted = {(t.segmentation, t.segment, t.metric): t.target for t in context.settings.targets}
    return {
        "kpis": monthly,
        "targets": targets(monthly, settings=wanted, as_of=context.as_of),
        "cohorts": cohorts(context["orders"], as_of=context.as_of),
        "growth": growth(context["orders"], context["raw_spend"], as_of=context.as_of),
    }


def _backtest(context: Context) -> Tables:
    bought = context["orders"]
    first = bought.aggregate(first=bought.ordered_at.date().min()).to_pyarrow()["first"][0].as_py()
    span = (context.as_of - first).days if first else 0
    horizon = min(context.settings.horizon, span // 2)
    if horizon < SHORTEST_TEST_DAYS:
        return {"backtest": BACKTEST.empty()}
    origin = context.as_of - timedelta(days=horizon)
    known = context.keep("origin_orders", orders(_lines(context), as_of=origin))
    history = context.keep("origin_history", purchase_history(known, as_of=origin))
    outcome = context.keep("outcome", _outcome(history, known, bought, origin=origin, horizon_days=horizon))
    return {"backtest": backtest(history, outcome, origin=origin, horizon_days=horizon)}


def _outcome(history: ir.Table, known: ir.Table, bought: ir.Table, *, origin: date, horizon_days: int) -> ir.Table:
    """Return what each customer of `history` did after the origin, and in the equal period before it."""
    end, start = ibis.literal(origin), ibis.literal(origin - timedelta(days=horizon_days))
    after = _bought(bought.filter(bought.ordered_at.date() > end))
    before = _bought(known.filter(known.ordered_at.date() > start)).rename(
        previous_orders="orders", previous_value="value"
    )
    joined = history.select("customer_id").left_join(after, "customer_id").drop("customer_id_right")
    joined = joined.left_join(before, "customer_id").drop("customer_id_right")
    return joined.mutate(
        **{name: joined[name].fill_null(0) for name in ("orders", "value", "previous_orders", "previous_value")}
    )


def _bought(part: ir.Table) -> ir.Table:
    return part.group_by("customer_id").aggregate(
        orders=part.ordered_at.date().nunique(), value=part.amount.sum().cast("float64")
    )


def _opportunities(context: Context) -> Tables:
    return {
        "opportunities": opportunities(
            context["memberships"], context["profiles"], context["forecasts"],
            currency=context.settings.currency, horizon_days=context.settings.horizon,
        )
    }  # fmt: skip


def _effects(context: Context) -> Tables:
    # A list that was frozen later is not known yet on the run's day.
    audiences, assignments = (
        known_by(table, as_of=context.as_of, column="assigned_on") for table in (context.audiences, context.assignments)
    )
    return {
        "assignments": assignments,
        "effects": effects(assignments, context["orders"], audiences, as_of=context.as_of),
    }


RAW = (*(name for name in TABLES if name.startswith("raw_")), "rejected", "quality")
"""The tables that loading the sources makes, before the first step."""

PROFILE = ("orders", "history", "contribution", "rhythm", "profiles")

STEPS: tuple[Step, ...] = (
    Step("links", ("raw_order_lines", "raw_customers"), ("links",), _links),
    Step("profile", ("raw_order_lines", "raw_customers", "links"), PROFILE, _profile, ("costs", "lapse_factor")),
    Step("forecasts", PROFILE, ("forecasts",), _forecasts, ("horizon", "discount_rate")),
    Step("backtest", ("raw_order_lines", "links", "orders"), ("backtest",), _backtest, ("horizon",)),
    Step(
        "segments", ("profiles", "forecasts"), ("memberships", "segments"), _segments,
        ("segments", "tiers", "value_map_split"),
    ),
    Step(
        "movements", ("raw_order_lines", "raw_customers", "links", "orders", "memberships", "forecasts"),
        ("movements",), _movements,
        ("costs", "lapse_factor", "horizon", "discount_rate", "segments", "tiers", "value_map_split"),
        state=lambda context: context.earlier and context.earlier.run_id,
    ),
    Step(
        "kpis", ("orders", "profiles", "rhythm", "memberships", "forecasts", "raw_spend"),
        ("kpis", "targets", "cohorts", "growth"), _kpis, ("targets",),
    ),
    Step(
        "opportunities", ("memberships", "profiles", "forecasts"), ("opportunities",), _opportunities,
        ("currency", "horizon"),
    ),
    Step(
        "effects", ("orders",), ("assignments", "effects"), _effects,
        state=lambda context: context.audiences.to_pyarrow().to_pylist(),
    ),
)  # fmt: skip
"""All steps, in the order in which they run."""
