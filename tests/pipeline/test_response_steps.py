"""The step `responses`: learned from before the draw alone, with growth found where it is, or the reason why not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest

from patron.contracts import TABLES
from patron.experiments.past_trials import MOST_CUT_DAYS, Plan, arm_counts, cut_days, planned, trial_rows
from patron.pipeline.response_steps import UPLIFT_STEP
from patron.profile.facts import facts

DAY, LAST = date(2024, 6, 3), date(2024, 8, 31)
CUSTOMERS = 5_000
RICH, TREATED = np.arange(CUSTOMERS) % 4 == 0, np.arange(CUSTOMERS) // 4 % 2 == 0
IDS = np.array([f"c{one:05d}" for one in range(CUSTOMERS)])
GAIN = 40.0


def columns(name: str, rows: int, **values: Any) -> ir.Table:
    """A table of a contract; columns that are not given are empty, or the type's nothing where they may not be."""
    made = []
    for field in TABLES[name].schema.to_pyarrow():
        given = values.get(field.name)
        if isinstance(given, np.ndarray | list):
            made.append(pa.array(given).cast(field.type))
        elif given is not None or field.nullable:
            made.append(pa.array([given] * rows, field.type))
        else:
            made.append(pa.array([_nothing(field.type)] * rows, field.type))
    return ibis.memtable(pa.Table.from_arrays(made, schema=TABLES[name].schema.to_pyarrow()))


def _nothing(kind: pa.DataType) -> Any:
    if pa.types.is_string(kind):
        return "-"
    if pa.types.is_boolean(kind):
        return False
    return Decimal(0) if pa.types.is_decimal(kind) else datetime(2024, 1, 1) if pa.types.is_timestamp(kind) else 0  # noqa: DTZ001


def lines(*, later: bool = False) -> ir.Table:
    """One purchase each before the draw; and later, in the trial, ten of everybody who was treated."""
    who, spent = IDS, np.where(RICH, 90.0, 10.0)
    days = [DAY - timedelta(days=20 + one % 200) for one in range(CUSTOMERS)]
    if later:
        who, spent = np.concatenate([who, IDS[TREATED]]), np.concatenate([spent, np.full(TREATED.sum(), 500.0)])
        days += [DAY + timedelta(days=one % 3) for one in range(int(TREATED.sum()))]
    number = np.arange(len(who))
    return columns(
        "raw_order_lines", len(who), line_id=number, row=number, order_id=[f"o{one}" for one in number],
        customer_id=who, ordered_at=[datetime(day.year, day.month, day.day, 12) for day in days],  # noqa: DTZ001
        quantity=np.ones(len(who)), unit_price=pa.array(spent).cast(pa.decimal128(18, 4)).to_pylist(),
        amount=pa.array(spent).cast(pa.decimal128(18, 2)).to_pylist(), kind="sale", discount=Decimal(0),
    )  # fmt: skip


def links() -> ir.Table:
    both = np.concatenate([IDS, IDS])
    source = ["order_lines"] * CUSTOMERS + ["customers"] * CUSTOMERS
    return columns("links", len(both), source=source, record_id=both, customer_id=both)


def takings(effect: float) -> ir.Table:
    """What everybody brought ten days after the draw: the rich who were treated more."""
    noise = np.random.default_rng(1).normal(20, 10, CUSTOMERS).round(2)
    margin = noise + effect * (RICH & TREATED)
    return columns(
        "takings", CUSTOMERS, customer_id=IDS, day=[DAY + timedelta(days=10)] * CUSTOMERS,
        margin=pa.array(margin.round(2)).cast(pa.decimal128(18, 2)).to_pylist(), basis="revenue",
    )  # fmt: skip


def experiment(**changes: Any) -> ir.Table:
    facts = {
        "experiment": "letter", "kind": "audience", "primary_metric": "margin", "unit": "customer", "segment": "all",
        "arms": "control 0.5, treated 0.5", "control": "control", "started_on": DAY, "cost_per_contact": 5.0,
        "customers": CUSTOMERS, "status": "running", "method": "frequentist", "purpose": "marketing",
    }  # fmt: skip
    return columns("experiments", 1, **facts | changes)


def assignments(many: int = CUSTOMERS) -> ir.Table:
    arm = np.where(TREATED, "treated", "control")[:many]
    return columns(
        "assignments", many, experiment="letter", customer_id=IDS[:many], arm=arm, segment="all", assigned_on=DAY,
        purpose="marketing", propensity=np.full(many, 0.5), contaminated=False,
    )  # fmt: skip


