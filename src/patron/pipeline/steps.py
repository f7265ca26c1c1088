"""The running order of the loop, written once: `STEPS`.

Each step is a pure function from tables to tables; the run gives it what it needs, writes what it makes and skips it
when nothing that it depends on has changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import ibis.expr.types as ir

from patron.contracts.customer import MOVEMENTS
from patron.contracts.micro import MEMBERSHIPS_BEFORE
from patron.contracts.outcome import CATEGORY_MARKET
from patron.kpis import category_market, cohorts, growth, kpis, targets
from patron.models import LifetimeValue, Lookback, customer_headroom, revenue_backtest
from patron.models.value_model import purchases_name
from patron.pipeline.affinity_steps import AFFINITY_STEPS
from patron.pipeline.attribution_steps import ATTRIBUTION_STEP, TOUCH_STEP
from patron.pipeline.behaviour_steps import BEHAVIOUR_STEPS, DESCRIBED_BY, behaviour_of
from patron.pipeline.budget_steps import BUDGET_STEP
from patron.pipeline.carried import carried
from patron.pipeline.channel_steps import CHANNEL_STEP
from patron.pipeline.decision_steps import DECISION_STEP
from patron.pipeline.delivery_steps import DELIVERY_STEP
from patron.pipeline.demand_steps import DEMAND_STEPS
from patron.pipeline.effect_steps import EFFECT_STEP
from patron.pipeline.evidence_steps import EVIDENCE_STEP
from patron.pipeline.experience_steps import EXPERIENCE_STEPS
from patron.pipeline.experiment_steps import EXPERIMENT_STEP
from patron.pipeline.habit_steps import HABIT_STEPS
from patron.pipeline.headroom_test import headroom_test
from patron.pipeline.journey_steps import JOURNEY_STEP
from patron.pipeline.learning_steps import LEARNING_STEP
from patron.pipeline.ledger_steps import LEDGER_STEP
from patron.pipeline.look_back import beside, lesson
from patron.pipeline.market_steps import MARKET_STEPS
from patron.pipeline.message_steps import MESSAGE_STEP
from patron.pipeline.micro_steps import MICRO_STEPS, as_before, placed_in_cells, without_cells
from patron.pipeline.next_action_steps import NEXT_ACTION_STEP
from patron.pipeline.opportunity_steps import OPPORTUNITY_STEP
from patron.pipeline.own_segments import OTHERS
from patron.pipeline.people_steps import PEOPLE_STEPS
from patron.pipeline.portrait_steps import PORTRAIT_STEPS
from patron.pipeline.price_steps import PRICE_STEP
from patron.pipeline.propensities import propensities, propensity_tests
from patron.pipeline.response_steps import UPLIFT_STEP
from patron.pipeline.season_steps import SEASON_STEPS
from patron.pipeline.settings import Settings
from patron.pipeline.signal_steps import SIGNAL_STEP
from patron.pipeline.standing import Standing, divided, predicted, profiled, standing
from patron.pipeline.step import Context, Made, Step, has_rows
from patron.pipeline.stood import People, stood
from patron.pipeline.team_steps import TEAM_STEP
from patron.pipeline.theme_steps import THEME_STEP, THEME_TEXT_STEP
from patron.pipeline.trigger_steps import TRIGGER_STEP
from patron.pipeline.visit_steps import FLOW_TABLES, RESPONSE_STEP, SESSION_STEP, flows
from patron.pipeline.voice_steps import ANSWER_STEP, VOICE_STEPS
from patron.pipeline.walk_forward import walk_forward
from patron.pipeline.wants_steps import WANTS_STEPS
from patron.pipeline.worth_steps import REVENUE_STEP, WORTH_STEPS, fitted
from patron.profile import covariates, known_by
from patron.segments import behaviour_memberships, movements, segments, stage_memberships
from patron.segments.summary import ORDER
from patron.segments.tiers import BY_PAST_VALUE, BY_PREDICTED_VALUE

MONTH_DAYS = 30
"""How far back movements look when no earlier run can be compared with."""

Tables = Mapping[str, ir.Table]


def _lines(context: Context) -> ir.Table:
    return context.of_customers("order_lines")


def _customers(context: Context) -> ir.Table:
    return context.of_customers("customers")


def _subscriptions(context: Context) -> ir.Table:
    return context.of_customers("subscriptions")


def _people(context: Context) -> People:
    return People(
        lines=_lines(context), customers=_customers(context), households=context["households"],
        subscriptions=_subscriptions(context), covariates=context["covariates"],
    )  # fmt: skip


def _history(context: Context) -> Tables:
    lines = _lines(context)
    grew = context.grew
    before = carried(grew, lines, context["links"], as_of=context.as_of) if grew else None
    return vars(standing(lines, as_of=context.as_of, settings=context.settings, keep=context.keep, before=before))


def _covariates(context: Context) -> Tables:
    among = context.settings.covariates
    return {"covariates": covariates(_lines(context), _customers(context), as_of=context.as_of, among=among)}


def _at(context: Context) -> Standing:
    return Standing(**{name: context[name] for name in HISTORY})


def _profiles(context: Context) -> Tables:
    return {"profiles": _profiled(context, _at(context), as_of=context.as_of)}


def _profiled(context: Context, at: Standing, *, as_of: date) -> ir.Table:
    return profiled(
        at, lines=_lines(context), customers=_customers(context), households=context["households"], as_of=as_of,
        settings=context.settings,
    )  # fmt: skip


def _forecasts(context: Context) -> Made:
    table, model = predicted(
        _at(context), as_of=context.as_of, settings=context.settings, lookback=_lookback(context),
        households=context["households"], subscriptions=_subscriptions(context), covariates=context["covariates"],
    )  # fmt: skip
    return Made({"forecasts": table, "fitted_models": fitted(model)}, _parameters(model))


def _headroom(context: Context) -> Tables:
    return {"headroom": customer_headroom(context["profiles"], context["takings"], as_of=context.as_of)}


def _lookback(context: Context) -> Lookback | None:
    """Return what the model of the run's forecasts is chosen and recalibrated by."""
    return lesson(
        _lines(context), context["orders"], as_of=context.as_of, horizon_days=context.settings.horizon,
        keep=context.keep, covariates=context["covariates"],
    )  # fmt: skip


