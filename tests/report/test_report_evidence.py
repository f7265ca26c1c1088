"""The report's section about what channels really bring: marks, verdicts, where to begin, and what is withheld."""

from __future__ import annotations

from typing import Any

import pytest
from fake_run import AS_OF, empty_run, fake_run, table

from patron import charts
from patron.report.blocks import Chart, Note, Table
from patron.report.facts import Facts
from patron.report.sections.evidence import evidence
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def source(**tables: Any) -> Source:
    return Source(tables={**fake_run(), **tables}, facts=Facts(**FACTS))


def rows(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = fake_run()[name].to_pyarrow().to_pylist()
    return found


def test_each_source_is_a_mark_with_its_interval_and_a_line_where_the_channel_begins_to_pay() -> None:
    figure = charts.channel_evidence(fake_run()["channel_evidence"], currency="EUR")
    marks = {trace.name: trace for trace in figure.data}
    assert list(marks) == [
        "Lift test", "Attribution, corrected by tests", "Mix model", "Attribution", "Pays from here on",
    ]  # fmt: skip
    assert list(marks["Mix model"].x) == [21_000.0, 30_000.0, 5_000.0]
    assert list(marks["Mix model"].error_x.array) == [3_000.0, 6_000.0, 4_000.0]
    assert list(marks["Attribution"].error_x.array) == [0.0, 0.0]
    assert list(marks["Pays from here on"].x) == pytest.approx([20_000.0, 16_000.0])
    assert figure.layout.yaxis.ticktext[0] == "paid social", "the channel with the largest claim stands first"
    assert "<script>" not in str(figure.layout.yaxis.ticktext)


def test_an_interval_far_beyond_every_claim_does_not_squeeze_the_others() -> None:
    wild = [row | ({"low": -900_000, "high": 900_000} if row["source"] == "experiment" else {})
            for row in rows("channel_evidence")]  # fmt: skip
    low, high = charts.channel_evidence(table("channel_evidence", wild), currency="EUR").layout.xaxis.range
    assert -20_000 < low < 0
    assert 30_000 < high < 60_000


def test_the_section_tells_how_many_are_open_and_where_to_begin() -> None:
    chart, verdicts = evidence(source()).blocks
    assert isinstance(chart, Chart)
    assert chart.finding.startswith("Of 3 channels the sources disagree, or cannot be told apart, about 1, from ")
    assert chart.doing.startswith("Begin with paid social: keep it out of one half of the regions for 8 weeks")
    assert "320 customers" in chart.doing
    assert isinstance(verdicts, Table)
    assert [row[0].text for row in verdicts.rows][:2] == ["paid social", "paid search"]
    assert [row[2].text for row in verdicts.rows] == ["€9,000", "€8,000", "–"]
    assert verdicts.rows[1][3].note == "by the lift test"
    assert verdicts.rows[2][3].text == "–", "without spend nobody knows whether it pays"


def test_few_customers_are_withheld_and_without_sources_it_says_what_is_missing() -> None:
    few = [row | {"customers": 3} for row in rows("channel_verdicts")]
    asked = source(channel_verdicts=table("channel_verdicts", few))
    assert all(isinstance(block, Note) for block in evidence(asked).blocks)
    assert all(row["sentence"] is None and row["most"] is None for row in asked.withheld("channel_verdicts"))
    (note,) = evidence(Source(tables=empty_run(), facts=Facts(**FACTS))).blocks
    assert isinstance(note, Note)
    assert "no marketing-mix model" in note.text