def made_of(*, effect: float = GAIN, **tables: ir.Table) -> dict[str, list[dict[str, Any]]]:
    kept = {name: TABLES[name].empty() for name in UPLIFT_STEP.needs}
    kept |= {
        "raw_order_lines": lines(later=True), "links": links(), "takings": takings(effect),
        "experiments": experiment(), "assignments": assignments(), **tables,
    }  # fmt: skip

    class Asked(SimpleNamespace):
        def __getitem__(self, name: str) -> ir.Table:
            return kept[name]

        def of_customers(self, source: str) -> ir.Table:
            return kept[f"raw_{source}"]

    asked = Asked(
        settings=SimpleNamespace(sampled=False, sells=True), as_of=LAST, tables=kept,
        keep=lambda _name, table: ibis.memtable(table.to_pyarrow()),
    )  # fmt: skip
    made = dict(UPLIFT_STEP.function(asked))  # type: ignore[arg-type]
    return {name: TABLES[name].check(table).to_pyarrow().to_pylist() for name, table in made.items()}


def test_growth_is_found_where_it_was_planted_and_from_before_the_draw_alone() -> None:
    # What the treated bought from the day of the draw on would tell the arm, were it a feature.
    made = made_of()
    (card,) = made["response_models"]
    assert (card["status"], card["units"], card["window_days"]) == ("learned", CUSTOMERS, 60)
    assert card["targeted"] == pytest.approx(0.25 * (GAIN - 5), abs=1.5)
    assert card["targeted_low"] > 0
    assert card["against_everybody_low"] > 0
    told = {row["customer_id"]: row for row in made["responses"]}
    assert len(told) == CUSTOMERS
    groups = [told[who]["group"] for who in IDS[RICH]]
    assert groups.count("would_be_won") > 0.7 * len(groups)
    assert all(row["cost"] == 5.0 and row["gain"] == row["effect"] - 5.0 for row in told.values())


def test_features_of_a_trial_know_nothing_of_the_day_of_the_draw_or_later() -> None:
    plan = Plan(
        experiment="letter", control="control", segment="all", cost=0.0, shares=None, units=CUSTOMERS, last_day=DAY,
        window_days=60, status="learned",
    )  # fmt: skip
    before, after = (
        trial_rows(
            plan, assignments(), takings(0.0), facts(raw, households=TABLES["households"].empty()), as_of=LAST,
            keep=lambda _name, table: ibis.memtable(table.to_pyarrow()),
        )
        for raw in (lines(), lines(later=True))
    )  # fmt: skip
    assert before.num_rows == CUSTOMERS
    assert before.equals(after)
    assert before["as_of"].unique().to_pylist() == [DAY - timedelta(days=1)]


def test_nothing_is_promised_where_there_is_no_effect() -> None:
    made = made_of(effect=0.0)
    (card,) = made["response_models"]
    assert card["targeted"] is None or card["targeted_low"] < 0 < card["targeted_high"] + 0.5
    assert card["everybody_high"] < 0  # it costs five and brings nothing
    assert sum(row["group"] == "would_be_won" for row in made["responses"]) < 0.05 * CUSTOMERS


@pytest.mark.parametrize(
    ("tables", "status"),
    [
        ({"assignments": assignments(3_000)}, "too_few"),
        ({"raw_order_lines": TABLES["raw_order_lines"].empty()}, "too_few"),  # nobody of them had bought before
        ({"experiments": experiment(control="nobody")}, "faulty"),
        ({"experiments": experiment(status="faulty")}, "faulty"),
        (
            {"effects": columns("effects", 1, experiment="letter", metric="margin", from_day=DAY, to_day=DAY,
                                status="sample_ratio")},
            "sample_ratio",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_learned_from_says_why(tables: dict[str, ir.Table], status: str) -> None:
    made = made_of(**tables)
    assert made["responses"] == []
    assert [row["status"] for row in made["response_models"]] == [status]


def test_a_run_without_experiments_tells_nothing() -> None:
    assert made_of(experiments=TABLES["experiments"].empty()) == {"responses": [], "response_models": []}


def test_a_hold_out_and_what_was_just_begun_are_not_learned_from() -> None:
    rows = experiment().to_pyarrow().to_pylist()
    counted = arm_counts(assignments(), as_of=LAST).to_pyarrow().to_pylist()
    assert planned([rows[0] | {"kind": "holdout"}], counted, as_of=LAST) == []
    assert arm_counts(assignments(), as_of=DAY + timedelta(days=20)).to_pyarrow().to_pylist() == []
    (plan,) = planned([rows[0] | {"stopped_on": DAY + timedelta(days=40)}], counted, as_of=LAST)
    assert plan.window_days == 40


def test_features_of_many_days_are_never_later_than_the_day_before() -> None:
    days = [DAY + timedelta(days=3 * one) for one in range(40)]
    cuts = cut_days(days)
    assert all(cut < day for day, cut in cuts.items())
    assert len(set(cuts.values())) == MOST_CUT_DAYS
