"""The report's section about the budget: the curve, what is scarce, trials, the next season, and what is withheld."""

from __future__ import annotations

from typing import Any

from fake_run import AS_OF, HOSTILE, empty_run, fake_run, table

from patron import charts
from patron.report.blocks import Chart, Note, Table
from patron.report.facts import Facts
from patron.report.sections.budget import budget
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def source(**tables: Any) -> Source:
    return Source(tables={**fake_run(), **tables}, facts=Facts(**FACTS))


def test_the_section_says_what_the_budget_brings_and_what_the_next_money_earns() -> None:
    chart, limits, trial, season = budget(source()).blocks
    assert isinstance(chart, Chart)
    assert "€3,500 more than they cost (95% interval -€200 to €7,100; modelled)" in chart.finding
    assert "by 0.04% at most" in chart.reading or "by .04% at most" in chart.reading
    assert chart.doing == "The next €100 would earn €130 after they are paid for."
    assert isinstance(limits, Table)
    assert [row[0].text for row in limits.rows] == [
        f"Customers who can be treated {HOSTILE}", "Least share of tier.bottom",
    ]  # fmt: skip
    assert [row[1].text for row in limits.rows] == ["40", "–"]
    assert isinstance(trial, Note)
    assert trial.text.startswith("Before it is launched: the trial spring gave 96 customers")
    assert isinstance(season, Table)
    assert [row[0].text for row in season.rows] == ["customers there are", HOSTILE]
    assert [row[2].note for row in season.rows] == ["+€400", "-€400"]


def test_the_curve_is_the_frontier_with_the_present_budget_marked() -> None:
    line, now = charts.budget(fake_run()["budget_frontier"], currency="EUR").data
    assert list(line.y) == [0.0, 2_400.0, 3_500.0, 4_300.0]
    assert list(now.x) == [1_000.0]
    assert not charts.budget(empty_run()["budget_frontier"], currency="EUR").data


def test_without_a_budget_it_says_what_one_would_tell() -> None:
    (note,) = budget(Source(tables=empty_run(), facts=Facts(**FACTS))).blocks
    assert isinstance(note, Note)
    assert "budget.amount" in note.text


def test_a_plan_of_nothing_says_why() -> None:
    rows = [row | {"status": "nothing_pays"} for row in fake_run()["budget_prices"].to_pyarrow().to_pylist()]
    note = budget(source(budget_prices=table("budget_prices", rows))).blocks[0]
    assert isinstance(note, Note)
    assert note.text.startswith("Nothing that could be done")


def test_plans_for_too_few_are_withheld() -> None:
    rows = [row | {"customers": 3} for row in fake_run()["budget_prices"].to_pyarrow().to_pylist()]
    asked = source(budget_prices=table("budget_prices", rows))
    assert asked.rows("budget_prices") == []
    assert not any(isinstance(block, Chart) for block in budget(asked).blocks)
