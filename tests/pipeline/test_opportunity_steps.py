"""The step `opportunities`: what it takes from settings, experiments, triggers and consents; and where nothing is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from decisions.opportunity_tables import DAY, ahead, fired, member, states, table
from patron.contracts import TABLES
from patron.decisions.opportunity import trigger_settings
from patron.pipeline.opportunity_settings import OpportunitySettings
from patron.pipeline.opportunity_steps import OPPORTUNITY_STEP, _base_error
from patron.pipeline.settings import Settings
from patron.pipeline.step import Context
from patron.pipeline.tried import tried
from patron.pipeline.trigger_settings import TriggerSettings

MADE = ("gaps", "action_effects", "opportunities")
PEOPLE = [f"c{place}" for place in range(40)]


def settings(**more: Any) -> Settings:
    return Settings.model_validate({
        "name": "Shop", "currency": "GBP", "sources": {"order_lines": {"path": "x.csv"}}, **more,
    })  # fmt: skip


def context(told: Settings | None = None, **rows: Any) -> Context:
    known = {
        "signals": [fired(who, "cart_abandoned") for who in PEOPLE],
        "memberships": [member(who, "top") for who in PEOPLE],
        "forecasts": [ahead(who, 12.0, 240.0) for who in PEOPLE], **rows,
    }  # fmt: skip
    tables = {name: table(name, known.get(name, [])) for name in OPPORTUNITY_STEP.needs if name != "signal_states"}
    return Context(
        settings=told or settings(), as_of=DAY, tables={**tables, "signal_states": states(cart_abandoned=5)},
        keep=lambda _name, made: made, earlier=None, kept=None,  # type: ignore[arg-type]
    )  # fmt: skip


def made_of(asked: Context) -> dict[str, list[dict[str, Any]]]:
    made = dict(OPPORTUNITY_STEP.function(asked))  # type: ignore[arg-type]
    return {name: TABLES[name].check(made[name]).to_pyarrow().to_pylist() for name in MADE}


def test_the_step_ranks_what_the_day_asks_for() -> None:
    made = made_of(context())
    assert {row["action"] for row in made["opportunities"]} == {"remind", "discount"}
    assert {row["channel"] for row in made["opportunities"]} == {"email"}
    assert {row["segmentation"] for row in made["action_effects"]} == {"all", "tier"}
    best = [row for row in made["opportunities"] if row["best"]]
    assert [(row["action"], row["reachable"]) for row in best] == [("remind", 40)]


def test_no_signal_or_no_forecast_makes_empty_tables() -> None:
    assert made_of(context(signals=[]))["opportunities"] == []
    assert made_of(context(forecasts=[]))["action_effects"] == []


def test_who_said_no_to_a_channel_is_not_counted_as_reachable() -> None:
    no = [
        {
            "customer_id": who, "purpose": "marketing", "channel": "sms", "allowed": False, "reason": "denied",
            "since": DAY, "records": 1,
        }
        for who in PEOPLE[:10]
    ]  # fmt: skip
    told = settings(opportunities={"channels": {"email": 0.1, "sms": 0.2}})
    rows = made_of(context(told, consents=no))["opportunities"]
    assert {row["channel"]: row["reachable"] for row in rows} == {"email": 40, "sms": 30}


def effect(metric: str, control: float, low: float, high: float, **told: Any) -> dict[str, Any]:
    return {
        "experiment": "spring", "metric": metric, "arm": "remind", "segmentation": "all", "segment": "all",
        "control": "control", "role": "primary", "method": "frequentist", "from_day": date(2024, 5, 1),
        "to_day": date(2024, 5, 30), "unit": "customer", "mean_control": control, "relative": (low + high) / 2,
        "relative_low": low, "relative_high": high, "status": "read", **told,
    }  # fmt: skip


EXPERIMENT = {
    "experiment": "spring", "kind": "experiment", "primary_metric": "conversion", "unit": "customer", "arms": "",
    "control": "control", "method": "frequentist", "status": "ended", "cost_per_contact": 0.3,
}  # fmt: skip
READINGS = [effect("conversion", 0.2, 0.1, 0.5), effect("margin", 8.0, 0.0, 1.0)]


def test_an_experiment_whose_arm_is_called_as_an_action_is_a_trial_of_it() -> None:
    (trial,) = tried(context(experiments=[EXPERIMENT], effects=READINGS))
    assert (trial.action, trial.signal, trial.window_days) == ("remind", None, 30)
    assert trial.effect == pytest.approx(0.3)
    assert trial.standard_error == pytest.approx(0.4 / 3.92, rel=0.001)
    assert (trial.probability, trial.value, trial.cost) == (0.2, pytest.approx(40.0), 0.3)


@pytest.mark.parametrize(
    ("experiment", "reading"),
    [
        ({}, {"status": "too_few"}),
        ({}, {"relative_low": None}),
        ({"kind": "holdout"}, {}),
        ({"experiment": "other"}, {}),
    ],
)
def test_what_was_not_read_or_is_no_trial_tells_nothing(experiment: Any, reading: Any) -> None:
    assert tried(context(experiments=[EXPERIMENT | experiment], effects=[READINGS[0] | reading])) == ()


def test_the_settings_say_what_a_list_was() -> None:
    told = settings(
        opportunities={"tried": {"spring": {"action": "win_back", "channel": "sms", "signal": "cart_abandoned"}}}
    )
    rows = {"experiments": [EXPERIMENT | {"kind": "audience"}], "effects": [READINGS[0] | {"arm": "treated"}]}
    (trial,) = tried(context(told, **rows))
    assert (trial.action, trial.channel, trial.signal, trial.family) == (
        "win_back", "sms", "cart_abandoned", "abandonment",
    )  # fmt: skip


def test_a_trigger_that_was_read_measures_its_own_action() -> None:
    reading = {
        "trigger": "carts", "form": "trigger", "kind": "promotion", "signal": "cart_abandoned", "action": "remind",
        "channels": "email", "metric": "margin", "goal_days": 30, "state": "scaled", "effect": 4.0, "effect_low": 3.8,
        "effect_high": 4.2, "mean_control": 10.0, "reading": "read", "cost": 0.2, "finding": "fires", "verdict": "pays",
        "evidence": "measured",
    }  # fmt: skip
    handed = SimpleNamespace(run_id="before", triggers=table("triggers", [reading]))
    rows = made_of(replace(context(), handed=handed))["action_effects"]  # type: ignore[arg-type]
    (row,) = (row for row in rows if (row["action"], row["segment"]) == ("remind", "all"))
    assert row["effect"] == pytest.approx(0.4, abs=0.02)
    assert (row["effect_evidence"], row["effect_source"]) == ("measured", "trigger:carts")
    assert (row["cost"], row["cost_source"]) == (0.2, "trigger:carts")
    unread = SimpleNamespace(run_id="before", triggers=table("triggers", [reading | {"reading": "too_few"}]))
    assert tried(replace(context(), handed=unread)) == ()  # type: ignore[arg-type]


def test_the_error_of_forecasts_is_what_the_backtest_found() -> None:
    assert _base_error(table("backtest", [])) == 0.25
    test = {"origin": DAY, "horizon_days": 90, "model": "bg_nbd", "target": "value", "metric": "bias", "value": -0.4}
    assert _base_error(table("backtest", [test, test | {"model": "naive", "value": 2.0}])) == 0.4
    assert _base_error(table("backtest", [test | {"value": 0.01}])) == 0.1


def test_actions_of_ones_own_and_changed_ones() -> None:
    told = OpportunitySettings.model_validate({
        "actions": {"call": {"signals": ["birthday"], "lift": 0.4}, "gift": {"offer": 0.2}},
        "tried": {"list": {"action": "call"}},
    })  # fmt: skip
    known = {action.name: action for action in told.catalogue()}
    assert (known["call"].kind, known["call"].lift, known["call"].answers("birthday", "occasion")) == (
        "call",
        0.4,
        True,
    )
    assert (known["gift"].offer, known["gift"].lift) == (0.2, 0.12)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"channels": {"email": -1}}, "costs -1.0"),
        ({"actions": {"call": {"families": ["onbording"]}}}, "Did you mean 'onboarding'"),
        ({"tried": {"list": {"action": "remnid"}}}, "Did you mean 'remind'"),
        ({"windows": "30d"}, "windows"),
    ],
)
def test_mistakes_in_the_settings(told: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        OpportunitySettings.model_validate(told)


def test_the_lines_of_the_plan_are_a_trigger() -> None:
    best = next(row for row in made_of(context())["opportunities"] if row["best"])
    read = TriggerSettings.model_validate(trigger_settings(best))
    assert (read.signal, read.action, read.holdout, read.state) == (
        "cart_abandoned",
        "remind",
        best["holdout"],
        "draft",
    )
