"""The step `opportunities`: what each action would bring for each signal, ranked, and what is at stake where."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import ibis
import ibis.expr.types as ir

from patron.contracts.action import ACTION_EFFECTS, OPPORTUNITIES
from patron.contracts.raw_people import CHANNELS
from patron.decisions import action_effects, gaps, opportunities
from patron.pipeline.step import Context, Step, has_rows
from patron.pipeline.tried import tried
from patron.privacy import Guard, guard, permitted

PURPOSE = "marketing"

FIRST_CHANNEL = "email"
"""By what customers are thought to be written to where nobody says it."""

LEAST_ERROR, USUAL_ERROR = 0.1, 0.25
"""Relative error of what customers are foretold to bring: at least, and where no backtest tells it."""

NAIVE = "naive"

Tables = Mapping[str, ir.Table]


def _opportunities(context: Context) -> Tables:
    settings = context.settings.opportunities
    made = {
        "gaps": gaps(
            context["memberships"], context["profiles"], context["forecasts"],
            currency=context.settings.currency, horizon_days=context.settings.horizon,
        )
    }  # fmt: skip
    signals = context["signals"]
    if not has_rows(signals) or not has_rows(context["forecasts"]):
        return {**made, "action_effects": ACTION_EFFECTS.empty(), "opportunities": OPPORTUNITIES.empty()}
    channels = _channels(context)
    effects = action_effects(
        signals, context["memberships"], context["forecasts"], channels=channels, actions=settings.catalogue(),
        trials=tried(context), segmentations=_segmentations(settings.segmentation), window_days=settings.window,
        propensities=_some(context["propensities"]), responses=_some(context["responses"]),
        reachable=_reachable(context, tuple(channels)), base_error=_base_error(context["backtest"]),
    )  # fmt: skip
    ranked = opportunities(
        effects, context["signal_states"], segmentation=settings.segmentation, minimum=settings.minimum
    )
    return {**made, "action_effects": effects, "opportunities": ranked}


def _segmentations(first: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((first, "tier", "rfm")))


def _some(table: ir.Table) -> ir.Table | None:
    return table if has_rows(table) else None


def _channels(context: Context) -> dict[str, float | None]:
    """Return the channels in use, and what a message by each costs where the settings say it."""
    settings = context.settings
    if settings.opportunities.channels:
        return dict(settings.opportunities.channels)
    named = {one.channel for one in settings.experiments.values() if one.channel is not None}
    named |= {one.channel for one in settings.opportunities.tried.values() if one.channel is not None}
    named |= {channel for one in settings.triggers.values() for channel in one.channels}
    return dict.fromkeys((FIRST_CHANNEL, *sorted(named - {FIRST_CHANNEL})))


def _reachable(context: Context, channels: tuple[str, ...]) -> ir.Table | None:
    """Return ``customer_id, channel`` of who may be written to by what; none where everybody may by everything."""
    policy = context.settings.privacy.policy().settled(statements_kept=has_rows(context["raw_consents"])).policy
    held: Guard = guard(context["consents"], policy=policy)
    people = context["signals"].select("customer_id").distinct()
    by = [_open_to(people, channel, held) for channel in channels]
    if all(opened is people for opened in by):
        return None
    named = [opened.mutate(channel=ibis.literal(channel)) for channel, opened in zip(channels, by, strict=True)]
    return reduce(lambda left, right: left.union(right), named)


def _open_to(people: ir.Table, channel: str, held: Guard) -> ir.Table:
    way = channel if channel in CHANNELS else None
    return permitted(people, purpose=PURPOSE, stage="decision", guard=held, channel=way)


def _base_error(backtest: ir.Table) -> float:
    """Return by how much the forecast of what customers bring was off when it was tested, as a share."""
    tested = backtest.filter(backtest.target == "value", backtest.metric == "bias", backtest.model != NAIVE)
    rows = tested.order_by(tested.origin.desc(), "model").limit(1).select("value").to_pyarrow().to_pylist()
    bias = rows[0]["value"] if rows else None
    return USUAL_ERROR if bias is None else max(abs(bias), LEAST_ERROR)


OPPORTUNITY_STEP = Step(
    "opportunities",
    (
        "memberships", "profiles", "forecasts", "propensities", "signals", "signal_states", "experiments", "effects",
        "responses", "consents", "raw_consents", "backtest",
    ),
    ("gaps", "action_effects", "opportunities"), _opportunities,
    ("currency", "horizon", "opportunities", "experiments", "triggers", "privacy"),
    state=lambda context: context.handed and context.handed.run_id,
)  # fmt: skip
