"""What the report says of propensities: one chart, one row each, and nothing where none was tested."""

from __future__ import annotations

from datetime import timedelta

import ibis.expr.types as ir
import pytest
from fake_run import AS_OF, empty_run, fake_run, table

from patron.charts.records import records
from patron.report import Facts
from patron.report.blocks import Chart, Table
from patron.report.sections.likely import likely
from patron.report.source import Source


@pytest.fixture
def source(run: dict[str, ir.Table], facts: Facts) -> Source:
    return Source(run, facts)


def test_one_chart_and_one_row_a_target_and_horizon(source: Source) -> None:
    chart, rows = likely(source)
    assert isinstance(chart, Chart)
    assert isinstance(rows, Table)
    assert chart.title == "Buys within 90 days"
    assert "2.3 times" in chart.finding
    bars, points = chart.figure.data
    assert len(bars.x) == len(points.x) == 10
    assert chart.figure.layout.yaxis.tickformat == ".0%"
    assert "%" in points.hovertext[0]
    assert [row[0].text for row in rows.rows] == [
        "Buys within 30 days", "Buys within 90 days", "Lapses within 90 days",
    ]  # fmt: skip
    assert [cell.text for cell in rows.rows[1]] == [
        "Buys within 90 days", "30.0%", "0.820", "0.790", "2.1%", "0.7%",
    ]  # fmt: skip
    assert rows.rows[1][4].note == "1.4% for a perfect forecast"
    assert rows.rows[1][5].note == "1 test"


def test_the_error_of_all_days_stands_beside_that_of_the_last(run: dict[str, ir.Table], facts: Facts) -> None:
    made = records(run["backtest"])
    older = [
        row | {"origin": row["origin"] - timedelta(days=91), "value": 0.061}
        for row in made
        if (row["target"], row["horizon_days"], row["metric"]) == ("buys", 90, "ece")
    ]
    _, rows = likely(Source(run | {"backtest": table("backtest", [*made, *older])}, facts))
    assert isinstance(rows, Table)
    last, mean = rows.rows[1][4:]
    assert last.text == "2.1%"
    assert (mean.text, mean.note) == ("2.7%", "2 tests")


def test_the_forecasts_test_is_what_it_was(source: Source) -> None:
    """Propensities are tested on later days; the latest test of the forecasts is still that of the forecasts."""
    assert {row["target"] for row in source.backtest} == {"orders", "value"}
    assert source.accuracy is not None
    assert source.accuracy.model == "mbg_nbd"
    assert max(row["origin"] for row in source.backtest) < AS_OF.replace(year=AS_OF.year, month=1)


def test_nothing_is_said_where_nothing_was_tested(facts: Facts) -> None:
    assert likely(Source(empty_run(), facts)) == []
    run = fake_run(customers=60)
    kept = [row for row in records(run["backtest"]) if row["target"] in ("orders", "value")]
    assert likely(Source(run | {"backtest": table("backtest", kept)}, facts)) == []


def test_a_test_of_too_few_is_withheld(run: dict[str, ir.Table], facts: Facts) -> None:
    few = [row | {"customers": 4} for row in records(run["backtest"])]
    assert likely(Source(run | {"backtest": table("backtest", few)}, facts)) == []
