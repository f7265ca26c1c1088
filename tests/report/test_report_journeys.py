"""The report's section about journeys: what is lost where, and what is withheld or not there."""

from __future__ import annotations

from typing import Any

from fake_run import AS_OF, empty_run, fake_run, table

from patron import charts
from patron.report.blocks import Chart, Note, Table
from patron.report.facts import Facts
from patron.report.sections.journeys import journeys
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def blocks(**tables: Any) -> Any:
    return journeys(Source(tables={**fake_run(), **tables}, facts=Facts(**FACTS))).blocks


def test_what_is_lost_is_drawn_and_told_dearest_first() -> None:
    lost, way, left, detours, segments, paths = blocks()
    assert isinstance(lost, Chart)
    assert isinstance(way, Chart)
    edges = [row for row in fake_run()["journey_edges"].to_pyarrow().to_pylist() if row["segment"] == "all"]
    gone = {row["from_step"]: float(row["value_at_stake"]) for row in edges if row["to_step"] == "drop_off"
            and row["value_at_stake"] is not None}  # fmt: skip
    dearest = sorted(gone, key=lambda step: -gone[step])
    assert dearest[0] in lost.finding
    (bars,) = lost.figure.data
    assert list(bars.x) == sorted(bars.x, reverse=True)
    assert bars.x[0] == gone[dearest[0]]
    assert bars.error_x.array[0] > 0
    assert [row[0].text for row in left.rows][:2] == dearest[:2]
    assert all(isinstance(one, Table) for one in (left, detours, segments, paths))
    assert "script" in detours.rows[0][0].text  # the payment error of the made-up visits has a hostile name
    assert [len(row) for row in segments.rows] == [5]


def test_a_run_without_journeys_says_so() -> None:
    found = journeys(Source(tables=empty_run(), facts=Facts(**FACTS))).blocks
    assert [type(block) for block in found] == [Note]


def test_what_is_about_too_few_is_not_shown() -> None:
    rows = [row | {"people": 3} for row in fake_run()["journey_edges"].to_pyarrow().to_pylist()]
    source = Source(tables={**fake_run(), "journey_edges": table("journey_edges", rows)}, facts=Facts(**FACTS))
    assert source.rows("journey_edges") == []
    assert all(row["share"] is None and row["value_at_stake"] is None for row in source.withheld("journey_edges"))


def test_streams_go_ahead_and_the_network_shows_every_step() -> None:
    edges = fake_run()["journey_edges"]
    (streams,) = charts.journey_sankey(edges).data
    assert all(value > 0 for value in streams.link.value)
    assert len(streams.link.source) == len(streams.link.target)
    points = charts.journey_map(edges).data[-1]
    assert len(points.text) == 7  # five steps and the two ends
    assert not [text for text in points.text if "<script" in text]
