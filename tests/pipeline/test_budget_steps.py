"""The steps of the budget on made-up tables: what is shared out, who gets none, the season, and a trial of the plan."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from patron.contracts import TABLES
from patron.pipeline.budget_settings import BudgetSettings
from patron.pipeline.budget_steps import BUDGET_STEP
from patron.pipeline.launch import trial_rows
from patron.pipeline.season_steps import SEASON_STEPS, whole_months
from patron.pipeline.settings import Settings
from patron.pipeline.step import Context

AS_OF = date(2024, 12, 31)

Row = dict[str, Any]


def table(name: str, rows: list[Row]) -> ir.Table:
    """Rows as a table of the run; what is not told is empty, nought or none."""
    zero: Row = {"string": "", "float64": 0.0, "int64": 0, "boolean": False}
    schema = TABLES[name].schema
    filled = [
        {key: row.get(key, None if kind.nullable else zero.get(str(kind).lstrip("!"))) for key, kind in schema.items()}
        for row in rows
    ]
    return ibis.memtable(pa.Table.from_pylist(filled, schema=schema.to_pyarrow()))


def context(tables: dict[str, ir.Table], **budget: Any) -> Context:
    settings = Settings(
        name="Shop", currency="EUR", sources={"orders": {"path": "x.csv"}}, holdouts={"global": "5%"},  # type: ignore[arg-type]
        budget=BudgetSettings(**budget),
    )  # fmt: skip
    steps = (BUDGET_STEP, *SEASON_STEPS)
    every = {name: TABLES[name].empty() for step in steps for name in step.needs} | tables
    return Context(
        settings=settings, as_of=AS_OF, tables=every, earlier=None, kept=None,  # type: ignore[arg-type]
        keep=lambda _name, made: ibis.memtable(made.to_pyarrow()),
    )  # fmt: skip


def fresh(customers: int) -> dict[str, ir.Table]:
    """Everybody has a signal; a call is worth more than a mail and costs more, and most for the top tier."""
    ids = [f"c{place:03d}" for place in range(customers)]
    signals = [
        {"customer_id": name, "signal": "win_back", "family": "retention", "subject_kind": "none", "fired_on": AS_OF,
         "fresh_until": AS_OF, "facts": "{}"} for name in ids
    ]  # fmt: skip
    members = [
        {"customer_id": name, "segmentation": "tier", "segment": "top" if place % 4 == 0 else "bottom"}
        for place, name in enumerate(ids)
    ]
    gains = {("top", "call"): (9.0, 4.0), ("bottom", "call"): (5.0, 4.0), ("top", "email"): (2.0, 0.1),
             ("bottom", "email"): (1.0, 0.1)}  # fmt: skip
    effects = [
        {"signal": "win_back", "action": "win_back", "channel": channel, "segmentation": "tier", "segment": tier,
         "gain": gain, "gain_low": 0.0, "gain_high": 2 * gain, "cost": cost, "evidence": "modelled"}
        for (tier, channel), (gain, cost) in gains.items()
    ]  # fmt: skip
    return {
        "signals": table("signals", signals), "memberships": table("memberships", members),
        "action_effects": table("action_effects", effects),
    }  # fmt: skip


def made(asked: Context, step: Any = BUDGET_STEP) -> dict[str, list[Row]]:
    found = step.function(asked)
    return {name: TABLES[name].check(found[name]).to_pyarrow().to_pylist() for name in step.makes}


def test_the_budget_goes_where_it_brings_most_and_the_tables_agree() -> None:
    found = made(context(fresh(80), amount=60, capacity={"call": 12}, least_share={"tier.bottom": 0.5}))
    plan = found["budget_plan"]
    calls = [row for row in plan if row["channel"] == "call"]
    assert sum(row["cost"] for row in plan) <= 60
    assert len(calls) == 12
    assert {row["group"] for row in calls} == {"tier.top"}
    assert all(row["source"] == "play" for row in plan)
    prices = {(row["part"], row["name"]): row for row in found["budget_prices"]}
    whole = prices["plan", "all"]
    assert whole["value"] == pytest.approx(sum(row["value"] for row in plan))
    assert whole["low"] <= whole["value"] <= whole["high"]
    assert prices["limit", "capacity:call"]["price"] > 0
    assert prices["limit", "share:tier.bottom"]["price"] == pytest.approx(0.0, abs=1e-6)
    assert prices["next", "budget"]["limit"] == 6.0
    curve = [row for row in found["budget_frontier"] if row["side"] == "retention"]
    assert [row["now"] for row in curve].count(True) == 1


def test_the_shops_hold_out_gets_nothing() -> None:
    found = made(context(fresh(200), amount=10_000))
    assert 170 <= len(found["budget_plan"]) < 200


def test_without_a_budget_nothing_is_planned_and_a_limit_for_nobody_is_no_error() -> None:
    assert not any(made(context(fresh(5))).values())
    found = made(context(fresh(5), amount=5, capacity={"letter": 3}, stock={"p1": 2}))
    assert found["budget_plan"]
    assert made(context({}, amount=5))["budget_prices"][0]["status"] == "no_candidates"


def test_the_season_follows_the_forecast_and_the_channels() -> None:
    months = [f"2024-{place:02d}" for place in range(1, 13)]
    won = [
        {"channel": channel, "cohort": cohort, "segmentation": "all", "segment": "all", "known_by": "told",
         "people": 90, "won": 30.0, "spend": 600, "margin": 0, "predicted": 0, "ltv": worth, "watched": 0.0,
         "basis": "margin",
         "status": "read"}
        for channel, worth in (("search", 60.0), ("social", 25.0)) for cohort in [*months, "all"]
    ]  # fmt: skip
    ahead = [
        {"origin": AS_OF, "span": "month", "from_day": first, "to_day": last, "part": part, "revenue": 500,
         "basis": "margin", "newcomers": 40.0, "revenue_low": 0, "revenue_high": 0, "margin": 0,
         "margin_low": 0, "margin_high": 0}
        for first, last in ((date(2025, 1, 1), date(2025, 1, 31)), (date(2025, 2, 1), date(2025, 2, 28)))
        for part in ("present", "new", "total")
    ]  # fmt: skip
    day = AS_OF - timedelta(days=9)
    people = [
        {"customer_id": str(place), "first_order_on": day if place < 80 else date(2023, 5, 1)} for place in range(90)
    ]
    takings = [{"customer_id": "85", "day": day, "net_revenue": 800, "margin": 300, "revenue": 0, "discount": 0,
                "returns": 0, "cost_to_serve": 0}]  # fmt: skip
    tables = {
        "acquisition": table("acquisition", won), "revenue_forecast": table("revenue_forecast", ahead),
        "profiles": ibis.memtable(pa.Table.from_pylist(people)), "takings": table("takings", takings),
    }  # fmt: skip
    rows = made(context(tables, amount=100, season="59d"), SEASON_STEPS[0])["season_plan"]
    by = {row["channel"]: row for row in rows}
    assert [row["season"] for row in rows] == pytest.approx([1.0, 1.0])  # 80 newcomers are expected, 80 came
    assert by["search"]["change"] > 0 > by["social"]["change"]
    assert by["search"]["from_day"] == date(2025, 1, 1)
    assert made(context(tables), SEASON_STEPS[0])["season_plan"] == []


def test_months_that_are_not_over_do_not_count() -> None:
    assert whole_months(date(2024, 3, 30), 30) == ("2024-02",)
    assert whole_months(date(2024, 3, 31), 90) == ("2024-01", "2024-02", "2024-03")


def trial(customers: int, seed: int, *, days: int = 40) -> Context:
    """Half are mailed by lot; a mail brings 6 to the first half of the ids, and loses 2 of the others."""
    lot = np.random.default_rng(seed)
    mailed = lot.random(customers) < 0.5
    effect = np.where(np.arange(customers) < customers // 2, 6.0, -2.0)
    came = np.round(lot.gamma(2.0, 8.0, customers) + mailed * effect + 20.0, 2)
    start = AS_OF - timedelta(days=days)
    arms = [
        {"experiment": "spring", "customer_id": f"c{place:05d}", "arm": "win_back" if got else "control",
         "assigned_on": start, "contaminated": False} for place, got in enumerate(mailed.tolist())
    ]  # fmt: skip
    money = [
        {"customer_id": f"c{place:05d}", "day": start + timedelta(days=5), "margin": Decimal(str(margin)),
         "revenue": 0, "discount": 0, "returns": 0, "net_revenue": 0, "cost_to_serve": 0}
        for place, margin in enumerate(came.tolist())
    ]  # fmt: skip
    one = {"experiment": "spring", "kind": "experiment", "arms": "control 0.5, win_back 0.5", "control": "control",
           "started_on": start, "cost_per_contact": 1.0, "status": "ended"}  # fmt: skip
    return context({
        "experiments": table("experiments", [one]), "assignments": table("assignments", arms),
        "takings": table("takings", money),
    })  # fmt: skip


def plan_for(ids: list[str], *, action: str = "win_back") -> pa.Table:
    return pa.table({"customer_id": ids, "source": ["play"] * len(ids), "name": ["x"] * len(ids),
                     "action": [action] * len(ids), "value": [5.0] * len(ids)})  # fmt: skip


def test_a_trial_tells_what_the_plan_is_worth_before_it_is_launched() -> None:
    people = 600
    half = [f"c{place:05d}" for place in range(people // 2)]
    held = 0
    for seed in range(12):
        (row,) = trial_rows(trial(people, seed), plan_for(half))
        held += row["low"] <= 0.5 * (6.0 - 1.0) <= row["high"]
        assert (row["in_trial"], row["planned"], row["status"]) == (people, 300, "read")
        assert row["expected"] == 2.5
    assert held >= 9


def test_a_trial_of_something_else_or_too_young_tells_nothing() -> None:
    assert trial_rows(trial(50, 1), plan_for(["c00001"], action="gift")) == []
    assert trial_rows(trial(50, 1, days=10), plan_for(["c00001"])) == []
    (row,) = trial_rows(trial(50, 1), plan_for(["nobody"]))
    assert (row["status"], row["value"], row["planned"]) == ("too_few", None, 0)


@pytest.mark.parametrize(
    ("budget", "word"),
    [({"amount": 0}, "greater than 0"), ({"amount": 5, "least_share": {"top": 0.1}}, "segmentation.segment"),
     ({"amount": 5, "least_share": {"tier.a": 0.7, "tier.b": 0.7}}, "add up to"),
     ({"amount": 5, "least_share": {"tier.a": 0.1, "rfm.b": 0.1}}, "one segmentation"),
     ({"amount": 5, "capacity": {"call": -1}}, "greater than or equal to 0"), ({"amont": 5}, "amont")],
)  # fmt: skip
def test_settings_that_cannot_be_are_named(budget: Row, word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        BudgetSettings(**budget)
