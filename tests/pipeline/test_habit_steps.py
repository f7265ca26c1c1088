"""The steps `habits` and `gateways` against the run's other tables, and where nothing can be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from patron.contracts import TABLES
from patron.pipeline import Project
from patron.pipeline.habit_steps import HABIT_STEPS, _beginnings, _deeds
from patron.pipeline.step import Context
from patron.profile.watching import horizon_of

LAST = date(2024, 12, 31)
NEEDS = {name for step in HABIT_STEPS for name in step.needs}
MADE = ("habits", "critical_days", "gateways")


def context(project: Project, **changes: Any) -> Context:
    tables = {name: project.table(name) for name in NEEDS}
    made = Context(
        settings=project.settings, as_of=LAST, tables=tables, keep=lambda _name, table: table, earlier=None, kept=None,  # type: ignore[arg-type]
    )  # fmt: skip
    return replace(made, **changes)


def made_of(asked: Context) -> dict[str, pa.Table]:
    made = {name: table for step in HABIT_STEPS for name, table in dict(step.function(asked)).items()}  # type: ignore[arg-type]
    return {name: TABLES[name].check(made[name]).to_pyarrow() for name in MADE}


@pytest.fixture(scope="module")
def rows(ran_project: Project) -> dict[str, list[dict[str, Any]]]:
    return {name: TABLES[name].check(ran_project.table(name)).to_pyarrow().to_pylist() for name in MADE}


def test_a_run_mines_habits_over_all_that_it_knows(rows: dict[str, list[dict[str, Any]]]) -> None:
    kinds = {row["deed"].partition(":")[0] for row in rows["habits"]}
    assert {"order", "category", "channel", "discount"} <= kinds
    assert {row["anchor"] for row in rows["habits"]} == {"first_order", "second_order"}
    parts = ("category:", "channel:", "discount")
    assert {row["within_days"] for row in rows["habits"] if row["deed"].startswith(parts)} == {0}
    assert not [row for row in rows["habits"] if row["deed"].startswith("first_")]
    anchors = {row["anchor"].partition(":")[0] for row in rows["critical_days"]}
    assert {"first_order", "second_order", "third_order", "first_channel"} <= anchors
    assert not {row["deed"] for row in rows["habits"]} & {"third_order", "fourth_order", "tenth_order"}


def test_counts_agree_with_the_profiles(ran_project: Project, rows: dict[str, list[dict[str, Any]]]) -> None:
    profiles = ran_project.table("profiles").to_pyarrow()
    began = pc.less_equal(profiles["first_order_on"], pa.scalar(LAST - timedelta(days=180)))
    old = int(pc.sum(began).as_py())
    channels = sum(row["customers"] for row in rows["gateways"] if row["kind"] == "channel")
    assert channels <= old * 1.2  # some ordered by two channels on the first day
    most = max(row["customers"] for row in rows["habits"] if row["anchor"] == "first_order" and not row["within_days"])
    assert most <= profiles.num_rows
    assert all(row["again"] <= row["customers"] for row in rows["gateways"])


def test_the_run_made_by_hand_is_the_run(ran_project: Project, rows: dict[str, list[dict[str, Any]]]) -> None:
    made = made_of(context(ran_project))
    for name in MADE:
        assert sorted(made[name].to_pylist(), key=str) == sorted(rows[name], key=str)


def test_what_is_kept_from_a_sample_hides_what_was_done(ran_project: Project) -> None:
    sampled = ran_project.settings.model_copy(update={"sampled": True})
    assert {table.num_rows for table in made_of(context(ran_project, settings=sampled)).values()} == {0}


@pytest.mark.parametrize("days", [0, 60])
def test_a_shop_without_a_past_has_no_habits_and_no_failure(ran_project: Project, days: int) -> None:
    first = ran_project.table("orders").ordered_at.date().min().to_pyarrow().as_py()
    day = first + timedelta(days=days)
    tables = {name: ran_project.table(name) for name in NEEDS}
    orders = tables["orders"].filter(tables["orders"].ordered_at.date() <= ibis.literal(day))
    made = made_of(context(ran_project, as_of=day, tables=tables | {"orders": orders}))
    assert {table.num_rows for table in made.values()} == {0}
    nothing = made_of(context(ran_project, tables=tables | {"orders": orders.limit(0)}))
    assert {table.num_rows for table in nothing.values()} == {0}


def test_a_handful_of_customers_has_no_habits_and_no_failure(ran_project: Project) -> None:
    tables = {name: ran_project.table(name) for name in NEEDS}
    few = tables["orders"].customer_id.name("customer_id").as_table().distinct().order_by("customer_id").limit(20)
    orders = tables["orders"].semi_join(few, "customer_id")
    made = made_of(context(ran_project, tables=tables | {"orders": orders}))
    assert {table.num_rows for table in made.values()} == {0}


def test_nobody_but_customers_is_in_the_deeds(ran_project: Project) -> None:
    table = _deeds(context(ran_project)).to_pyarrow()
    assert table.column_names == ["customer_id", "at", "event"]
    assert table["customer_id"].null_count == 0
    assert pc.max(table["at"]).as_py() <= LAST
    customers = set(ran_project.table("profiles").customer_id.to_pyarrow().to_pylist())
    firsts = table.filter(pc.field("event") == "first_order")["customer_id"].to_pylist()
    assert set(firsts) <= customers
    assert len(firsts) == len(set(firsts))


def test_silence_is_counted_since_the_orders_with_which_a_segment_begins() -> None:
    many = {"third_order": 130, "fourth_order": 120, "tenth_order": 110, "first_channel:fax": 99, "order": 500}
    dated = ibis.memtable({
        "customer_id": [f"c{who}" for count in many.values() for who in range(count)],
        "event": [event for event, count in many.items() for _ in range(count)],
    })  # fmt: skip
    assert _beginnings(dated) == ("third_order", "fourth_order", "tenth_order")


def test_the_horizon_is_the_longest_that_the_data_hold_three_times() -> None:
    begin = date(2024, 1, 1)
    spans = {540: 180, 539: 90, 270: 90, 269: 30, 90: 30, 89: None}
    assert {days: horizon_of(begin, begin + timedelta(days=days)) for days in spans} == spans
