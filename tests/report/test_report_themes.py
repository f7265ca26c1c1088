"""The report's section of themes: money and quotes beside each, and nothing of themes that a few people speak of."""

from __future__ import annotations

from typing import Any

from fake_run import AS_OF, empty_run, fake_run, table

from patron import charts
from patron.report.blocks import Chart, Note, Table
from patron.report.facts import Facts
from patron.report.sections.themes import themes
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def source(**tables: Any) -> Source:
    return Source(tables={**fake_run(), **tables}, facts=Facts(**FACTS))


def test_themes_with_shares_money_and_quotes() -> None:
    chart, advice, shown, differ, note = themes(source()).blocks
    assert isinstance(chart, Chart)
    assert "90 of 200 customers" in chart.finding
    assert isinstance(advice, Note)
    assert "late, parcel, weeks" in advice.text, "of the complaints the one with most money"
    assert "€9,000" in advice.text
    assert isinstance(shown, Table)
    assert [row[0].note for row in shown.rows] == ["quality-fabric", "late-parcel", "price-bargain"]
    late = shown.rows[1]
    assert [cell.text for cell in late[1:5]] == ["60", "2.1", "-40", "€9,000"]
    assert late[1].note == "30% (24% to 37%)"
    assert late[5].text == "“The parcel came weeks late”"
    assert [cell.text for cell in shown.rows[2][2:4]] == ["–", "–"], "no stars and no NPS"
    assert isinstance(differ, Table)
    assert [cell.text for cell in differ.rows[0]] == ["At risk", "late, parcel, weeks", "50.0%", "2.33 ×", "€5,000"]
    assert isinstance(note, Note)
    assert "fewer than" in note.text


def test_what_fewer_people_than_the_smallest_cell_speak_of_is_nowhere() -> None:
    asked = source()
    section = themes(asked)
    assert "seldom" not in repr(section)
    assert "Never" not in repr(section), "nor is it quoted"
    assert [row["theme"] for row in asked.withheld("themes")] == ["seldom-said"]
    larger = Source(tables=fake_run(), facts=Facts(**FACTS))
    larger.gate.least = 50
    kept = next(block for block in themes(larger).blocks if isinstance(block, Table))
    assert [row[0].note for row in kept.rows] == ["quality-fabric", "late-parcel"]


def test_a_segment_that_leaves_a_few_others_is_withheld() -> None:
    """Fewer than five speak of it outside the segment: both figures together would tell of them."""
    rows = fake_run()["themes"].to_pyarrow().to_pylist()
    near = [row | {"customers": 58} if row["segment"] == "at_risk" else row for row in rows]
    asked = source(themes=table("themes", near))
    assert [row["segment"] for row in asked.withheld("themes")] == ["all", "at_risk"]


def test_without_texts_there_is_a_sentence() -> None:
    (note,) = themes(Source(tables=empty_run(), facts=Facts(**FACTS))).blocks
    assert isinstance(note, Note)
    assert "No themes" in note.text


def test_the_map_draws_each_theme_as_large_as_many_speak_of_it() -> None:
    rated, plain = charts.theme_map(fake_run()["themes"]).data
    assert list(rated.marker.color) == [4.7, 2.1, 1.0], "by customers; those without stars are grey"
    assert rated.marker.size[0] > rated.marker.size[1] > rated.marker.size[2]
    assert len(plain.x) == 1
    assert "&lt;script" in rated.hovertext[0]
