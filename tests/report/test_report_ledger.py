"""The report's account: sums, the gap, the entries, what is withheld, and what `patron ledger` prints of the same."""

from __future__ import annotations

from functools import cache
from typing import Any

from fake_run import AS_OF, fake_run, table

from patron import charts
from patron.contracts.ledger import LEDGER
from patron.report.blocks import Block, Chart, Note, Table
from patron.report.facts import Facts
from patron.report.sections.ledger import ledger
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


@cache
def run() -> dict[str, Any]:
    return fake_run(customers=20)


def source(**tables: Any) -> Source:
    return Source(tables={**run(), **tables}, facts=Facts(**FACTS))


def parts(blocks: tuple[Block, ...]) -> tuple[Table, list[Note], Chart, Table]:
    sums, *said, chart, entries = blocks
    assert isinstance(sums, Table)
    assert isinstance(chart, Chart)
    assert isinstance(entries, Table)
    return sums, [note for note in said if isinstance(note, Note)], chart, entries


def test_the_account_is_told_by_evidence_and_against_the_hold_out() -> None:
    sums, said, chart, entries = parts(ledger(source()).blocks)
    assert [row[0].text for row in sums.rows] == [
        "Measured", "Modelled", "Assumed", "Claims that a hold-out can check", "Global hold-out", "Gap",
    ]  # fmt: skip
    assert sums.rows[0][3].text == "€1,398"
    assert sums.rows[1][4].text == "–"  # no cost is no nought
    assert sums.rows[2][2].note == "of 1 entry not known"
    assert said[0].text.startswith("1 of 2 entries look like winners")
    assert "€2,298 too much, beyond chance" in said[1].text
    assert chart.finding.startswith("Autumn win-back brought most beyond chance: €1,558")
    assert [row[0].text for row in entries.rows][-2:] == ["Newsletter (clicks)", "Referrals"]


def test_an_entry_says_how_it_is_known_and_what_to_expect() -> None:
    rows = {row[0].text: row for row in parts(ledger(source()).blocks)[3].rows}
    known, expect, net = rows["Autumn win-back"][1], rows["Autumn win-back"][6], rows["Autumn win-back"][5]
    assert (known.text, known.note) == ("measured", "by lot, 820 against 91, clicks would claim €5,200")
    assert (expect.text, expect.note) == ("€900", "halves in 11 days (6 to 24)")
    assert (net.text, net.note) == ("€1,148", "+280% of cost")
    assert rows["Referrals"][1].note == "all that those who came have brought, 75 customers"
    assert rows["Referrals"][3].note == ""  # no interval


def test_entries_about_few_people_lose_their_figures_and_so_does_what_would_give_them_away() -> None:
    few = [row | {"customers": 3} if row["entry"] == "referral" else row for row in _rows()]
    shown = source(ledger=table("ledger", few))
    titles = [row[0].text for row in parts_of(shown)]
    assert "Referrals" not in titles
    assert "Newsletter (clicks)" not in titles  # else the sum of what is assumed would tell it


def parts_of(told: Source) -> tuple[tuple[Any, ...], ...]:
    tables = [block for block in ledger(told).blocks if isinstance(block, Table)]
    return tables[-1].rows


def _rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = run()["ledger"].to_pyarrow().to_pylist()
    return rows


def test_without_an_entry_the_section_says_so() -> None:
    nothing = source(ledger=table("ledger", []), ledger_totals=table("ledger_totals", []))
    (note,) = ledger(nothing).blocks
    assert isinstance(note, Note)
    assert note.text.startswith("There is nothing to account for yet")


def test_the_chart_marks_evidence_by_shape_and_cost_by_a_line() -> None:
    *marks, costs = charts.ledger(run()["ledger"], currency="EUR").data
    assert [mark.marker.symbol for mark in marks] == ["square", "square", "diamond", "circle-open", "circle-open"]
    assert marks[0].x == (1558.0,)
    assert round(marks[0].error_x.array[0], 6) == round(1.96 * 490, 6)
    assert marks[3].error_x.array is None  # what is assumed has no interval
    assert list(costs.x) == [410.0, 600.0, 300.0]
    assert "assumed" in marks[3].hovertext[0]


def test_a_chart_of_nothing_says_so() -> None:
    figure = charts.ledger(LEDGER.empty(), currency="EUR")
    assert not figure.data
    assert "Nothing in the ledger" in str(figure.layout)