def _parameters(model: LifetimeValue | None) -> Mapping[str, Mapping[str, float]]:
    """Return the fitted parameters by model, for the run's manifest."""
    if model is None:
        return {}
    fitted = {purchases_name(model.purchases_): model.purchases_.params_, "spend": model.spend_.params_}
    if model.log_scores_:
        fitted |= {"log_scores": model.log_scores_}
    if model.independence_ is not None:
        fitted["spend_independence"] = model.independence_.facts
    learned = model.recalibration_
    return fitted if learned is None else fitted | {"recalibration": learned.params_}


def _segments(context: Context) -> Tables:
    others = {name: context[name] for name in OTHERS}
    kinds = behaviour_memberships(context["behaviour"], context["behaviour_segments"])
    placed = kinds.union(stage_memberships(context["stages"]))
    members = divided(
        context["profiles"], context["forecasts"], settings=context.settings, others=others, placed=placed
    )
    parts = context.keep("divided", members)
    micro = placed_in_cells(context, parts, context["profiles"])
    own = {name: segment.where for name, segment in context.settings.segments.items()}
    purposes = {name: segment.purpose for name, segment in context.settings.segments.items()}
    return {
        "memberships": parts.union(micro.memberships),
        "micro_axes": micro.axes,
        "segments": segments(
            parts,
            context["profiles"],
            context["forecasts"],
            purposes=purposes,
            order=_order(context.settings),
            behaviour=context["behaviour_segments"],
            own=own,
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
        before = without_cells(before)
        begun = MEMBERSHIPS_BEFORE.empty() if earlier.before is None else earlier.before
    else:
        day = context.as_of - timedelta(days=MONTH_DAYS)
        if not known_by(_lines(context), as_of=day).count().to_pyarrow().as_py():
            return {"movements": MOVEMENTS.empty(), "memberships_before": MEMBERSHIPS_BEFORE.empty()}
        # Recalibrated by what is known on the run's day, like the forecasts that they are compared with: a yardstick
        # that changed in between would look like a movement.
        then = stood(
            _people(context), as_of=day, settings=context.settings, lookback=_lookback(context),
            keep=beside(context.keep, "before"),
        )  # fmt: skip
        behaved = behaviour_of(context, then.profiles, then.orders, as_of=day)
        before = context.keep("before", then.memberships.union(behaved))
        predicted_before, begun, name = then.forecasts, as_before(before, day=day), "month"
    return {
        "memberships_before": begun,
        "movements": movements(
            before, without_cells(context["memberships"]), forecasts_before=predicted_before,
            forecasts_after=context["forecasts"], takings=context["takings"], compared_with=name, from_day=day,
            to_day=context.as_of,
        )
    }  # fmt: skip


def _kpis(context: Context) -> Tables:
    monthly = context.keep(
        "kpis",
        kpis(
            context["orders"], context["takings"], context["profiles"], context["rhythm"],
            without_cells(context["memberships"]), context["forecasts"], as_of=context.as_of, more=flows(context),
        ),
    )  # fmt: skip
    asked = {(t.segmentation, t.segment, t.metric): t for t in context.settings.targets}
    wanted = {key: t.target for key, t in asked.items() if t.target is not None}
    changes = {key: t.change for key, t in asked.items() if t.change is not None}
    return {
        "kpis": monthly,
        "targets": targets(monthly, settings=wanted, changes=changes, as_of=context.as_of),
        "cohorts": cohorts(context["orders"], context["takings"], as_of=context.as_of),
        "growth": growth(context["orders"], context["takings"], context["raw_spend"], as_of=context.as_of),
        "category_market": _category_market(context),
    }


def _category_market(context: Context) -> ir.Table:
    market = context["raw_market"]
    if not has_rows(market.filter(market.category_index.notnull())):
        return CATEGORY_MARKET.empty()
    return category_market(context.of_customers("order_lines"), market, as_of=context.as_of)


def _backtest(context: Context) -> Tables:
    customers = walk_forward(
        _lines(context), context["orders"], as_of=context.as_of, horizon_days=context.settings.horizon,
        keep=context.keep, covariates=context["covariates"],
    )  # fmt: skip
    room = headroom_test(
        _lines(context), context["takings"], customers=_customers(context), households=context["households"],
        as_of=context.as_of, settings=context.settings, keep=beside(context.keep, "headroom"),
    )  # fmt: skip
    others = room, revenue_backtest(context["revenue_forecast"]), propensity_tests(context["model_cards"])
    return {"backtest": customers.union(*others)}


HISTORY = ("orders", "takings", "history", "contribution", "rhythm")

STEPS: tuple[Step, ...] = (
    *PEOPLE_STEPS,
    Step("history", ("raw_order_lines", "links"), HISTORY, _history, ("costs", "lapse_factor")),
    Step(
        "covariates", ("raw_order_lines", "raw_customers", "links"), ("covariates",), _covariates, ("covariates",),
    ),
    Step(
        "profiles", ("raw_order_lines", "raw_customers", "links", "households", *HISTORY), ("profiles",), _profiles,
    ),
    *EXPERIENCE_STEPS,
    ANSWER_STEP,
    Step(
        "forecasts", ("raw_order_lines", "raw_subscriptions", "links", "households", "covariates", *HISTORY),
        ("forecasts", "fitted_models"), _forecasts, ("horizon", "discount_rate", "costs"),
    ),
    Step("headroom", ("profiles", "takings"), ("headroom",), _headroom),
    SESSION_STEP,
    *HABIT_STEPS,
    REVENUE_STEP,
    Step(
        "propensities",
        (
            "raw_order_lines", "raw_customers", "raw_events", "raw_tickets", "raw_prospects", "links", "households",
            "history",
        ),
        ("propensities", "model_cards"), propensities, ("propensities", "lapse_factor", "sampled"),
        state=lambda context: context.earlier and context.earlier.run_id,
    ),
    Step(
        "backtest",
        ("raw_order_lines", "raw_customers", "links", "households", "orders", "takings", "covariates",
         "revenue_forecast", "model_cards"),
        ("backtest",), _backtest, ("horizon", "costs", "lapse_factor"),
    ),
    *BEHAVIOUR_STEPS,
    THEME_TEXT_STEP,
    Step(
        "segments", ("profiles", "forecasts", "behaviour", "behaviour_segments", *OTHERS),
        ("memberships", "micro_axes", "segments"), _segments,
        ("segments", "tiers", "value_map_split", "micro_segments", "propensities"),
    ),
    Step(
        "movements",
        (*DESCRIBED_BY, "raw_customers", "raw_subscriptions", "households", "covariates",
         "orders", "takings", "memberships", "forecasts", "segment_models", "behaviour_segments"),
        ("movements", "memberships_before"), _movements,
        ("costs", "lapse_factor", "horizon", "discount_rate", "segments", "tiers", "value_map_split", "stages"),
        state=lambda context: context.earlier and (context.earlier.run_id, context.earlier.before_id),
    ),
    *MICRO_STEPS,
    THEME_STEP,
    *WORTH_STEPS,
    *WANTS_STEPS,
    *AFFINITY_STEPS,
    *MARKET_STEPS,
    *DEMAND_STEPS,
    RESPONSE_STEP,
    *VOICE_STEPS,
    JOURNEY_STEP,
    *PORTRAIT_STEPS,
    Step(
        "kpis",
        ("raw_order_lines", "raw_market", "orders", "takings", "profiles", "rhythm", "memberships", "forecasts",
         "raw_spend", *FLOW_TABLES),
        ("kpis", "targets", "cohorts", "growth", "category_market"), _kpis, ("targets",),
    ),
    EXPERIMENT_STEP,
    EFFECT_STEP,
    UPLIFT_STEP,
    TOUCH_STEP,
    ATTRIBUTION_STEP,
    CHANNEL_STEP,
    EVIDENCE_STEP,
    PRICE_STEP,
    LEDGER_STEP,
    DELIVERY_STEP,
    SIGNAL_STEP,
    OPPORTUNITY_STEP,
    TRIGGER_STEP,
    MESSAGE_STEP,
    LEARNING_STEP,
    DECISION_STEP,
    BUDGET_STEP,
    NEXT_ACTION_STEP,
    TEAM_STEP,
    *SEASON_STEPS,
)  # fmt: skip
"""All steps, in the order in which they run."""
