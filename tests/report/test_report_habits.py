"""The report's section about habits: what is found, its experiment, and what is withheld or not there."""

from __future__ import annotations

from typing import Any

import pytest
from fake_run import AS_OF, empty_run, fake_run, table

from patron import charts
from patron.report.blocks import Chart, Note, Table
from patron.report.facts import Facts
from patron.report.sections.habits import habits
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def blocks(**tables: Any) -> Any:
    return habits(Source(tables={**fake_run(), **tables}, facts=Facts(**FACTS))).blocks


def test_found_rules_are_drawn_with_their_intervals() -> None:
    figure = charts.habits(fake_run()["habits"])
    assert [trace.x[0] for trace in figure.data] == pytest.approx([0.72 / 0.40, 0.58 / 0.44, 0.30 / 0.50])
    assert figure.data[0].error_x.array[0] == pytest.approx(1.8 * 0.12)
    assert figure.data[0].error_x.arrayminus[0] == pytest.approx(1.8 * 0.1)
    assert {figure.data[0].marker.color, figure.data[1].marker.color} != {figure.data[2].marker.color}
    assert "Place a second order" in figure.data[0].y[0]
    assert not [trace for trace in figure.data if "review" in trace.y[0]]  # tested, and not found


def test_each_found_rule_has_its_experiment() -> None:
    chart, experiments, silence, began = blocks()
    assert isinstance(chart, Chart)
    assert chart.finding.startswith("Of ")
    assert isinstance(experiments, Table)
    assert len(experiments.rows) == 3
    assert all(row[-1].text == "Draw at random." for row in experiments.rows)
    assert [[cell.text for cell in row[-2:]] for row in silence.rows] == [["150", "260"]]
    assert [cell.note for row in silence.rows for cell in row[-2:]] == [
        "<20%: 131 to 172",
        "<10%: 214 to –",
    ]
    assert not began.folded  # something was found
    assert [row[1].text for row in began.rows] == ["found", *["may be chance"] * 3]


def test_a_run_without_habits_says_so() -> None:
    found = habits(Source(tables=empty_run(), facts=Facts(**FACTS))).blocks
    assert [type(block) for block in found] == [Note]


def test_what_is_about_too_few_is_not_shown_in_words_either() -> None:
    rows = fake_run()["habits"].to_pyarrow().to_pylist()
    small = [row | {"doers": 3, "sentence": "Of 3 customers."} for row in rows]
    source = Source(tables={**fake_run(), "habits": table("habits", small)}, facts=Facts(**FACTS))
    assert source.rows("habits") == []
    assert all(row["sentence"] is None and row["risk_ratio"] is None for row in source.withheld("habits"))
    assert not any("Of 3 customers" in str(block) for block in habits(source).blocks)
