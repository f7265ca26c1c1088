"""The report's part about channels: the way from money to customers, what is not known or withheld."""

from __future__ import annotations

from typing import Any

from fake_run import AS_OF, empty_run, fake_run, table

from patron.charts.channels import channel_name
from patron.charts.channels import channels as chart_of
from patron.charts.payback import payback as payback_chart
from patron.report.blocks import Chart, Note, Table
from patron.report.facts import Facts
from patron.report.sections.channels import channels
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def source(**tables: Any) -> Source:
    return Source(tables={**fake_run(), **tables}, facts=Facts(**FACTS))


def cells(found: Table, channel: str) -> list[Any]:
    (row,) = [row for row in found.rows if row[0].text == channel]
    return list(row)


def test_it_goes_from_money_to_customers_and_back() -> None:
    section = channels(source())
    way, worth, payback, back = section.blocks[:4]
    assert isinstance(way, Chart)
    assert "€9,600 were spent and 303 customers won" in way.finding
    assert "a customer cost €31.68" in way.finding
    assert way.table is not None
    measured, assumed = cells(way.table, "paid search"), cells(way.table, "paid social")
    assert (measured[6].text, assumed[6].text) == ("measured", "assumed")
    assert measured[5].note.startswith("-")
    assert assumed[5].note == ""  # what is assumed has no interval
    assert "referral" not in {row[0].text for row in way.table.rows}  # no spend is known of it
    assert isinstance(worth, Table)
    assert worth.rows[-1][0].text == "all channels"
    assert cells(worth, "referral")[2].text == "–"
    assert cells(worth, "referral")[0].note == "no spend is known"
    assert cells(worth, "paid social")[5].text == "over 12 months"
    assert cells(worth, "paid social")[4].tone == "down"  # not worth its cost, whatever chance did
    assert isinstance(payback, Chart)
    assert "soonest with paid search (41 days)" in payback.finding
    assert "Not within the horizon: paid social." in payback.finding
    assert isinstance(back, Table)
    assert not back.folded
    assert next(row[0].text for row in back.rows) == "referral"


def test_money_for_nobody_is_told() -> None:
    (note,) = [block for block in channels(source()).blocks if isinstance(block, Note) and "email" in block.text]
    assert "no customer is known to be won" in note.text


def test_small_channels_are_withheld_and_their_sum_is_guarded() -> None:
    made = source()
    hidden = {row["channel"] for row in made.withheld("channels")}
    assert "display" in hidden
    assert len(hidden) >= 2  # one alone could be worked out from the row of all
    drawn = chart_of(made["channels"], currency="EUR")
    assert "display" not in str(drawn.to_plotly_json())


def test_months_that_were_not_lived_are_dotted() -> None:
    dashes = [trace.line.dash for trace in payback_chart(fake_run()["payback"], currency="EUR").data if trace.line.dash]
    assert dashes.count("dot") == dashes.count("solid") == dashes.count("dash") == 3


def test_a_run_without_channels_says_what_it_needs() -> None:
    (note,) = channels(Source(tables=empty_run(), facts=Facts(**FACTS))).blocks
    assert isinstance(note, Note)
    assert "`spend`" in note.text


def test_what_is_no_channel_has_words() -> None:
    assert [channel_name(one) for one in ("none", "baseline", "all", "paid_search")] == [
        "no channel known", "by themselves", "all channels", "paid search",
    ]  # fmt: skip


def test_nothing_known_leaves_a_panel_out() -> None:
    rows = [row | {"margin": None, "kept": None} for row in fake_run()["channels"].to_pyarrow().to_pylist()]
    drawn = chart_of(table("channels", rows), currency="EUR")
    assert {trace.name for trace in drawn.data} == {"Spent", "Customers won"}
