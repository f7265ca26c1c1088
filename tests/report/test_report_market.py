"""The report's section about whom to win: the test, the traits, the market, and what is withheld or not there."""

from __future__ import annotations

from typing import Any

from fake_run import AS_OF, empty_run, fake_run, table

from patron import charts
from patron.report.blocks import Chart, Note, Table
from patron.report.facts import Facts
from patron.report.sections.market import market
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def source(**tables: Any) -> Source:
    return Source(tables={**fake_run(), **tables}, facts=Facts(**FACTS))


def prospects(count: int) -> Any:
    return table("lookalikes", [
        {"customer_id": f"prospect:{place}", "prospect_id": str(place), "ratio": 2.0, "rank": place + 1,
         "tenth": 10 * place // count + 1, "traits": 2, "grade": "A", "reason": "home: house (1.50 times the odds)"}
        for place in range(count)
    ])  # fmt: skip


def test_the_chart_is_the_lift_of_the_held_out_half() -> None:
    (bars,) = charts.lookalikes(fake_run()["lookalike_card"]).data
    assert list(bars.y)[:2] == [2.8, 1.7]
    assert abs(bars.error_y.array[0] - 2.8 * 0.4) < 1e-9
    assert abs(bars.error_y.arrayminus[0] - 2.8 * 0.4) < 1e-9


def test_the_section_tells_how_good_what_it_rests_on_and_what_is_at_stake() -> None:
    chart, traits, size, full = market(source(lookalikes=prospects(200))).blocks
    assert isinstance(chart, Chart)
    assert chart.finding.startswith("The tenth of held-out customers most like the ideal ones holds 2.8 times")
    assert "Begin with the 20 prospects of the first tenth, of 200" in chart.doing
    assert ".71" in chart.reading
    assert isinstance(traits, Table)
    assert [row[1].text for row in traits.rows] == ["house", "flat"]  # the best value first
    assert isinstance(size, Table)
    assert [row[0].text for row in size.rows] == ["town: city"]
    assert isinstance(full, Note)
    assert full.text.startswith("In 1 more segment ")
    assert size.rows[0][0].note == "against town: village"
    assert size.rows[0][2].text == "0.40%"
    assert size.rows[0][-1].text == "–"  # no cost is no nought


def test_few_prospects_are_not_counted_aloud() -> None:
    chart = market(source(lookalikes=prospects(12))).blocks[0]
    assert isinstance(chart, Chart)
    assert "12" not in chart.doing


def test_chance_is_said_in_words() -> None:
    status = {
        "part": "status",
        "name": "status",
        "place": 0,
        "customers": 600,
        "text": "No better than chance.\nDo more.",
    }
    note, size, _ = market(source(lookalike_card=table("lookalike_card", [status]))).blocks
    assert isinstance(note, Note)
    assert note.text == "No prospect is scored. No better than chance."
    assert isinstance(size, Table)


def test_a_run_without_prospects_and_market_says_what_is_wanted() -> None:
    found = market(Source(tables=empty_run(), facts=Facts(**FACTS))).blocks
    assert [type(block) for block in found] == [Note, Note]
    assert "market.population" in found[1].text  # type: ignore[union-attr]


def test_cells_of_too_few_are_withheld() -> None:
    rows = [row | {"known": 3} for row in fake_run()["market_size"].to_pyarrow().to_pylist()]
    asked = source(market_size=table("market_size", rows))
    assert asked.rows("market_size") == []
    assert all(row["share"] is None and row["value"] is None for row in asked.withheld("market_size"))
    assert not any(
        isinstance(block, Table) and block.rows[0][0].text.startswith("town") for block in market(asked).blocks
    )
